import Kernels
import Testing

/// A convolution's shape, and its arguments.
struct Case: Sendable, CustomTestStringConvertible {
  var images = 1
  var height = 1
  var width = 1
  var inputs = 1
  var outputs = 1
  var taps = [Tap(dy: 0, dx: 0)]
  var channelMask: ChannelMask?
  /// What is read instead of `taps`, or written if transposed.
  var window: Window?
  var isTransposed = false
  /// Whether the pixels are the rows of a dense layer.
  var isDense = false

  var convolution: Convolution {
    if isDense { return .dense(rows: pixels, inputs: inputs, outputs: outputs) }
    guard let window else {
      return Convolution(
        images: images, height: height, width: width, inputChannels: inputs, outputChannels: outputs,
        taps: taps, channelMask: channelMask)
    }
    return (isTransposed ? Convolution.transposed : Convolution.strided)(
      images, height, width, inputs, outputs, window)
  }

  var pixels: Int { images * height * width }
  var outputHeight: Int { outputExtent(height) }
  var outputWidth: Int { outputExtent(width) }
  var outputPixels: Int { images * outputHeight * outputWidth }

  private func outputExtent(_ extent: Int) -> Int {
    guard let window else { return extent }
    return isTransposed
      ? (extent - 1) * window.stride - 2 * window.padding + window.size
      : (extent + 2 * window.padding - window.size) / window.stride + 1
  }

  /// The taps, or the window's pixels in raster order.
  var offsets: [Tap] {
    guard let window else { return taps }
    return (0..<window.size * window.size).map {
      Tap(dy: $0 / window.size - window.padding, dx: $0 % window.size - window.padding)
    }
  }

  var testDescription: String {
    "\(images)x\(height)x\(width), \(inputs) -> \(outputs), "
      + (window.map { "\($0)\(isTransposed ? ", transposed" : "")" } ?? "\(taps.count) taps")
      + (isDense ? ", dense" : "")
      + (channelMask.map { ", \($0.groups) groups, \($0.kind)" } ?? "")
  }

  /// Whether the output reads the input at the tap.
  func isVisible(_ t: Int, _ i: Int, _ o: Int) -> Bool {
    guard let mask = channelMask, offsets[t] == Tap(dy: 0, dx: 0) else { return true }
    let (from, to) = (i * mask.groups / inputs, o * mask.groups / outputs)
    return mask.kind == .before ? from < to : from <= to
  }

  /// The index of each weight in the whole kernel, [tap][input][output], or nil where it is hidden: counted group by
  /// group, in the order in which weights are laid out.
  var weightIndices: [Int?] {
    let groups = channelMask?.groups ?? 1
    let tapCount = offsets.count
    var indices = [Int?](repeating: nil, count: tapCount * inputs * outputs)
    var next = 0
    for group in 0..<groups {
      for t in 0..<tapCount {
        for i in 0..<inputs {
          for o in (outputs / groups * group)..<(outputs / groups * (group + 1)) where isVisible(t, i, o) {
            indices[(t * inputs + i) * outputs + o] = next
            next += 1
          }
        }
      }
    }
    return indices
  }
}
