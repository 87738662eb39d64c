import FeditNN
import Foundation
import Testing

/// What threads write down, under a lock.
private final class Log: @unchecked Sendable {
  private let lock = NSLock()
  private var hits: [Int: Int] = [:]
  private var busy: Set<Int> = []
  private(set) var collisions = 0
  private(set) var largestThread = 0

  func enter(_ item: Int, thread: Int) {
    lock.withLock {
      hits[item, default: 0] += 1
      if !busy.insert(thread).inserted { collisions += 1 }
      largestThread = max(largestThread, thread)
    }
  }
  func leave(thread: Int) { _ = lock.withLock { busy.remove(thread) } }
  var counts: [Int: Int] { lock.withLock { hits } }
}

@Suite struct ThreadPoolTests {
  @Test(
    "Every item is done once, and no two calls at a time have the same thread's number",
    arguments: [1, 2, 3, 7], [0, 1, 2, 5, 100])
  func everyItemOnce(threads: Int, items: Int) {
    let pool = ThreadPool(threads: threads)
    #expect(pool.threads == threads)
    for _ in 0..<20 {
      let log = Log()
      pool.run(items) { item, thread in
        log.enter(item, thread: thread)
        if item % 3 == 0 { usleep(5) }
        log.leave(thread: thread)
      }
      #expect(log.counts == Dictionary(uniqueKeysWithValues: (0..<items).map { ($0, 1) }))
      #expect(log.collisions == 0 && log.largestThread < threads)
    }
  }

  @Test("Callers on several threads wait for each other, and what one wrote is seen after its run")
  func severalCallers() {
    let pool = ThreadPool(threads: 3)
    let wrong = Log()
    DispatchQueue.concurrentPerform(iterations: 8) { caller in
      for round in 0..<50 {
        var sums = [Int](repeating: 0, count: 40)
        sums.withUnsafeMutableBufferPointer { buffer in
          nonisolated(unsafe) let buffer = buffer
          pool.run(40) { item, _ in buffer[item] = item * caller + round }
        }
        if sums != (0..<40).map({ $0 * caller + round }) { wrong.enter(caller, thread: 0) }
      }
    }
    #expect(wrong.counts.isEmpty)
  }

  @Test("A pool has at least one thread and no more than 256")
  func limits() {
    #expect(ThreadPool(threads: 0).threads == 1)
    #expect(ThreadPool(threads: -5).threads == 1)
    #expect((1...256).contains(ThreadPool(threads: 100_000).threads))
  }

  @Test("A buffer is zeroed, aligned to 64 bytes, and refused rather than cut when there is no memory")
  func buffers() throws {
    for count in [0, 1, 1000, 3 << 20] {
      let buffer = try #require(FloatBuffer(count: count))
      #expect(UInt(bitPattern: buffer.start) % 64 == 0 && buffer.count == count)
      #expect((0..<count).allSatisfy { buffer.start[$0] == 0 })
    }
    #expect(FloatBuffer(count: -1) == nil)
    #expect(FloatBuffer(count: Int.max / 8) == nil)
  }
}
