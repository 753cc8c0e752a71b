/// The last tap under a channel mask of three groups of colours whose sections are a panel each: with every step of channels
/// one panel fewer reads them, the first panel the first step only; or one panel more, the last panel the last step only.
///
/// In tiles of their own the panels would be too narrow: a tile of one panel loads as much as it multiplies. As one tile they
/// keep their sums in registers to the end.
struct TileStairs: Sendable {
  /// Channels of a step, of which there are as many as panels.
  let step: Int
  /// Whether the panels become fewer.
  let descend: Bool

  /// The tile that is summed so, as high as one of a single panel.
  static let shape = TileShape.widest(for: 48)

  /// The stairs that `sections` make, each to be one of the panels; nil if they make none, or of more inputs than a block
  /// has.
  init?(_ sections: [Correlation.Section], inputs: Int) {
    guard Self.shape.panels == 3, sections.count == 3, inputs.isMultiple(of: 3),
      inputs <= Correlation.blockInputs(Self.shape), sections.allSatisfy({ $0.columns.count == 16 })
    else { return nil }
    let step = inputs / 3
    self.step = step
    func make(_ lastTap: (Int) -> Range<Int>) -> Bool {
      sections.enumerated().allSatisfy { $1.lastTap == lastTap($0) }
    }
    if make({ 0..<($0 + 1) * step }) {
      // The first panel ends first.
      descend = true
    } else if make({ $0 * step..<inputs }) {
      descend = false
    } else {
      return nil
    }
  }
}
