/// The pass of a convolution that sums over pixels: the weights' gradient.
struct WeightGradient: Sendable {
  let geometry: Geometry
  let inputs: Int
  let outputs: Int
  let workspaceCount: Int

  init(_ geometry: Geometry, inputs: Int, outputs: Int) {
    self.geometry = geometry
    self.inputs = inputs
    self.outputs = outputs
    workspaceCount = 0
  }

  /// See `Convolution.weightGradient`.
  func run(
    input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    weightGradient: UnsafeMutablePointer<Float>, workspace: UnsafeMutablePointer<Float>
  ) {
    for image in 0..<geometry.images {
      for pixel in 0..<geometry.pixels {
        let g = outputGradient + (image * geometry.pixels + pixel) * outputs
        for (t, tap) in geometry.taps.enumerated() {
          guard let source = geometry.source(of: pixel, tap) else { continue }
          let x = input + (image * geometry.pixels + source) * inputs
          for i in 0..<inputs {
            let row = weightGradient + (t * inputs + i) * outputs
            for o in 0..<outputs { row[o].addProduct(x[i], g[o]) }
          }
        }
      }
    }
  }
}
