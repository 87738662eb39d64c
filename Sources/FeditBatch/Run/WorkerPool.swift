import Foundation

/// As many workers as rows are made at a time, for threads that take turns: while one waits for the disk,
/// another has its worker.
final class WorkerPool: @unchecked Sendable {
  private let condition = NSCondition()
  private var idle: [BatchWorker]

  init(_ workers: [BatchWorker]) { idle = workers }

  /// Does something with a worker that nobody else has meanwhile; waits until one is free.
  func with<T>(_ body: (BatchWorker) throws -> T) rethrows -> T {
    condition.lock()
    while idle.isEmpty { condition.wait() }
    let worker = idle.removeLast()
    condition.unlock()
    defer {
      condition.lock()
      idle.append(worker)
      condition.signal()
      condition.unlock()
    }
    return try body(worker)
  }
}
