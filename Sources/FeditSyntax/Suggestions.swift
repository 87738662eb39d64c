/// The known name nearest to a misspelt one: within a third of its length by edit distance
/// (optimal string alignment: insert, delete, replace, swap neighbours), or nil.
///
/// - Parameters:
///   - name: The misspelt name.
///   - known: What it might have been meant to be.
/// - Returns: The nearest; of two that are as near, the first by alphabet.
public func nearestName(to name: String, among known: some Sequence<String>) -> String? {
  let wanted = Spelling(name)
  return wanted.nearest(among: known.lazy.map(Spelling.init))?.name
}

/// Names that are asked for their nearest again and again, as in a long script with many mistakes.
public struct NameSuggestions: Sendable {
  private var byLength: [Int: [Spelling]] = [:]
  private var answers: [String: Spelling.Match?] = [:]
  /// How many more names may be compared: of thousands of mistakes the first few hundred are worth a suggestion,
  /// and all of them would take time that grows with the square of the script.
  private var budget = 1_000_000

  /// Prepares names.
  public init(_ names: some Sequence<String>) {
    byLength = Dictionary(grouping: names.map(Spelling.init)) { $0.scalars.count }
  }

  /// What ``nearestName(to:among:)`` gives among these names and some more.
  ///
  /// - Parameters:
  ///   - name: The misspelt name.
  ///   - others: Further names.
  /// - Returns: The nearest; nil where there is none, or where enough have been looked for.
  public mutating func nearest(to name: String, or others: some Sequence<String>) -> String? {
    guard budget > 0 else { return nil }
    let wanted = Spelling(name)
    let among: Spelling.Match?
    if let answer = answers[name] {
      among = answer
    } else {
      let lengths = max(0, wanted.scalars.count - wanted.limit)...wanted.scalars.count + wanted.limit
      let candidates = lengths.compactMap { byLength[$0] }
      budget -= candidates.reduce(0) { $0 + $1.count }
      among = candidates.compactMap { wanted.nearest(among: $0) }.min(by: <)
      answers[name] = .some(among)
    }
    let further = others.map(Spelling.init)
    budget -= further.count
    let other = wanted.nearest(among: further)
    return [among, other].compactMap(\.self).min(by: <)?.name
  }
}

/// A name as its letters are compared.
private struct Spelling: Sendable {
  struct Match: Sendable {
    var distance: Int
    var name: String

    static func < (a: Match, b: Match) -> Bool { (a.distance, a.name) < (b.distance, b.name) }
  }

  let name: String
  /// Lower case, at most 64.
  let scalars: [UInt32]
  /// A bit for each letter that occurs, 64 classes of them.
  let letters: UInt64

  init(_ name: String) {
    self.name = name
    let isPlain = name.utf8.allSatisfy { $0 < 0x80 && !(0x41...0x5A).contains($0) }
    scalars = (isPlain ? name : name.lowercased()).unicodeScalars.prefix(64).map(\.value)
    letters = scalars.reduce(0) { $0 | 1 << UInt64($1 % 64) }
  }

  /// How far a name may be off.
  var limit: Int { max(1, (scalars.count + 1) / 3) }

  func nearest(among known: some Sequence<Spelling>) -> Match? {
    let limit = limit
    var best: Match?
    for candidate in known {
      // Each letter that only one of them has costs at least one edit.
      guard abs(candidate.scalars.count - scalars.count) <= limit,
        (letters & ~candidate.letters).nonzeroBitCount <= limit,
        (candidate.letters & ~letters).nonzeroBitCount <= limit
      else { continue }
      let distance = editDistance(scalars, candidate.scalars)
      guard distance <= limit else { continue }
      let match = Match(distance: distance, name: candidate.name)
      if best.map({ match < $0 }) ?? true { best = match }
    }
    return best
  }
}

private func editDistance(_ a: [UInt32], _ b: [UInt32]) -> Int {
  var beforeLast: [Int] = []
  var last = Array(0...b.count)
  for i in 0..<a.count {
    var row = [i + 1]
    row.reserveCapacity(b.count + 1)
    for j in 0..<b.count {
      var value = min(last[j] + (a[i] == b[j] ? 0 : 1), last[j + 1] + 1, row[j] + 1)
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { value = min(value, beforeLast[j - 1] + 1) }
      row.append(value)
    }
    beforeLast = last
    last = row
  }
  return last[b.count]
}
