import Datasets
import Foundation
import Testing

/// The tables that values in colour are drawn from.
@Suite struct NoiseTableTests {
  /// Masses are at least 1, sum to 2^32, and are the logistic distribution's within what rounding leaves; words stand
  /// for the values in order, each as often as its mass says.
  @Test(arguments: [0, 1, 50, 128, 210, 254, 255] as [UInt8], [0.05, 1, 3, 40])
  func tables(centre: UInt8, scale: Double) {
    let table = NoiseTable(centre: centre, scale: scale)
    #expect(table.masses.count == 256 && table.masses.allSatisfy { $0 >= 1 })
    #expect(table.masses.reduce(0) { $0 + Int($1) } == 1 << 32)
    func below(_ edge: Double) -> Double { 1 / (1 + exp(-(edge - Double(centre)) / scale)) }
    var start = 0
    for (value, mass) in table.masses.enumerated() {
      let share =
        (value == 255 ? 1 : below(Double(value) + 0.5)) - (value == 0 ? 0 : below(Double(value) - 0.5))
      // Every value's own unit, and at the centre what rounding down has left: less than 256 units each.
      #expect(abs(Double(mass) - share * 0x1p32) <= 512, "value \(value)")
      #expect(table.value(of: UInt32(start)) == value)
      #expect(table.value(of: UInt32(start) + (mass - 1) / 2) == value)
      #expect(table.value(of: UInt32(start) + (mass - 1)) == value)
      start += Int(mass)
    }
  }
}
