import ElementaryFunctions

// Whole buffers. Eight blocks are 32 words: value j of a (position, draw) is word (j mod 32) / 8 of block
// 8 * (j / 32) + j mod 8, so that a vector of words is a run of values, and none depends on how many are asked for.

extension CountedRandom {
  /// Random words of 32 bits.
  public func fillWords(position: UInt64, draw: UInt32, into words: inout MutableSpan<UInt32>) {
    fill(position: position, draw: draw, into: &words) { ($0.word0, $0.word1, $0.word2, $0.word3) }
  }

  /// Uniform numbers in [0, 1), multiples of 2^-24.
  public func fillUniforms(position: UInt64, draw: UInt32, into values: inout MutableSpan<Float>) {
    fill(position: position, draw: draw, into: &values) {
      (uniforms($0.word0), uniforms($0.word1), uniforms($0.word2), uniforms($0.word3))
    }
  }

  /// Independent normal numbers with mean 0 and variance 1, at most 6.56 in magnitude.
  ///
  /// Box and Muller, "A note on the generation of random normal deviates" (1958): two words give a radius
  /// sqrt(-2 log u) and an angle, whose cosine and sine are two values (values 8 apart share a pair).
  public func fillNormals(position: UInt64, draw: UInt32, into values: inout MutableSpan<Float>) {
    fill(position: position, draw: draw, into: &values) {
      let (a, b) = normals($0.word0, $0.word1)
      let (c, d) = normals($0.word2, $0.word3)
      return (a, b, c, d)
    }
  }

  /// Calls `values` for each eight blocks and stores its four vectors one after another, cut at the end.
  @inline(__always)
  private func fill<Scalar: SIMDScalar & BitwiseCopyable>(
    position: UInt64, draw: UInt32, into span: inout MutableSpan<Scalar>,
    _ values: (PhiloxLanes) -> (SIMD8<Scalar>, SIMD8<Scalar>, SIMD8<Scalar>, SIMD8<Scalar>)
  ) {
    precondition(span.count >> 34 == 0, "\(span.count) values are more than the 2^34 of a draw")
    span.withUnsafeMutableBufferPointer { buffer in
      let bytes = UnsafeMutableRawBufferPointer(buffer)
      let stride = 8 * MemoryLayout<Scalar>.stride
      var start = 0
      var first: UInt32 = 0
      while start < bytes.count {
        let lanes = PhiloxLanes(position: position, draw: draw, first: first, key: key)
        var vectors = values(lanes)
        if bytes.count - start >= 4 * stride {
          bytes.storeBytes(of: vectors.0, toByteOffset: start, as: SIMD8<Scalar>.self)
          bytes.storeBytes(of: vectors.1, toByteOffset: start + stride, as: SIMD8<Scalar>.self)
          bytes.storeBytes(of: vectors.2, toByteOffset: start + 2 * stride, as: SIMD8<Scalar>.self)
          bytes.storeBytes(of: vectors.3, toByteOffset: start + 3 * stride, as: SIMD8<Scalar>.self)
        } else {
          withUnsafeBytes(of: &vectors) {
            UnsafeMutableRawBufferPointer(rebasing: bytes[start...])
              .copyMemory(from: UnsafeRawBufferPointer(rebasing: $0.prefix(bytes.count - start)))
          }
        }
        start += 4 * stride
        first &+= 8
      }
    }
  }
}

@inline(__always)
private func uniforms(_ words: SIMD8<UInt32>) -> SIMD8<Float> {
  SIMD8<Float>(signed(words &>> 8)) * 0x1p-24
}

@inline(__always)
private func normals(_ first: SIMD8<UInt32>, _ second: SIMD8<UInt32>) -> (SIMD8<Float>, SIMD8<Float>) {
  // u in [2^-31, 1]: a Float is finer near 0, where the tails come from. The angle is in [-pi, pi].
  let u = (SIMD8<Float>(signed(first &>> 1)) + 1) * 0x1p-31
  let angle = SIMD8<Float>(signed(second)) * (Float.pi * 0x1p-31)
  let radius = (SIMD8<Float>.log(u) * -2).squareRoot()
  return (radius * SIMD8<Float>.cos(angle), radius * SIMD8<Float>.sin(angle))
}

/// The same bits as signed integers: their conversion to Float is one instruction.
@inline(__always)
private func signed(_ words: SIMD8<UInt32>) -> SIMD8<Int32> { unsafeBitCast(words, to: SIMD8<Int32>.self) }
