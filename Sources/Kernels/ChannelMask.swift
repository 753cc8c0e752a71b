/// Which channels the tap (0, 0) connects when the channels of inputs and outputs are in equal, contiguous groups, such
/// as red, green and blue: van den Oord et al. 2016 (arXiv 1601.06759), section 3.4 and figure 2. All other taps
/// connect all channels.
public struct ChannelMask: Sendable, Hashable {
  /// Which groups of inputs a group of outputs reads.
  public enum Kind: Sendable, Hashable {
    /// Those before it.
    case before
    /// Those before it, and its own.
    case upTo
  }

  /// The number of groups; it divides the channels of inputs and of outputs.
  public let groups: Int
  /// Which groups are read.
  public let kind: Kind

  /// A mask between `groups` groups of inputs and as many of outputs.
  public init(groups: Int, kind: Kind) {
    self.groups = groups
    self.kind = kind
  }

  /// The groups of inputs that group `output` of the outputs reads at tap (0, 0).
  public func inputGroups(of output: Int) -> Range<Int> { 0..<(kind == .before ? output : output + 1) }

  /// The groups of outputs that read group `input` of the inputs at tap (0, 0).
  public func outputGroups(of input: Int) -> Range<Int> {
    (kind == .before ? input + 1 : input)..<groups
  }

  /// Inputs of one output of group `output`, over `taps` taps of which (0, 0) is one.
  public func fanIn(ofGroup output: Int, taps: Int, inputChannels: Int) -> Int {
    (taps - 1) * inputChannels + inputGroups(of: output).count * (inputChannels / groups)
  }
}
