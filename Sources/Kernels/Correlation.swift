/// The pass of a convolution that sums over taps and channels for each pixel: forward, and, with mirrored taps and
/// exchanged channels, the input gradient.
///
/// The work is cut into runs of pixels, panels of output channels and blocks of the sum, in an order that keeps the
/// weights of a block in the first cache and the pixels of a run in the second. A block continues its sums from the
/// output, so that the cutting changes no bits.
struct Correlation: Sendable {
  /// How the pixels of a tile are found.
  enum Layout: Sendable {
    /// All images' pixels are the rows of one matrix.
    case rows
    /// Few channels: what each pixel reads is gathered into a row [tap][channel], image by image.
    case gathered(PatchGather)
    /// Offsets into the image, [tile][tap][row]; nothing is copied.
    case table(offsets: [Int32])
  }

  let geometry: Geometry
  let inputs: Int
  let outputs: Int
  let layout: Layout

  /// A copy of a pixel for each tap costs less than finding it once a tap below so many channels.
  static let gatheredChannels = 8
  /// Tiles of a run at most: with 128 channels 128 KiB of pixels.
  static let runTiles = 32
  /// Inputs of a block of the sum: with two panels 16 KiB of weights, which share the first cache with the pixels.
  static let blockInputs = 128

  init(_ geometry: Geometry, inputs: Int, outputs: Int) {
    self.geometry = geometry
    self.inputs = inputs
    self.outputs = outputs
    if geometry.isPointwise {
      layout = .rows
    } else if inputs < Self.gatheredChannels {
      layout = .gathered(PatchGather(geometry, channels: inputs))
    } else {
      layout = .table(offsets: Self.offsets(geometry, channels: inputs, rows: TileShape.rows))
    }
  }

  /// Values that one output sums.
  var depth: Int { geometry.taps.count * inputs }
  /// Whether the sums are dot products.
  var isDotProduct: Bool { outputs <= DotProduct.maximumOutputs }
  var panels: Int { (outputs + 15) / 16 }
  var packedWeightCount: Int { isDotProduct ? outputs * depth : panels * 16 * depth }

  var workspaceCount: Int {
    let edge = TileShape.rows * 32 + 32
    switch layout {
    case .rows: return edge
    case .gathered(let patches): return edge + patches.workspaceCount
    case .table: return edge + inputs
    }
  }

  /// Packs weights into [panel][tap][input][16] with zeros after the last output, or [output][tap][input] for dot
  /// products. The weight of (tap, input, output) is at tap * tapStep + input * inputStep + output * outputStep.
  func pack(
    _ weights: UnsafePointer<Float>, tapStep: Int, inputStep: Int, outputStep: Int,
    into packed: UnsafeMutablePointer<Float>
  ) {
    let lanes = isDotProduct ? 1 : 16
    var to = packed
    for first in stride(from: 0, to: outputs, by: lanes) {
      let count = min(lanes, outputs - first)
      for tap in 0..<geometry.taps.count {
        var from = weights + tap * tapStep + first * outputStep
        for _ in 0..<inputs {
          if count == 16 {
            // Written out, these become vector loads or inserts; a loop over lanes does not.
            let s = outputStep
            let value =
              s == 1
              ? UnsafeRawPointer(from).loadUnaligned(as: SIMD16<Float>.self)
              : SIMD16(
                from[0], from[s], from[2 * s], from[3 * s], from[4 * s], from[5 * s], from[6 * s],
                from[7 * s],
                from[8 * s], from[9 * s], from[10 * s], from[11 * s], from[12 * s], from[13 * s],
                from[14 * s],
                from[15 * s])
            UnsafeMutableRawPointer(to).storeBytes(of: value, as: SIMD16<Float>.self)
          } else {
            for lane in 0..<lanes { to[lane] = lane < count ? from[lane * outputStep] : 0 }
          }
          from += inputStep
          to += lanes
        }
      }
    }
  }

  /// Offsets of each tile's rows, [tile][tap][row], -1 outside the image; rows past the last pixel repeat it.
  static func offsets(_ geometry: Geometry, channels: Int, rows: Int) -> [Int32] {
    var offsets: [Int32] = []
    for first in stride(from: 0, to: geometry.pixels, by: rows) {
      for tap in geometry.taps {
        for row in 0..<rows {
          let pixel = min(first + row, geometry.pixels - 1)
          offsets.append(geometry.source(of: pixel, tap).map { Int32($0 * channels) } ?? -1)
        }
      }
    }
    return offsets
  }
}
