/// The pass of `Winograd` that sums over positions: the weights' gradient.
///
/// Each of the seven products of a pair has a gradient of its own, an [input][output] matrix over all pairs of an image:
/// of what the pixels' components were multiplied with. Those of the taps are sums of them.
struct WinogradWeightGradient: WeightPass {
  let images: Int
  let pixels: Int
  let inputs: Int
  let outputs: Int
  let lines: WinogradLines

  /// Of a pair's gradients the sum and the difference.
  private static let gradientComponents = 2

  init(_ geometry: Geometry, inputs: Int, outputs: Int) {
    (images, pixels) = (geometry.images, geometry.pixels)
    (self.inputs, self.outputs) = (inputs, outputs)
    lines = WinogradLines(
      height: geometry.height, width: geometry.width, channels: inputs, direction: .forwards)
  }

  private var matrixCount: Int { inputs * outputs }

  /// Workspace: of the bands, then the products' matrices, then a band's sums and differences of gradients.
  var workspaceCount: Int {
    lines.workspaceCount + Winograd.Product.allCases.count * matrixCount
      + lines.bandLines * lines.pairs * Self.gradientComponents * outputs
  }

  var hasShares: Bool { false }

  /// See `Convolution.weightGradient`.
  func run(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>, accumulate: Bool, share: Share,
    workspace: UnsafeMutablePointer<Float>
  ) {
    let matrices = workspace + lines.workspaceCount
    let gradients = matrices + Winograd.Product.allCases.count * matrixCount
    for image in 0..<images {
      let (x, g) = (input + image * pixels * inputs, outputGradient + image * pixels * outputs)
      lines.forEachBand(of: x, workspace: workspace) { band in
        let operands = Operands(
          band: band, input: x + band.first * inputs, gradient: g + band.first * outputs,
          gradients: UnsafePointer(gradients))
        transformGradients(operands.gradient, pairs: band.pairs, into: gradients)
        for product in Winograd.Product.allCases {
          add(
            product, of: operands, to: matrices + product.rawValue * matrixCount, accumulate: band.first > 0)
        }
      }
      writeTaps(of: matrices, to: weightGradient, accumulate: accumulate || image > 0)
    }
  }

  /// What the products of a band of lines multiply.
  private struct Operands {
    let band: WinogradLines.Band
    let input: UnsafePointer<Float>
    let gradient: UnsafePointer<Float>
    /// Of each pair of gradients, [output], the sum and the difference.
    let gradients: UnsafePointer<Float>
  }

  private func add(
    _ product: Winograd.Product, of operands: Operands, to sums: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    let band = operands.band
    func component(_ values: UnsafePointer<Float>, _ index: Int) -> WeightBlock.Operand {
      WeightBlock.Operand(values: values + index * inputs, channels: lines.pairCount)
    }
    func ofPairs(_ values: UnsafePointer<Float>) -> WeightBlock.Operand {
      WeightBlock.Operand(values: values, channels: 2 * outputs)
    }
    let (first, second) = (ofPairs(operands.gradient), ofPairs(operands.gradient + outputs))
    let (sum, difference) = (ofPairs(operands.gradients), ofPairs(operands.gradients + outputs))
    let (rows, columns) =
      switch product {
      case .first: (component(band.neighbours, WinogradLines.first), first)
      case .sum: (component(band.neighbours, WinogradLines.sum), sum)
      case .difference: (component(band.neighbours, WinogradLines.difference), difference)
      case .last: (component(band.neighbours, WinogradLines.last), second)
      case .own: (component(band.lines, WinogradLines.own), first)
      case .ownShared: (WeightBlock.Operand(values: operands.input, channels: 2 * inputs), sum)
      case .ownDifference: (component(band.lines, WinogradLines.difference), second)
      }
    // The line above the first is not there, and adds nothing.
    let start = product.readsNeighbours && band.first == 0 ? lines.pairs : 0
    let walk = WeightBlock.Walk(first: start, step: 1, lineStep: 0)
    // Columns are whole vectors: there is no tail.
    WeightBlock(rows: rows, columns: columns, width: outputs, sums: sums, tail: sums).add(
      to: WeightBlock.Part(channels: 0..<inputs), lines: 1, length: band.pairs - start, rowWalk: walk,
      columnWalk: walk, accumulate: accumulate)
  }

  /// [pair][sum, difference][output].
  private func transformGradients(
    _ gradient: UnsafePointer<Float>, pairs: Int, into output: UnsafeMutablePointer<Float>
  ) {
    var (from, to) = (gradient, output)
    for _ in 0..<pairs {
      for o in stride(from: 0, to: outputs, by: 16) {
        let (a, b) = (load16(from + o), load16(from + (outputs + o)))
        store16(a + b, to + o)
        store16(a - b, to + (outputs + o))
      }
      from += 2 * outputs
      to += Self.gradientComponents * outputs
    }
  }

  /// Writes the taps' sums of the products' gradients, or adds them.
  private func writeTaps(
    of matrices: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    for i in stride(from: 0, to: matrixCount, by: 16) {
      func matrix(_ product: Winograd.Product) -> SIMD16<Float> {
        load16(matrices + (product.rawValue * matrixCount + i))
      }
      func write(_ value: SIMD16<Float>, _ tap: Int) {
        let to = gradient + (tap * matrixCount + i)
        store16(accumulate ? load16(to) + value : value, to)
      }
      let (sum, difference) = (matrix(.sum), matrix(.difference))
      let (outer, inner) = ((sum + difference) * 0.5, (sum - difference) * 0.5)
      let shared = matrix(.ownShared)
      write(matrix(.first) + outer, 0)
      write(inner, 1)
      write(matrix(.last) + outer, 2)
      write(matrix(.own) + shared, 3)
      write(matrix(.ownDifference) + shared, 4)
    }
  }
}
