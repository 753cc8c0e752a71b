/// The passes of a dense layer that read its weights where they are, [input][output].
///
/// Where there are fewer rows than inputs the weights are the larger operand, and to pack them anew after every change of
/// the parameters costs more than it saves: here the rows are packed instead. Forward, the tile goes down columns of the
/// weights. Towards the input's gradient it computes the transpose of it, whose rows are inputs:
/// gradient'[input][row] is the sum over outputs of weights[input][output] * outputGradient'[output][row].
///
/// The sums are the same chains as those of packed weights.
struct UnpackedDense: Sendable {
  let rows: Int
  let inputs: Int
  let outputs: Int
  let forwardPass: Correlation
  /// From the weights, as rows of outputs, to the transposed gradient.
  let transposedPass: Correlation

  /// Nil where packing pays, or the matrices are not made of whole blocks of 16 by 16.
  init?(rows: Int, inputs: Int, outputs: Int) {
    guard rows < inputs, [rows, inputs, outputs].allSatisfy({ $0.isMultiple(of: 16) }) else { return nil }
    func correlation(
      _ rows: Int, inputs: Int, outputs: Int, weightLayout: Correlation.WeightLayout
    ) -> Correlation {
      Correlation(
        Geometry(images: 1, height: 1, width: rows, taps: [Tap(dy: 0, dx: 0)]), inputs: inputs,
        outputs: outputs,
        sections: [Correlation.Section(columns: 0..<outputs, lastTap: 0..<inputs)], weightLayout: weightLayout
      )
    }
    (self.rows, self.inputs, self.outputs) = (rows, inputs, outputs)
    forwardPass = correlation(rows, inputs: inputs, outputs: outputs, weightLayout: .rows)
    transposedPass = correlation(inputs, inputs: outputs, outputs: rows, weightLayout: .panels)
  }

  var workspaceCount: Int {
    max(
      forwardPass.workspaceCount,
      transposedPass.packedWeightCount + rows * inputs + transposedPass.workspaceCount)
  }

  /// See `Convolution.inputGradient`.
  func inputGradient(
    outputGradient: UnsafePointer<Float>, weights: UnsafePointer<Float>,
    gradient: UnsafeMutablePointer<Float>, accumulate: Bool, workspace: UnsafeMutablePointer<Float>
  ) {
    let packed = workspace
    let transposed = packed + transposedPass.packedWeightCount
    transposedPass.pack(.whole, into: packed, step: outputs, run: outputs) { _, output, row in
      outputGradient + (row * outputs + output)
    }
    if accumulate { Transposition.transpose(gradient, rows: rows, columns: inputs, into: transposed) }
    transposedPass.run(
      input: weights, weights: packed, bias: nil, residual: accumulate ? UnsafePointer(transposed) : nil,
      relu: false, output: transposed, workspace: transposed + rows * inputs)
    Transposition.transpose(transposed, rows: inputs, columns: rows, into: gradient)
  }
}
