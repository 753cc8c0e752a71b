import CProcessor

/// The floating-point environment that equal bits need: round to nearest even, denormals kept.
enum FloatingPoint {
  /// Masks exceptions, round to nearest, no flush-to-zero, no denormals-are-zero.
  private static let control: UInt32 = 0x1F80

  /// Sets the control register of this thread, which later threads inherit, and checks that it holds.
  static func establish() throws(TrainingError) {
    _ = bitwise_set_floating_point_environment()
    try check()
  }

  /// Throws where something, such as a library's initialiser, changed the register.
  static func check() throws(TrainingError) {
    #if arch(x86_64)
      let found = bitwise_floating_point_environment()
      guard found == control else {
        throw TrainingError(
          .software,
          "the floating-point control register is \(String(found, radix: 16)), not "
            + "\(String(control, radix: 16)): a library changed it")
      }
    #endif
  }
}
