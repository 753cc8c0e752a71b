public import Autograd
public import Kernels

/// The positions a masked convolution may read: those before a pixel in raster order, row by row from the top left.
///
/// Van den Oord et al. 2016, "Pixel Recurrent Neural Networks" (arXiv 1601.06759), section 3.4 and figure 2: the
/// first layer of a network has mask A, which hides the pixel itself, all later layers mask B, which shows it,
/// since by then its features hold nothing of its value. With several groups of channels, such as red, green and
/// blue, this is the order of the groups within a pixel: at the centre tap a group sees those before it, with mask B
/// itself too, and at all other taps every channel.
public struct Mask: Sendable, Hashable {
  /// Whether a pixel sees its own features.
  public enum Kind: Sendable, Hashable {
    /// Only what comes before the pixel, or before the group within it.
    case a
    /// The pixel, or the group, too.
    case b
  }

  /// The kind of mask.
  public let kind: Kind
  /// The height and width of the kernel, odd.
  public let size: Int

  /// The groups, equal and contiguous, that the channels of a pixel are in.
  public let groups: Int

  /// A mask on a kernel of `size` x `size`.
  public init(_ kind: Kind, size: Int, groups: Int = 1) {
    precondition(size > 0 && size % 2 == 1, "a masked kernel of size \(size) has no centre")
    precondition(groups > 0, "a mask between \(groups) groups of channels")
    self.kind = kind
    self.size = size
    self.groups = groups
  }

  /// The offsets that may be read, in raster order: (size² - 1) / 2 for mask A of one group, otherwise one more, the
  /// centre.
  public var taps: [Tap] {
    let reach = size / 2
    return (-reach...reach).flatMap { dy in
      (-reach...reach).compactMap { dx in shows(dy: dy, dx: dx) ? Tap(dy: dy, dx: dx) : nil }
    }
  }

  /// Which groups the centre tap connects; nil if it connects all it has.
  public var channelMask: ChannelMask? {
    groups == 1 ? nil : ChannelMask(groups: groups, kind: kind == .a ? .before : .upTo)
  }

  /// The shape of the weights of a convolution under this mask: what it hides has none.
  public func weightShape(inputs: Int, outputs: Int) -> Shape {
    guard let channelMask else { return [taps.count, inputs, outputs] }
    precondition(
      inputs % groups == 0 && outputs % groups == 0,
      "\(inputs) and \(outputs) channels in \(groups) groups")
    let rows = (0..<groups).map {
      channelMask.fanIn(ofGroup: $0, taps: taps.count, inputChannels: inputs)
    }
    return [rows.reduce(0, +), outputs / groups]
  }

  private func shows(dy: Int, dx: Int) -> Bool {
    if dy == 0 && dx == 0 { return kind == .b || groups > 1 }
    return dy < 0 || (dy == 0 && dx < 0)
  }
}
