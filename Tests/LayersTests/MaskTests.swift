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

  @Test func aKernelWithoutCentreTraps() async {
    await #expect(processExitsWith: .failure) { _ = Mask(.a, size: 4) }
  }
}
