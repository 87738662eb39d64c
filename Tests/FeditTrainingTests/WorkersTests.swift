import FeditTestSupport
import FeditText
import FeditTraining
import Foundation
import Testing

/// Processes that are threads: what one sends, its partner takes.
private final class Mailboxes: @unchecked Sendable {
  private let condition = NSCondition()
  private var letters: [String: [UInt8]] = [:]

  func post(_ letter: [UInt8], from: Int, to: Int) {
    condition.withLock {
      while letters["\(from)-\(to)"] != nil { condition.wait() }
      letters["\(from)-\(to)"] = letter
      condition.broadcast()
    }
  }

  func take(from: Int, to: Int) -> [UInt8] {
    condition.withLock {
      while letters["\(from)-\(to)"] == nil { condition.wait() }
      defer { condition.broadcast() }
      return letters.removeValue(forKey: "\(from)-\(to)") ?? []
    }
  }
}

private final class Results: @unchecked Sendable {
  private let lock = NSLock()
  private var values: [Int: Result<TrainingRun.Ending, any Error>] = [:]

  subscript(rank: Int) -> Result<TrainingRun.Ending, any Error>? {
    get { lock.withLock { values[rank] } }
    set { lock.withLock { values[rank] = newValue } }
  }
}

private struct ThreadWorker: TrainingWorkers {
  let rank: Int
  let count: Int
  let mailboxes: Mailboxes

  func exchange(
    _ bytes: UnsafeRawBufferPointer, with partner: Int, into received: UnsafeMutableRawBufferPointer
  ) throws {
    mailboxes.post(Array(bytes), from: rank, to: partner)
    received.copyBytes(from: mailboxes.take(from: partner, to: rank))
  }
}

@Suite("Training by several processes") struct WorkersTests {
  private static func configuration(_ steps: Int = 4) -> TrainingConfiguration {
    var c = shortRun(steps: steps)
    c.batch = 4
    c.slots = 4
    return c
  }

  /// How each rank's run ended, or what it threw.
  private static func run(
    _ scratch: Scratch, _ name: String, ranks: Int, _ configurations: [TrainingConfiguration],
    resume: Bool = false, stopAfter: Int = .max
  ) -> [Result<TrainingRun.Ending, any Error>] {
    let mailboxes = Mailboxes()
    let results = Results()
    let (set, folder) = (scratch.file("set"), scratch.file(name))
    let group = DispatchGroup()
    for rank in 0..<ranks {
      group.enter()
      let thread = Thread {
        results[rank] = Result {
          let run = try TrainingRun(
            sets: [set], folder: folder,
            configuration: configurations[rank % configurations.count], resume: resume, threads: 1,
            workers: ThreadWorker(rank: rank, count: ranks, mailboxes: mailboxes))
          var done = 0
          return try run.run(isCancelled: { rank == 0 && done >= stopAfter }) {
            if case .progress = $0 { done += 1 }
          }
        }
        group.leave()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    group.wait()
    return (0..<ranks).compactMap { results[$0] }
  }

  @Test("one, two and four processes end with the same bytes")
  func sameBytes() throws {
    let scratch = try Scratch.withTrainingSet()
    for ranks in [1, 2, 4] {
      for ending in Self.run(scratch, "of\(ranks)", ranks: ranks, [Self.configuration()]) {
        #expect(try ending.get() == .finished)
      }
    }
    let alone = try RunFiles(scratch, "of1")
    #expect(try RunFiles(scratch, "of2") == alone)
    #expect(try RunFiles(scratch, "of4") == alone)
  }

  @Test("a run of two processes goes on with one, to the same bytes")
  func resumes() throws {
    let scratch = try Scratch.withTrainingSet()
    _ = Self.run(scratch, "whole", ranks: 1, [Self.configuration()])
    for ending in Self.run(scratch, "parts", ranks: 2, [Self.configuration()], stopAfter: 2) {
      #expect(try ending.get() == .interrupted)
    }
    for ending in Self.run(scratch, "parts", ranks: 1, [Self.configuration()], resume: true) {
      #expect(try ending.get() == .finished)
    }
    #expect(try RunFiles(scratch, "parts") == RunFiles(scratch, "whole"))
  }

  @Test("processes with different options are refused before any work")
  func disagreement() throws {
    let scratch = try Scratch.withTrainingSet()
    var other = Self.configuration()
    other.learningRate *= 2
    for result in Self.run(scratch, "run", ranks: 2, [Self.configuration(), other]) {
      #expect(throws: UserError.self) { try result.get() }
    }
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run/checkpoint.safetensors")))
  }

  @Test(
    "slots that are no power of two, do not divide the batch, or are fewer than the processes are refused",
    arguments: [(3, 6, 1), (4, 6, 1), (2, 4, 4)])
  func refused(slots: Int, batch: Int, ranks: Int) throws {
    let scratch = try Scratch.withTrainingSet()
    var c = Self.configuration()
    (c.slots, c.batch) = (slots, batch)
    for result in Self.run(scratch, "run", ranks: ranks, [c]) {
      #expect(throws: UserError.self) { try result.get() }
    }
  }
}
