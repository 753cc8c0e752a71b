import Autograd
import Kernels

extension Interpreter {
  /// Strided and transposed convolutions: at each position of the window, each of its pixels connects the pixel it
  /// covers with the position.
  func windowed(
    _ x: [Double], from input: Shape, to output: Shape, _ window: Window, isTransposed: Bool,
    weights: [Double], biases: [Double]
  ) -> [Double] {
    let (positions, image) = isTransposed ? (input, output) : (output, input)
    let (inputs, outputs) = (input.channels, output.channels)
    var result = (0..<output.count).map { biases[$0 % outputs] }
    for n in 0..<input.rows {
      for (i, j) in pairs(positions.dimensions[1], positions.dimensions[2]) {
        for (k, l) in pairs(window.size, window.size) {
          let (y, x0) = (i * window.stride + k - window.padding, j * window.stride + l - window.padding)
          guard (0..<image.dimensions[1]).contains(y), (0..<image.dimensions[2]).contains(x0) else {
            continue
          }
          let position = (n * positions.dimensions[1] + i) * positions.dimensions[2] + j
          let pixel = (n * image.dimensions[1] + y) * image.dimensions[2] + x0
          let (from, to) = isTransposed ? (position, pixel) : (pixel, position)
          for (a, b) in pairs(inputs, outputs) {
            result[to * outputs + b] +=
              x[from * inputs + a] * weights[((k * window.size + l) * inputs + a) * outputs + b]
          }
        }
      }
    }
    return result
  }

  private func pairs(_ rows: Int, _ columns: Int) -> [(Int, Int)] {
    (0..<rows * columns).map { ($0 / columns, $0 % columns) }
  }
}
