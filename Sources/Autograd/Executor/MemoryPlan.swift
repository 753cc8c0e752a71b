/// Where everything an executor touches lies in its one arena.
///
/// Time counts instructions: forward pass of record i at i, the objective's gradient set at R, backward pass of
/// record i at 2R - i, for R records. Inputs, outputs and packed weights keep their memory for all time; a value
/// until its last reader has run; a gradient from its first delivery to its own record's backward pass; what a forward
/// pass leaves for the backward pass until then; all that a record reads whose backward pass postpones something, from then on
/// for all time. A gradient that a forward pass leaves lies where the value was, if it can.
struct MemoryPlan {
  /// Offsets of the values, by record.
  let values: [Int]
  /// Offsets of the gradients, by record; nil where the record has none.
  let gradients: [Int?]
  /// Offsets of what the instructions keep, by record.
  let residents: [Int]
  /// Offsets of the gradients that forward passes leave, by record; nil where there is none.
  let leftGradients: [Int?]
  /// Offset of the memory that is used within one instruction.
  let workspace: Int
  /// The scalars of the arena.
  let count: Int
  /// From one arena to the next, where there are several.
  var alignedCount: Int { ArenaPlan.aligned(count) }
  /// Ranges whose life ends, by time: a debugging aid poisons them.
  let releases: [[Range<Int>]]

  /// - Parameter postponed: the records whose backward passes postpone something.
  init(_ program: Program, flow: GradientFlow, needs: [Needs], postponed: Set<Int>) {
    let records = program.records
    let end = 2 * records.count
    let forever = end + 1
    func backward(_ record: Int) -> Int { end - record }
    func lastUse(_ record: Int) -> Int { postponed.contains(record) ? forever : backward(record) }

    // Last readers of the values, by the record that stores them.
    var last = Array(records.indices)
    for (index, record) in records.enumerated() {
      func keep(_ value: Int, until time: Int) {
        last[flow.storage[value]] = max(last[flow.storage[value]], time)
      }
      for operand in record.operands { keep(operand.id, until: index) }
      guard flow.runs[index] else { continue }
      for operand in needs[index].backwardReadsOperands {
        keep(record.operands[operand].id, until: lastUse(index))
      }
      if needs[index].backwardReadsResult { keep(index, until: backward(index)) }
    }
    for output in program.outputs { last[flow.storage[output.value.id]] = forever }

    // First deliveries and last readers of the gradients, by home.
    var gradientSpans = [ClosedRange<Int>?](repeating: nil, count: records.count)
    func use(_ home: Int, at time: Int) {
      let span = gradientSpans[home] ?? time...time
      gradientSpans[home] = min(span.lowerBound, time)...max(span.upperBound, time)
    }
    if let objective = program.objective, flow.runs[flow.storage[objective.id]] {
      use(flow.home[flow.storage[objective.id]], at: records.count)
    }
    for (index, record) in records.enumerated() where flow.runs[index] {
      use(flow.home[index], at: backward(index))
      use(flow.home[index], at: lastUse(index))
      for (operand, delivery) in zip(record.operands, flow.deliveries[index]) where delivery != .none {
        use(flow.home[flow.storage[operand.id]], at: backward(index))
      }
    }

    // Gradients that are left: by the home of those that lie where a value was, the record that stores it.
    var valuePlaces: [Int: Int] = [:]
    let left = records.indices.map { index -> Int? in
      guard let operand = needs[index].leavesGradientOf, flow.deliveries[index][operand] != .none
      else { return nil }
      let value = flow.storage[records[index].operands[operand].id]
      let home = flow.home[value]
      if last[value] == index, flow.deliveries[index][operand] == .write, let span = gradientSpans[home] {
        last[value] = span.upperBound
        valuePlaces[home] = value
      }
      return value
    }

    var blocks: [Lifetime] = []
    func block(_ count: Int, _ span: ClosedRange<Int>) -> Int {
      blocks.append(Lifetime(count: count, span: span))
      return blocks.count - 1
    }
    let workspaceBlock = block(needs.map(\.workspace).max() ?? 0, 0...forever)
    let residentBlocks = needs.enumerated().map { index, need in
      block(need.resident, index...(flow.runs[index] ? lastUse(index) : index))
    }
    let valueBlocks = records.enumerated().map { index, record in
      if case .input = record.operation { return block(record.shape.count, 0...forever) }
      return block(flow.storage[index] == index ? record.shape.count : 0, index...last[index])
    }
    let gradientBlocks = gradientSpans.enumerated().map { index, span in
      if let value = valuePlaces[index] { return valueBlocks[value] as Int? }
      return span.map { block(records[index].shape.count, $0) }
    }
    let leftBlocks = left.enumerated().map { index, value in
      value.map { value in
        valuePlaces[flow.home[value]] == value
          ? valueBlocks[value] : block(records[value].shape.count, index...backward(index))
      }
    }

    let plan = ArenaPlan(blocks)
    workspace = plan.offsets[workspaceBlock]
    residents = residentBlocks.map { plan.offsets[$0] }
    leftGradients = leftBlocks.map { $0.map { plan.offsets[$0] } }
    values = flow.storage.map { plan.offsets[valueBlocks[$0]] }
    gradients = records.indices.map { index in
      guard flow.runs[flow.storage[index]] else { return nil }
      return gradientBlocks[flow.home[flow.storage[index]]].map { plan.offsets[$0] }
    }
    count = plan.count

    var releases = [[Range<Int>]](repeating: [], count: end + 1)
    for (block, offset) in zip(blocks, plan.offsets) where block.span.upperBound <= end {
      releases[block.span.upperBound].append(offset..<offset + block.count)
    }
    self.releases = releases
  }
}
