/// One of several equal shares of some work, done side by side by as many workers.
public struct Share: Sendable {
  /// Which of them, from 0.
  public let index: Int
  /// How many there are.
  public let count: Int

  /// Share `index` of `count`.
  public init(_ index: Int, of count: Int) {
    precondition(index >= 0 && index < count, "share \(index) of \(count)")
    self.index = index
    self.count = count
  }

  /// All of the work.
  public static let whole = Share(0, of: 1)

  /// The share of rows 0..<rows, cut at multiples of 16.
  public func rows(of rows: Int) -> Range<Int> {
    let blocks = (rows + 15) / 16
    func cut(_ index: Int) -> Int { min(rows, index * blocks / count * 16) }
    return cut(index)..<cut(index + 1)
  }
}
