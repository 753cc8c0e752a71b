extension Correlation {
  /// Packs weights into [section][group of panels][tap][visible input][column] with zeros after a section's last output;
  /// those of joined sections into [tap][input][output], where what the last tap hides stays as it is; those of dot products
  /// into [output][tap][input].
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
            rows: share.rows(of: count), columns: section.columns.count, to: to, first: row, depth: depth)
          if isDotProduct {
            rows.packColumns()
          } else if isJoined {
            rows.packPanel(
              into: packed + (tap * inputs + first) * outputs + column, stride: outputs)
          } else {
            rows.packPanels()
          }
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
    /// Where those of the section's first output go.
    let to: UnsafeMutablePointer<Float>
    /// Of the rows of all taps, of which there are `depth`, the first of the matrix.
    let first: Int
    let depth: Int

    /// [output][depth].
    func packColumns() {
      for column in 0..<columns {
        for row in rows { to[column * depth + first + row] = from[row * rowStep + column * columnStep] }
      }
    }

    /// [group of panels][depth][column].
    @inline(__always)
    func packPanels() {
      TileShape.forEachGroup(of: columns) { column, shape in
        packGroup(
          from + column * columnStep, columns: min(shape.columns, columns - column),
          into: to + (column * depth + first * shape.columns), stride: shape.columns)
      }
    }

    /// Whole panels, into rows of `stride`.
    @inline(__always)
    func packPanel(into to: UnsafeMutablePointer<Float>, stride: Int) {
      packWhole(from, columns: columns, into: to, stride: stride)
    }

    /// `columns` columns into rows of `stride`, zeros after the last.
    @inline(__always)
    private func packGroup(
      _ from: UnsafePointer<Float>, columns: Int, into to: UnsafeMutablePointer<Float>, stride: Int
    ) {
      let whole = columns & ~15
      packWhole(from, columns: whole, into: to, stride: stride)
      guard whole < stride else { return }
      for row in rows {
        let (from, to) = (from + row * rowStep, to + row * stride)
        for column in whole..<stride { to[column] = column < columns ? from[column * columnStep] : 0 }
      }
    }

    /// Whole panels of columns.
    @inline(__always)
    private func packWhole(
      _ from: UnsafePointer<Float>, columns whole: Int, into to: UnsafeMutablePointer<Float>, stride: Int
    ) {
      // Sixteen rows at once where a column's lie side by side.
      let blocks = rows.lowerBound + (columnStep != 1 && rowStep == 1 ? rows.count & ~15 : 0)
      for column in Swift.stride(from: 0, to: whole, by: 16) {
        for row in Swift.stride(from: rows.lowerBound, to: blocks, by: 16) {
          Transposition.transpose16(
            from + (row + column * columnStep), step: columnStep, into: to + (row * stride + column),
            step: stride)
        }
      }
      for row in blocks..<rows.upperBound {
        let (from, to) = (from + row * rowStep, to + row * stride)
        for column in Swift.stride(from: 0, to: whole, by: 16) {
          let at = from + column * columnStep
          store16(columnStep == 1 ? load16(at) : load16(at, step: columnStep), to + column)
        }
      }
    }
  }
}
