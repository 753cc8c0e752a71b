extension Correlation {
  /// Packs weights into [section][panel][tap][visible input][16] with zeros after a section's last output, or
  /// [output][tap][input] for dot products.
  /// - Parameters:
  ///   - share: which of the rows.
  ///   - step: Floats from the weight of an output to that of the next.
  ///   - run: inputs whose weights are evenly spaced, from each multiple of it on.
  ///   - weight: the address of the weight of (tap, input, output).
  @inline(__always)
  func pack(
    _ share: Share, into packed: UnsafeMutablePointer<Float>, step: Int, run: Int,
    _ weight: (Int, Int, Int) -> UnsafePointer<Float>
  ) {
    let taps = geometry.taps.count
    let lanes = isDotProduct ? 1 : 16
    var to = packed
    for section in sections {
      let depth = Self.depth(section, taps: taps, inputs: inputs)
      let column = section.columns.lowerBound
      var row = 0
      for tap in 0..<taps {
        var visible = tap == taps - 1 ? section.lastTap : 0..<inputs
        while let first = visible.first {
          let count = min(visible.upperBound, (first / run + 1) * run) - first
          let from = weight(tap, first, column)
          let rows = Rows(
            from: from, rowStep: count == 1 ? 0 : weight(tap, first + 1, column) - from, columnStep: step,
            rows: share.rows(of: count), columns: section.columns.count, to: to + row * lanes, depth: depth)
          if isDotProduct { rows.packColumns() } else { rows.packPanels() }
          row += count
          visible = first + count..<visible.upperBound
        }
      }
      to += isDotProduct ? section.columns.count * depth : (section.columns.count + 15) / 16 * 16 * depth
    }
  }

  /// Weights of a tap for the outputs of a section, a matrix of inputs by outputs, and where they go.
  struct Rows {
    let from: UnsafePointer<Float>
    /// Floats from an input's weights to the next one's.
    let rowStep: Int
    /// Floats from an output's weight to the next one's.
    let columnStep: Int
    let rows: Range<Int>
    let columns: Int
    let to: UnsafeMutablePointer<Float>
    /// Rows of all taps: a panel has 16 times as many Floats.
    let depth: Int

    private typealias Vector = SIMD16<Float>

    /// [output][depth].
    func packColumns() {
      for column in 0..<columns {
        for row in rows { to[column * depth + row] = from[row * rowStep + column * columnStep] }
      }
    }

    /// [panel][depth][16].
    @inline(__always)
    func packPanels() {
      let whole = columns / 16
      if columnStep == 1 {
        copyPanels(whole)
      } else {
        // Sixteen rows at once where they lie side by side.
        let blocks = rows.lowerBound + (rowStep == 1 ? rows.count / 16 * 16 : 0)
        for panel in 0..<whole { transposePanel(panel, blocks: blocks) }
      }
      guard whole * 16 < columns else { return }
      let rest = columns - whole * 16
      for row in rows {
        let (from, to) = (from + row * rowStep + whole * 16 * columnStep, to + (whole * depth + row) * 16)
        for lane in 0..<16 { to[lane] = lane < rest ? from[lane * columnStep] : 0 }
      }
    }

    /// Reads the rows from end to end: as many streams as there are panels are written, each a whole vector at a time.
    private func copyPanels(_ panels: Int) {
      for row in rows {
        let (from, to) = (UnsafeRawPointer(from + row * rowStep), UnsafeMutableRawPointer(to + row * 16))
        for panel in 0..<panels {
          (to + panel * depth * 64).storeBytes(
            of: (from + panel * 64).loadUnaligned(as: Vector.self), as: Vector.self)
        }
      }
    }

    @inline(__always)
    private func transposePanel(_ panel: Int, blocks: Int) {
      let (from, to) = (from + panel * 16 * columnStep, to + panel * depth * 16)
      for row in stride(from: rows.lowerBound, to: blocks, by: 16) {
        Transposition.transpose16(from + row, step: columnStep, into: to + row * 16, step: 16)
      }
      for row in blocks..<rows.upperBound {
        store16(load16(from + row * rowStep, step: columnStep), to + row * 16)
      }
    }
  }
}
