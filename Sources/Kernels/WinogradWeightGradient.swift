/// The pass of `Winograd` that sums over positions: the weights' gradient.
///
/// Each of the seven products of a pair has a gradient of its own, an [input][output] matrix over all pairs of an image:
/// of what the pixels' components were multiplied with. Those of the taps are sums of them.
struct WinogradWeightGradient: WeightPass {
  let images: Int
  let height: Int
  let width: Int
  let inputs: Int
  let outputs: Int
  let lines: WinogradLines

  /// Pixels of a band of lines at most.
  private static let bandPixels = 256
  /// Of a pair's gradients the sum and the difference.
  private static let gradientComponents = 2

  /// The products, in the order of their matrices.
  private enum Product: Int, CaseIterable {
    case first, sum, difference, last, own, ownShared, ownDifference

    /// Whether it is one of the line above.
    var readsNeighbours: Bool { rawValue < Product.own.rawValue }
  }

  init(_ geometry: Geometry, inputs: Int, outputs: Int) {
    (images, height, width) = (geometry.images, geometry.height, geometry.width)
    (self.inputs, self.outputs) = (inputs, outputs)
    lines = WinogradLines(pairs: width / 2, channels: inputs, direction: .forwards)
  }

  private var bandLines: Int { min(height, max(1, Self.bandPixels / width)) }
  private var matrixCount: Int { inputs * outputs }

  /// Workspace: a pixel of zeros, the products' matrices, the components of a line and of a band of both operands.
  var workspaceCount: Int {
    inputs + Product.allCases.count * matrixCount + (bandLines + 1) * lines.lineCount
      + bandLines * lines.pairs * Self.gradientComponents * outputs
  }

  /// See `Convolution.weightGradient`.
  func run(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>,
    accumulate: Bool, workspace: UnsafeMutablePointer<Float>
  ) {
    let zeros = workspace
    let matrices = zeros + inputs
    let components = matrices + Product.allCases.count * matrixCount
    zeros.update(repeating: 0, count: inputs)
    if !accumulate { weightGradient.update(repeating: 0, count: Winograd.taps.count * matrixCount) }
    for image in 0..<images {
      let first = image * height * width
      addImage(
        input + first * inputs, outputGradient + first * outputs, matrices: matrices, zeros: zeros,
        components: components)
      addTaps(of: matrices, to: weightGradient)
    }
  }

  /// The matrices of an image.
  private func addImage(
    _ input: UnsafePointer<Float>, _ outputGradient: UnsafePointer<Float>,
    matrices: UnsafeMutablePointer<Float>,
    zeros: UnsafePointer<Float>, components: UnsafeMutablePointer<Float>
  ) {
    let lineCount = lines.lineCount
    let gradients = components + (bandLines + 1) * lineCount
    for line in stride(from: 0, to: height, by: bandLines) {
      let count = min(bandLines, height - line)
      let (x, g) = (input + line * width * inputs, outputGradient + line * width * outputs)
      lines.transform(x, lines: count, zeros: zeros, into: components + lineCount)
      transformGradients(g, pairs: count * lines.pairs, into: gradients)
      // The line above the first is not there, and adds nothing.
      let band = Band(
        input: x, gradient: g, lines: components + lineCount, neighbours: UnsafePointer(components),
        gradients: UnsafePointer(gradients), pairs: count * lines.pairs, absent: line == 0 ? lines.pairs : 0)
      for product in Product.allCases {
        add(product, of: band, to: matrices + product.rawValue * matrixCount, accumulate: line > 0)
      }
      components.update(from: components + count * lineCount, count: lineCount)
    }
  }

  /// The operands of a band of lines.
  private struct Band {
    let input: UnsafePointer<Float>
    let gradient: UnsafePointer<Float>
    /// Components of the pixels of the lines, and of those above.
    let lines: UnsafePointer<Float>
    let neighbours: UnsafePointer<Float>
    /// Of each pair of gradients, [output], the sum and the difference.
    let gradients: UnsafePointer<Float>
    let pairs: Int
    /// Pairs without a line above, the first ones.
    let absent: Int
  }

  private func add(
    _ product: Product, of band: Band, to sums: UnsafeMutablePointer<Float>, accumulate: Bool
  ) {
    func component(_ lines: UnsafePointer<Float>, _ index: Int) -> WeightBlock.Operand {
      WeightBlock.Operand(values: lines + index * inputs, channels: self.lines.pairCount)
    }
    func ofPairs(_ values: UnsafePointer<Float>) -> WeightBlock.Operand {
      WeightBlock.Operand(values: values, channels: 2 * outputs)
    }
    let (first, second) = (ofPairs(band.gradient), ofPairs(band.gradient + outputs))
    let (sum, difference) = (ofPairs(band.gradients), ofPairs(band.gradients + outputs))
    let (rows, columns) =
      switch product {
      case .first: (component(band.neighbours, WinogradLines.first), first)
      case .sum: (component(band.neighbours, WinogradLines.sum), sum)
      case .difference: (component(band.neighbours, WinogradLines.difference), difference)
      case .last: (component(band.neighbours, WinogradLines.last), second)
      case .own: (component(band.lines, WinogradLines.own), first)
      case .ownShared: (WeightBlock.Operand(values: band.input, channels: 2 * inputs), sum)
      case .ownDifference: (component(band.lines, WinogradLines.difference), second)
      }
    let start = product.readsNeighbours ? band.absent : 0
    let walk = WeightBlock.Walk(first: start, step: 1, lineStep: 0)
    // Columns are whole vectors: there is no tail.
    WeightBlock(rows: rows, columns: columns, width: outputs, sums: sums, tail: sums).add(
      firstRow: 0, rows: inputs, lines: 1, length: band.pairs - start, rowWalk: walk, columnWalk: walk,
      accumulate: accumulate)
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

  /// Adds the taps' sums of the products' gradients.
  private func addTaps(of matrices: UnsafePointer<Float>, to gradient: UnsafeMutablePointer<Float>) {
    func matrix(_ product: Product, _ i: Int) -> SIMD16<Float> {
      load16(matrices + (product.rawValue * matrixCount + i))
    }
    for i in stride(from: 0, to: matrixCount, by: 16) {
      let (sum, difference) = (matrix(.sum, i), matrix(.difference, i))
      let (outer, inner) = ((sum + difference) * 0.5, (sum - difference) * 0.5)
      let shared = matrix(.ownShared, i)
      let taps = (
        matrix(.first, i) + outer, inner, matrix(.last, i) + outer, matrix(.own, i) + shared,
        matrix(.ownDifference, i) + shared
      )
      let to = gradient + i
      store16(load16(to) + taps.0, to)
      store16(load16(to + matrixCount) + taps.1, to + matrixCount)
      store16(load16(to + 2 * matrixCount) + taps.2, to + 2 * matrixCount)
      store16(load16(to + 3 * matrixCount) + taps.3, to + 3 * matrixCount)
      store16(load16(to + 4 * matrixCount) + taps.4, to + 4 * matrixCount)
    }
  }
}
