extension ExactSum {
  /// A chunk of the mean.
  public struct ChunkMean: Sendable {
    /// The gradients whose means were written.
    public let range: Range<Int>
    /// The sum of the means' squares in Double, of the Floats that were written.
    ///
    /// Value i of the chunk belongs to lane i mod 16; the lanes are added as a tree, halves to halves. The order of
    /// additions is part of the format of every run: it must never change.
    public let sumOfSquares: Double
  }

  /// Sums of squares in 16 lanes, whose additions need not wait for each other: see `ChunkMean.sumOfSquares`.
  struct SquareLanes {
    private var low = SIMD8<Double>()
    private var high = SIMD8<Double>()

    /// Adds the squares of the next 16 values. (A Double has room for a Float's square: fused, it is rounded no less.)
    @inline(__always)
    mutating func add(_ first: SIMD8<Float>, _ second: SIMD8<Float>) {
      let (first, second) = (SIMD8<Double>(first), SIMD8<Double>(second))
      low.addProduct(first, first)
      high.addProduct(second, second)
    }

    /// Adds the square of one value of the last, which are fewer than 16.
    mutating func add(_ value: Float, lane: Int) {
      let value = Double(value)
      if lane < 8 { low[lane] += value * value } else { high[lane - 8] += value * value }
    }

    /// The sum of the lanes.
    var total: Double {
      let eight = low + high
      let four = eight.lowHalf + eight.highHalf
      let two = four.lowHalf + four.highHalf
      return two.x + two.y
    }
  }
}
