import FeditText

/// The processes that train one run together, seen from one of them. Ranks count from 0.
///
/// Every process holds all weights and computes some of a batch's slots; gradients are added over a binary tree, so that
/// one process and many give the same bytes.
public protocol TrainingWorkers: Sendable {
  /// Which of the processes this is; 0 reports and writes the files.
  var rank: Int { get }
  /// How many there are: a power of two.
  var count: Int { get }

  /// Sends bytes to another rank and gets as many from it, which does the same at the same time.
  ///
  /// - Parameters:
  ///   - bytes: What is sent.
  ///   - rank: The partner.
  ///   - received: What came.
  /// - Throws: `UserError` where the partner is lost.
  func exchange(
    _ bytes: UnsafeRawBufferPointer, with rank: Int, into received: UnsafeMutableRawBufferPointer) throws
}

/// A run that one process trains.
public struct LoneWorker: TrainingWorkers {
  /// 0: it reports and writes the files.
  public var rank: Int { 0 }
  /// 1.
  public var count: Int { 1 }

  /// The only process of a run.
  public init() {}

  /// Does nothing: there is nobody to exchange with.
  public func exchange(
    _ bytes: UnsafeRawBufferPointer, with rank: Int, into received: UnsafeMutableRawBufferPointer
  ) {}
}

extension TrainingWorkers {
  var isFirst: Bool { rank == 0 }

  /// The slots of a batch that this rank computes.
  func share(of slots: Int) -> Range<Int> { rank * slots / count..<(rank + 1) * slots / count }

  /// Adds the vectors of all ranks by recursive doubling: with ranks in order, the upper levels of a binary tree. All get
  /// the same bits, since a + b and b + a are the same.
  func add<Value: BinaryFloatingPoint>(_ values: inout [Value]) throws {
    var received = [Value](repeating: 0, count: values.count)
    var distance = 1
    while distance < count {
      try values.withUnsafeBytes { own in
        try received.withUnsafeMutableBytes { try exchange(own, with: rank ^ distance, into: $0) }
      }
      values.add(received)
      distance *= 2
    }
  }

  /// Whether it holds for any rank.
  func any(_ condition: Bool) throws -> Bool {
    guard count > 1 else { return condition }
    var votes: [Double] = [condition ? 1 : 0]
    try add(&votes)
    return votes[0] > 0
  }

  /// Whether all ranks have the same text.
  func agree(on text: String) throws -> Bool {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    var distance = 1
    var isSame = true
    while distance < count {
      var other: UInt64 = 0
      try withUnsafeBytes(of: hash) { own in
        try withUnsafeMutableBytes(of: &other) { try exchange(own, with: rank ^ distance, into: $0) }
      }
      isSame = isSame && other == hash
      distance *= 2
    }
    return try !any(!isSame)
  }
}

/// The sum of a batch's slots over a binary tree, whatever the number of processes: neighbours first.
struct SlotTree {
  /// What is summed, with how many slots each holds.
  private var parts: [(slots: Int, gradient: [Float], losses: [Double])] = []

  /// Adds the next slot.
  mutating func add(_ gradient: [Float], _ losses: [Double]) {
    parts.append((1, gradient, losses))
    while parts.count > 1, parts[parts.count - 1].slots == parts[parts.count - 2].slots {
      let last = parts.removeLast()
      let index = parts.count - 1
      parts[index].gradient.add(last.gradient)
      parts[index].losses.add(last.losses)
      parts[index].slots += last.slots
    }
  }

  /// The mean over the slots of all ranks.
  ///
  /// - Parameters:
  ///   - slots: Of the whole batch: a power of two.
  ///   - workers: Each with an equal share of them.
  /// - Returns: Means of the gradients and of the losses.
  /// - Throws: What an exchange throws.
  consuming func mean(over slots: Int, _ workers: some TrainingWorkers) throws -> (
    gradient: [Float], losses: [Double]
  ) {
    precondition(parts.count == 1, "a rank's share of the slots is a power of two")
    var (_, gradient, losses) = parts.removeLast()
    try workers.add(&gradient)
    try workers.add(&losses)
    let share = 1 / Float(slots)
    gradient.withUnsafeMutableBufferPointer { for i in $0.indices { $0[i] *= share } }
    for i in losses.indices { losses[i] *= Double(share) }
    return (gradient, losses)
  }
}

extension Array where Element: BinaryFloatingPoint {
  /// Adds another array's elements to its own; in place, and without a check for each, since gradients have millions.
  fileprivate mutating func add(_ other: [Element]) {
    precondition(count == other.count)
    withUnsafeMutableBufferPointer { own in
      other.withUnsafeBufferPointer { for i in own.indices { own[i] += $0[i] } }
    }
  }
}
