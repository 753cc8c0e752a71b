import Optimizers
import Testing

/// Mistakes of the caller end the process, before anything is read or written out of bounds.
@Suite struct PreconditionTests {
  @Test func aRangeBeyondTheBufferTraps() async {
    await #expect(processExitsWith: .failure) {
      var (trained, adam) = (Trained([1, 2, 3]), try Adam())
      trained.update(&adam, [1, 1, 1], rate: 0.1, cuts: [4])
    }
  }

  @Test func buffersOfDifferentCountsTrap() async {
    await #expect(processExitsWith: .failure) {
      var (trained, adam) = (Trained([1, 2, 3]), try Adam())
      trained.update(&adam, [1, 1], rate: 0.1)
    }
  }

  /// The helper itself does not trap.
  @Test func equalCountsDoNotTrap() async {
    await #expect(processExitsWith: .success) {
      var (trained, adam) = (Trained([1, 2, 3]), try Adam())
      trained.update(&adam, [1, 1, 1], rate: 0.1, cuts: [3])
    }
  }
}
