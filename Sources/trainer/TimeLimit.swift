import ArgumentParser

/// A length of time, as Slurm writes it or in seconds: 90, 30:00, 1:55:00, 1-12:00:00.
struct TimeLimit: ExpressibleByArgument {
  let seconds: Int

  /// [[DAYS-]HOURS:]MINUTES:SECONDS, or seconds alone; below a century.
  init?(argument: String) {
    let parts = argument.split(separator: "-", omittingEmptySubsequences: false)
    let fields = parts.last?.split(separator: ":", omittingEmptySubsequences: false) ?? []
    guard parts.count <= 2, (1...3).contains(fields.count), parts.count == 1 || fields.count == 3 else {
      return nil
    }
    var total = 0
    for (place, field) in (parts.dropLast() + fields).enumerated() {
      guard (1...8).contains(field.utf8.count), field.utf8.allSatisfy({ (48...57).contains($0) }),
        let number = Int(field)
      else { return nil }
      // Behind days come hours.
      total = total * (parts.count == 2 && place == 1 ? 24 : 60) + number
    }
    guard (1...3_000_000_000).contains(total) else { return nil }
    seconds = total
  }
}
