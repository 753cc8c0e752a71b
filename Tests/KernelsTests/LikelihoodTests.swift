import ElementaryFunctions
import Kernels
import Testing

/// Likelihood terms against Double, and their gradients against the derivatives, written out.
@Suite struct LikelihoodTests {
  static let sizes = [(1, 1), (2, 7), (3, 8), (4, 33), (2, 784)]

  private func matches(_ x: Float, _ exact: Double, scale: Double) -> Bool {
    // Each term has a few roundings to Float, relative to `scale`; the sum of Doubles adds nothing to speak of.
    (Double(x) - exact).magnitude <= 4 * 0x1p-23 * max(scale, exact.magnitude)
  }

  @Test(arguments: sizes) func bernoulli(rows: Int, columns: Int) throws {
    let repeats = 3
    var random = TestRandom(columns)
    let logits = random.floats(rows * repeats * columns).map { $0 * 30 }
    let targets = random.floats(rows * columns).map { $0 < 0 ? Float(0) : 1 }
    let nats = try #require(
      Poisoned.with([Float](repeating: .nan, count: rows * repeats)) {
        CrossEntropy.bernoulliNats(
          logits: logits, targets: targets, rows: rows * repeats, columns: columns, targetRepeat: repeats,
          nats: $0)
      })
    let rowGradient = random.floats(rows * repeats)
    for accumulate in [false, true] {
      let before = random.floats(logits.count)
      let gradient = try #require(
        Poisoned.with(before) {
          CrossEntropy.bernoulliGradient(
            logits: logits, targets: targets, rows: rows * repeats, columns: columns, targetRepeat: repeats,
            rowGradient: rowGradient, gradient: $0, accumulate: accumulate)
        })
      for i in logits.indices {
        let row = i / columns
        let t = Double(targets[row / repeats * columns + i % columns])
        let exact =
          (Double.sigmoid(Double(logits[i])) - t) * Double(rowGradient[row])
          + (accumulate ? Double(before[i]) : 0)
        #expect(matches(gradient[i], exact, scale: 1))
      }
    }
    for row in 0..<rows * repeats {
      var exact = 0.0
      for c in 0..<columns {
        let l = Double(logits[row * columns + c])
        exact += targets[row / repeats * columns + c] == 1 ? Double.softplus(-l) : Double.softplus(l)
      }
      // softplus(l) - l cancels where l is large and t is 1: relative to the logits.
      #expect(matches(nats[row], exact, scale: 30 * Double(columns).squareRoot()))
    }
  }

  @Test func bernoulliIsStableForHugeLogits() {
    var nats = [Float](repeating: 0, count: 2)
    CrossEntropy.bernoulliNats(
      logits: [1e30, -1e30, 1e30, -1e30], targets: [1, 0, 0, 1], rows: 2, columns: 2, targetRepeat: 1,
      nats: &nats)
    #expect(nats[0] == 0)
    #expect(nats[1] == 2e30)
  }

  @Test(arguments: sizes) func divergence(rows: Int, columns: Int) throws {
    var random = TestRandom(columns + 1)
    let mean = random.floats(rows * columns).map { $0 * 3 }
    let logVariance = random.floats(rows * columns).map { $0 * 5 }
    let nats = try #require(
      Poisoned.with([Float](repeating: .nan, count: rows)) {
        Gaussian.divergence(mean: mean, logVariance: logVariance, rows: rows, columns: columns, nats: $0)
      })
    for row in 0..<rows {
      var exact = 0.0
      for i in (row * columns)..<((row + 1) * columns) {
        let (m, v) = (Double(mean[i]), Double(logVariance[i]))
        exact += 0.5 * (Double.exp(v) + m * m - 1 - v)
      }
      #expect(matches(nats[row], exact, scale: 1))
    }
    let rowGradient = random.floats(rows)
    for accumulate in [false, true] {
      let before = random.floats(2 * mean.count)
      let both = try #require(
        Poisoned.with(before) {
          Gaussian.divergenceMeanGradient(
            mean: mean, rows: rows, columns: columns, rowGradient: rowGradient, gradient: $0,
            accumulate: accumulate)
          Gaussian.divergenceLogVarianceGradient(
            logVariance: logVariance, rows: rows, columns: columns, rowGradient: rowGradient,
            gradient: $0 + mean.count, accumulate: accumulate)
        })
      for i in mean.indices {
        let factor = Double(rowGradient[i / columns])
        let (m, v) = (Double(mean[i]), Double(logVariance[i]))
        let start = accumulate ? (Double(before[i]), Double(before[mean.count + i])) : (0, 0)
        #expect(matches(both[i], start.0 + factor * m, scale: 3))
        let derivative = factor * 0.5 * (Double.exp(v) - 1)
        #expect(
          matches(both[mean.count + i], start.1 + derivative, scale: 1 + derivative.magnitude))
      }
    }
  }

  @Test(arguments: sizes) func samplesAndTheirGradients(rows: Int, columns: Int) throws {
    let repeats = 2
    var random = TestRandom(columns + 2)
    let mean = random.floats(rows * columns)
    let logVariance = random.floats(rows * columns).map { $0 * 4 }
    let noise = random.floats(rows * repeats * columns).map { $0 * 3 }
    let samples = try #require(
      Poisoned.with([Float](repeating: .nan, count: noise.count)) {
        Gaussian.sample(
          mean: mean, logVariance: logVariance, noise: noise, rows: rows, columns: columns, repeats: repeats,
          sample: $0)
      })
    let ratios = try #require(
      Poisoned.with([Float](repeating: .nan, count: rows * repeats)) {
        Gaussian.logDensityRatio(
          mean: mean, logVariance: logVariance, noise: noise, rows: rows, columns: columns, repeats: repeats,
          ratio: $0)
      })
    for row in 0..<rows * repeats {
      var ratio = 0.0
      var scale = 1.0
      for c in 0..<columns {
        let source = row / repeats * columns + c
        let e = Double(noise[row * columns + c])
        let (m, v) = (Double(mean[source]), Double(logVariance[source]))
        let z = m + Double.exp(v / 2) * e
        #expect(matches(samples[row * columns + c], z, scale: 1 + (z - m).magnitude))
        // log N(z; 0, 1) - log N(z; m, exp v), the constants cancelling.
        let proposal = -0.5 * ((z - m) * (z - m) / Double.exp(v) + v)
        ratio += -0.5 * z * z - proposal
        scale += z * z + e * e + v.magnitude
      }
      #expect(matches(ratios[row], ratio, scale: scale))
    }

    let sampleGradient = random.floats(mean.count)
    for accumulate in [false, true] {
      let before = random.floats(mean.count)
      let gradient = try #require(
        Poisoned.with(before) {
          Gaussian.sampleLogVarianceGradient(
            logVariance: logVariance, noise: noise, sampleGradient: sampleGradient, rows: rows,
            columns: columns,
            gradient: $0, accumulate: accumulate)
        })
      for i in mean.indices {
        let deviation = Double.exp(Double(logVariance[i]) / 2)
        let derivative = Double(sampleGradient[i]) * Double(noise[i]) * 0.5 * deviation
        let start = accumulate ? Double(before[i]) : 0
        #expect(matches(gradient[i], start + derivative, scale: 1 + derivative.magnitude))
      }
    }
  }

  @Test func aRowOfTermsDoesNotDependOnItsPlace() throws {
    var random = TestRandom(5)
    let columns = 51
    let logits = random.floats(5 * columns)
    let targets = random.floats(5 * columns)
    var all = [Float](repeating: 0, count: 5)
    CrossEntropy.bernoulliNats(
      logits: logits, targets: targets, rows: 5, columns: columns, targetRepeat: 1, nats: &all)
    for row in 0..<5 {
      var one: [Float] = [0]
      CrossEntropy.bernoulliNats(
        logits: Array(logits.dropFirst(row * columns)), targets: Array(targets.dropFirst(row * columns)),
        rows: 1,
        columns: columns, targetRepeat: 1, nats: &one)
      #expect(one[0].bitPattern == all[row].bitPattern)
    }
  }
}
