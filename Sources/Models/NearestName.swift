/// The name nearest to a misspelt one: the first of the smallest edit distance.
public func nearestName(to name: String, among names: [String]) -> String? {
  names.map { (name: $0, distance: editDistance(name, $0)) }.min { $0.distance < $1.distance }?.name
}

/// The least number of insertions, deletions and replacements that turn one text into the other (Levenshtein 1966).
private func editDistance(_ a: String, _ b: String) -> Int {
  let b = Array(b)
  // distances[j]: from the part of a read so far to the first j characters of b.
  var distances = Array(0...b.count)
  for character in a {
    var diagonal = distances[0]
    distances[0] += 1
    for (j, other) in b.enumerated() {
      let replaced = diagonal + (character == other ? 0 : 1)
      diagonal = distances[j + 1]
      distances[j + 1] = min(replaced, distances[j] + 1, diagonal + 1)
    }
  }
  return distances[b.count]
}
