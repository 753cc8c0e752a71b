import Kernels
import Randomness

extension Tape {
  /// A value the caller writes before a pass. Names must be unique.
  public mutating func input(_ name: String, _ shape: Shape) -> Value {
    precondition(
      !records.contains { $0.operation == .input(name: name) }, "the input \(name) is declared twice")
    return record(.input(name: name), [], shape: shape)
  }

  /// A parameter as a value of its shape.
  public mutating func parameter(_ id: ParameterID) -> Value {
    record(.parameter(id), [], shape: parameters[id].shape)
  }

  /// Standard normal numbers, [images * repeats, columns]: row i is draw `firstDraw + i % repeats` at the position
  /// of image i / repeats (see `Noise`). One a program: a second would repeat the first one's numbers.
  public mutating func noise(images: Int, repeats: Int = 1, columns: Int) -> Value {
    precondition(repeats > 0, "noise of \(repeats) rows an image")
    precondition(
      !records.contains { if case .noise = $0.operation { true } else { false } }, "noise is recorded twice")
    return record(.noise(repeats: repeats), [], shape: [images * repeats, columns])
  }
}

/// For a record whose value is already where it belongs: an input, or another shape of its operand.
struct NoInstruction: Instruction {
  var needs: Needs { Needs() }
  func forward(at site: Site, noise: borrowing Noise?) {}
}

struct ParameterInstruction: Instruction {
  /// The parameter's place in the flat buffers.
  let range: Range<Int>

  // Resident: the parameter as it was loaded. The value's own memory is others' before and after its life.
  var needs: Needs { Needs(packed: range.count) }

  func load(parameters: UnsafePointer<Float>, share: Share, at site: Site) {
    guard share.index == 0 else { return }
    Elementwise.copy(parameters + range.lowerBound, into: site.packed, count: range.count)
  }

  func forward(at site: Site, noise: borrowing Noise?) {
    Elementwise.copy(site.packed, into: site.result, count: range.count)
  }

  func backward(at site: Site, parameterGradients: Floats) {
    deliver(
      site.resultGradient,
      to: GradientTarget(address: parameterGradients + range.lowerBound, accumulate: site.accumulates[0]),
      count: range.count)
  }
}

struct NoiseInstruction: Instruction {
  let shape: Shape
  let repeats: Int

  var needs: Needs { Needs() }

  func forward(at site: Site, noise: borrowing Noise?) {
    guard let noise = copy noise else { preconditionFailure("the program uses noise, and none is given") }
    let columns = shape.columns
    precondition(
      noise.positions.count * repeats == shape.rows,
      "\(noise.positions.count) positions for noise of \(shape.rows / repeats) images")
    precondition(
      Int(noise.firstDraw) + repeats <= Int(Noise.firstDropoutDraw),
      "draws \(noise.firstDraw) and \(repeats - 1) more reach those of dropout")
    for row in 0..<shape.rows {
      var span = UnsafeMutableBufferPointer(start: site.result + row * columns, count: columns).mutableSpan
      noise.random.fillNormals(
        position: noise.positions[row / repeats], draw: noise.firstDraw + UInt32(row % repeats), into: &span)
    }
  }
}
