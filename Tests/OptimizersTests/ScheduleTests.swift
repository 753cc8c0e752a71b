import Optimizers
import Testing

@Suite struct ScheduleTests {
  /// The endpoints are exact, and between them the rate rises through the warm-up and then falls.
  @Test(arguments: ScheduleShape.allCases, [0, 1, 2, 10, 99])
  func endpointsAndMonotony(shape: ScheduleShape, warmup: Int) throws {
    let schedule = try Schedule(shape: shape, learningRate: 3e-3, warmup: warmup, steps: 100)
    let rates = (0..<120).map { schedule.learningRate(at: $0) }
    let peak = max(warmup - 1, 0)
    #expect(rates[0] == (warmup > 1 ? 3e-3 / Double(warmup) : 3e-3))
    #expect(rates[peak] == 3e-3)
    for u in 0..<peak {
      #expect(abs(rates[u + 1] - rates[u] - 3e-3 / Double(warmup)) < 1e-17)
    }
    #expect(schedule.finalLearningRate == (shape == .constant ? 3e-3 : 3e-3 / 10))
    for u in 99..<120 { #expect(rates[u] == schedule.finalLearningRate) }
    for u in peak..<99 {
      if shape == .constant { #expect(rates[u] == 3e-3) } else { #expect(rates[u + 1] < rates[u]) }
    }
  }

  @Test func linearFallsInEqualSteps() throws {
    let schedule = try Schedule(
      shape: .linear, learningRate: 1, finalLearningRate: 0.2, warmup: 5, steps: 105)
    for u in 4..<105 {
      #expect(abs(schedule.learningRate(at: u) - (1 - 0.8 * Double(u - 4) / 100)) < 1e-15)
    }
  }

  /// A cosine's quarter points: half way at the middle, and symmetric around it.
  @Test func cosineIsSymmetric() throws {
    let schedule = try Schedule(shape: .cosine, learningRate: 1, finalLearningRate: 0, steps: 121)
    #expect(abs(schedule.learningRate(at: 60) - 0.5) < 1e-15)
    #expect(abs(schedule.learningRate(at: 40) - 0.75) < 1e-15)
    #expect(abs(schedule.learningRate(at: 30) - (0.5 + 0.5 * 0.5.squareRoot())) < 1e-15)
    for u in 0...120 {
      #expect(abs(schedule.learningRate(at: u) + schedule.learningRate(at: 120 - u) - 1) < 1e-15)
    }
  }

  @Test func oneStepIsTheLast() throws {
    #expect(try Schedule(shape: .linear, learningRate: 1, steps: 1).learningRate(at: 0) == 0.1)
    #expect(try Schedule(shape: .cosine, learningRate: 1, steps: 1).learningRate(at: 0) == 0.1)
  }

  /// A run of the constant schedule may be prolonged: the number of steps is no part of it.
  @Test func constantDoesNotDependOnTheSteps() throws {
    let short = try Schedule(shape: .constant, learningRate: 1e-3, warmup: 10, steps: 20)
    let long = try Schedule(shape: .constant, learningRate: 1e-3, warmup: 10)
    #expect(short == long)
    let (linear20, linear30) = (
      try Schedule(shape: .linear, learningRate: 1e-3, steps: 20),
      try Schedule(shape: .linear, learningRate: 1e-3, steps: 30)
    )
    #expect(linear20 != linear30)
  }

  @Test func impossibleSettingsAreErrors() {
    func code(
      _ shape: ScheduleShape, _ rate: Double, final: Double? = nil, warmup: Int = 0, steps: Int? = 10
    ) -> OptimizerError.Code? {
      #expect(throws: OptimizerError.self) {
        try Schedule(
          shape: shape, learningRate: rate, finalLearningRate: final, warmup: warmup, steps: steps)
      }?.code
    }
    for rate in [0, -1, .nan, .infinity] { #expect(code(.constant, rate) == .outOfRange) }
    for final in [-0.1, 1.1, .nan] { #expect(code(.linear, 1, final: final) == .outOfRange) }
    #expect(code(.linear, 1, warmup: -1) == .outOfRange)
    #expect(code(.cosine, 1, steps: 0) == .outOfRange)
    #expect(code(.constant, 1, final: 0.5) == .contradiction)
    #expect(code(.linear, 1, steps: nil) == .contradiction)
    #expect(code(.cosine, 1, warmup: 10) == .contradiction)
  }
}
