/// A transposed convolution to one channel by a window of 4x4 pixels, two apart.
///
/// What the window writes around a position is products of that position's channels alone. One matrix product makes, of all
/// positions, the 16 values of their windows, a whole panel of columns; these are added where windows overlap ("col2im").
/// Sums of a pixel, one channel wide, would be dot products, and to find what each reads would take longer than to multiply.
///
/// The order of the sum: for each window pixel a chain of fused multiply-adds over input channels, from zero; the chains of
/// those window pixels that lead from the output pixel to a position are added one after another, in raster order, and their
/// sum to residual + bias.
struct OverlapAdd: SummingPass {
  private typealias Pair = SIMD2<Float>

  /// The window's height and width, and its pixels.
  private static let size = 4
  private static let windowPixels = size * size

  /// From output images to positions.
  private let geometry: Geometry
  private let inputs: Int
  private let padding: Int
  /// The products of an image's positions.
  private let products: Correlation

  /// The adjoint of `geometry`, the positions of a window in the images of a transposed convolution; nil where there are more
  /// channels or it is another window.
  init?(adjointOf geometry: Geometry, inputs: Int, outputs: Int) {
    let padding = -(geometry.taps.first?.dy ?? 0)
    let window = Window(size: Self.size, stride: 2, padding: padding)
    guard outputs == 1, geometry.stride == window.stride, geometry.taps == window.taps,
      geometry.inputHeight == window.extent(for: geometry.height),
      geometry.inputWidth == window.extent(for: geometry.width)
    else { return nil }
    self.geometry = geometry
    self.inputs = inputs
    self.padding = padding
    products = Correlation(
      Geometry(images: 1, height: geometry.height, width: geometry.width, taps: [Tap(dy: 0, dx: 0)]),
      inputs: inputs, outputs: Self.windowPixels,
      sections: [Correlation.Section(columns: 0..<Self.windowPixels, lastTap: 0..<inputs)])
  }

  var packedWeightCount: Int { products.packedWeightCount }

  /// Workspace: the products of an image, a line of sums, and what the products need.
  var workspaceCount: Int { productCount + lineCount + products.workspaceCount }

  private var productCount: Int { geometry.pixels * Self.windowPixels }
  /// Pixels of a line with those of the padding.
  private var lineCount: Int { 2 * (geometry.width + 1) }

  func takesGate(accumulating: Bool) -> Bool { false }

  func pack(
    _ share: Share, into packed: UnsafeMutablePointer<Float>, step: Int, run: Int,
    _ weight: (Int, Int, Int) -> UnsafePointer<Float>
  ) {
    products.pack(share, into: packed, step: weight(1, 0, 0) - weight(0, 0, 0), run: run) { _, input, pixel in
      weight(pixel, input, 0)
    }
  }

  func run(
    input: UnsafePointer<Float>, weights: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    residual: UnsafePointer<Float>?, relu: Bool, gate: TileEnds.Gate?,
    output: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    let sums = workspace + productCount
    let width = geometry.inputWidth
    for image in 0..<geometry.images {
      products.run(
        input: input + image * geometry.pixels * inputs, weights: weights, bias: nil, residual: nil,
        relu: false, output: workspace, workspace: sums + lineCount)
      for y in 0..<geometry.inputHeight {
        add(UnsafePointer(workspace), line: y, to: sums)
        let place = (image * geometry.inputHeight + y) * width
        end(
          UnsafePointer(sums + padding), bias: bias?[0], residual: residual.map { $0 + place }, relu: relu,
          output: output + place, count: width)
      }
    }
  }

  /// Writes the sums of products of line `y`, those of the padding beside it too.
  private func add(_ products: UnsafePointer<Float>, line y: Int, to sums: UnsafeMutablePointer<Float>) {
    // Two lines of the window lead to it, from a line of positions and from the one before; at the image's ends only one.
    let (position, line) = (y + padding).quotientAndRemainder(dividingBy: 2)
    func part(_ position: Int, _ line: Int) -> UnsafePointer<Float> {
      let start = position * geometry.width * Self.windowPixels
      return products + (start + line * Self.size)
    }
    if position < geometry.height { add(part(position, line), to: sums, replacing: true) }
    if position > 0 { add(part(position - 1, line + 2), to: sums, replacing: position == geometry.height) }
  }

  /// Adds a line of the window at all positions of a line, two pixels at a time: its first two at a position and its last
  /// two at the position before.
  @inline(__always)
  private func add(_ products: UnsafePointer<Float>, to sums: UnsafeMutablePointer<Float>, replacing: Bool) {
    func load(_ place: UnsafePointer<Float>) -> Pair { UnsafeRawPointer(place).loadUnaligned(as: Pair.self) }
    func store(_ pair: Pair, _ place: UnsafeMutablePointer<Float>) {
      UnsafeMutableRawPointer(place).storeBytes(of: pair, as: Pair.self)
    }
    func before(_ place: UnsafeMutablePointer<Float>) -> Pair {
      replacing ? .zero : load(UnsafePointer(place))
    }
    var (from, to) = (products, sums)
    store(before(to) + load(from), to)
    for _ in 1..<geometry.width {
      to += 2
      let sum: Pair = before(to) + load(from + Self.windowPixels)
      store(sum + load(from + 2), to)
      from += Self.windowPixels
    }
    to += 2
    store(before(to) + load(from + 2), to)
  }

  /// Writes a line: its sums, added to what they start from.
  private func end(
    _ sums: UnsafePointer<Float>, bias: Float?, residual: UnsafePointer<Float>?, relu: Bool,
    output: UnsafeMutablePointer<Float>, count: Int
  ) {
    let bias = bias ?? 0
    if let residual {
      for i in 0..<count { output[i] = (bias + residual[i]) + sums[i] }
    } else {
      for i in 0..<count { output[i] = bias + sums[i] }
    }
    if relu { for i in 0..<count where output[i] < 0 { output[i] = 0 } }
  }
}
