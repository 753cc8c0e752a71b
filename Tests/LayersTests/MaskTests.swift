import Kernels
import Layers
import Testing

@Suite struct MaskTests {
  @Test(arguments: [1, 3, 5, 7])
  func tapsAreThePositionsBeforeThePixelInRasterOrder(_ size: Int) {
    let reach = size / 2
    let raster = (0..<size * size).map { Tap(dy: $0 / size - reach, dx: $0 % size - reach) }
    #expect(Mask(.a, size: size).taps == Array(raster.prefix(size * size / 2)))
    #expect(Mask(.b, size: size).taps == Array(raster.prefix(size * size / 2 + 1)))
  }

  @Test func thePapersMasksHaveTheseManyTaps() {
    #expect(Mask(.a, size: 7).taps.count == 24)
    #expect(Mask(.b, size: 3).taps.count == 5)
    #expect(Mask(.b, size: 1).taps == [Tap(dy: 0, dx: 0)])
  }

  @Test func theCentreIsTheLastTapOfGroups() {
    #expect(Mask(.a, size: 7, groups: 3).taps == Mask(.b, size: 7).taps)
    #expect(Mask(.b, size: 3, groups: 3).taps == Mask(.b, size: 3).taps)
    #expect(Mask(.b, size: 3).channelMask == nil)
  }

  /// Red sees no colour of its pixel with mask A, green sees red, blue both; with mask B each sees its own too.
  @Test func coloursComeInOrder() throws {
    let a = try #require(Mask(.a, size: 1, groups: 3).channelMask)
    let b = try #require(Mask(.b, size: 1, groups: 3).channelMask)
    #expect((0..<3).map { Array(a.inputGroups(of: $0)) } == [[], [0], [0, 1]])
    #expect((0..<3).map { Array(b.inputGroups(of: $0)) } == [[0], [0, 1], [0, 1, 2]])
    for mask in [a, b] {
      for (input, output) in (0..<9).map({ ($0 / 3, $0 % 3) }) {
        #expect(mask.inputGroups(of: output).contains(input) == mask.outputGroups(of: input).contains(output))
      }
    }
  }

  @Test func aKernelWithoutCentreTraps() async {
    await #expect(processExitsWith: .failure) { _ = Mask(.a, size: 4) }
  }
}
