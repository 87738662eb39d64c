/// A part of a batch's rows: every Nth, from the Ith on. What it is depends on nothing but the two numbers,
/// so that machines need not know of one another.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// From 1.
  public var index: Int
  /// How many shards there are.
  public var count: Int

  /// - Returns: nil unless `1 ≤ index ≤ count ≤ 1,000,000`.
  public init?(index: Int, count: Int) {
    guard (1...1_000_000).contains(count), (1...count).contains(index) else { return nil }
    self.index = index
    self.count = count
  }

  /// From `I/N`.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard parts.count == 2, let index = Int(parts[0]), let count = Int(parts[1]) else { return nil }
    self.init(index: index, count: count)
  }

  /// All rows.
  public static let all = Shard(whole: ())

  private init(whole: Void) { (index, count) = (1, 1) }

  /// `I/N`.
  public var description: String { "\(index)/\(count)" }

  /// Whether a row, from 1, belongs to the shard.
  public func contains(row: Int) -> Bool { (row - 1) % count == index - 1 }

  /// Whether the two may have rows in common; false only where they are sure not to.
  func mayOverlap(_ other: Shard) -> Bool { count != other.count || index == other.index }

  /// What the names of the shard's own files end with: nothing for all rows.
  var suffix: String { count == 1 ? "" : "-\(index)-of-\(count)" }

  /// From what a file's name ends with.
  init?(suffix: some StringProtocol) {
    if suffix.isEmpty {
      self = .all
      return
    }
    guard let match = String(suffix).wholeMatch(of: /-([0-9]{1,7})-of-([0-9]{1,7})/),
      let index = Int(match.1),
      let count = Int(match.2)
    else { return nil }
    self.init(index: index, count: count)
  }
}
