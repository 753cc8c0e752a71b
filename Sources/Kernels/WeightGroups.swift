/// Where a convolution's weights lie: a matrix [tap][visible input channel][output channel of the group] for each group
/// of outputs, one after another; without a mask there is one group.
struct WeightGroups: Sendable {
  let inputs: Int
  let outputs: Int
  let taps: Int
  let mask: ChannelMask?

  /// Groups of outputs.
  var groups: Int { mask?.groups ?? 1 }
  /// Outputs of a group.
  var groupOutputs: Int { outputs / groups }
  /// Floats of all weights.
  var count: Int { start(of: groups) }

  /// Rows of the matrix of group `group`. Those of tap (0, 0), the last, are of channels from the first on.
  func rows(of group: Int) -> Int {
    mask?.fanIn(ofGroup: group, taps: taps, inputChannels: inputs) ?? taps * inputs
  }

  /// The index of the first weight of group `group`.
  func start(of group: Int) -> Int { (0..<group).reduce(0) { $0 + rows(of: $1) * groupOutputs } }

  /// The index of a weight that is not hidden.
  func index(tap: Int, input: Int, output: Int) -> Int {
    guard groups > 1 else { return (tap * inputs + input) * outputs + output }
    let (group, column) = output.quotientAndRemainder(dividingBy: groupOutputs)
    return start(of: group) + (tap * inputs + input) * groupOutputs + column
  }

  /// What outputs sum: those of a group the same.
  var forwardSections: [Correlation.Section] {
    (0..<groups).map { group in
      let visible = mask?.inputGroups(of: group) ?? 0..<1
      return section(group, of: outputs, lastTap: visible, of: inputs)
    }
  }

  /// What gradients of inputs sum: those of a group the same.
  var backwardSections: [Correlation.Section] {
    (0..<groups).map { group in
      let readers = mask?.outputGroups(of: group) ?? 0..<1
      return section(group, of: inputs, lastTap: readers, of: outputs)
    }
  }

  private func section(
    _ group: Int, of columns: Int, lastTap visible: Range<Int>, of channels: Int
  ) -> Correlation.Section {
    let (width, step) = (columns / groups, channels / groups)
    return Correlation.Section(
      columns: group * width..<(group + 1) * width,
      lastTap: visible.lowerBound * step..<visible.upperBound * step)
  }
}
