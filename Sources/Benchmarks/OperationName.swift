import Autograd

extension Program {
  /// What a record does, by kind and shape, such as "convolution 5 taps 32 -> 32, 28x28": equal names, equal work. Nil
  /// for inputs, and for reshapes, which do nothing.
  func name(of record: Record) -> String? {
    let size = record.shape.dimensions.dropFirst().map(String.init).joined(separator: "x")
    func sized(_ name: some StringProtocol) -> String { size.isEmpty ? String(name) : "\(name) \(size)" }
    switch record.operation {
    case .input, .reshape: return nil
    case .convolution(let taps, let mask, _, _, _, _):
      if record.shape.dimensions.count == 2 { return "dense \(channels(record))" }
      let groups = mask.map { " in \($0.groups) groups" } ?? ""
      return "convolution \(taps.count) \(taps.count == 1 ? "tap" : "taps") \(channels(record))\(groups), "
        + pixels(record)
    case .stridedConvolution(let window, _, _, _):
      return
        "convolution \(window.size)x\(window.size) by \(window.stride) \(channels(record)), \(pixels(record))"
    case .transposedConvolution(let window, _, _, _):
      return
        "transposed \(window.size)x\(window.size) by \(window.stride) \(channels(record)), \(pixels(record))"
    case .elementwise(let function): return sized("\(function)")
    default:
      // The case's name, without what it holds.
      return sized("\(record.operation)".prefix { $0 != "(" })
    }
  }

  private func channels(_ record: Record) -> String {
    "\(self[record.operands[0]].shape.channels) -> \(record.shape.channels)"
  }

  private func pixels(_ record: Record) -> String {
    "\(record.shape.dimensions[1])x\(record.shape.dimensions[2])"
  }
}
