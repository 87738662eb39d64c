import FeditKernels

/// A fixed set of threads that share the items of one job at a time.
public final class ThreadPool: @unchecked Sendable {
  private let pool: OpaquePointer
  /// How many threads work on a job, the caller included.
  public let threads: Int

  /// Starts the threads; the caller of ``run(_:_:)`` counts as one.
  ///
  /// - Parameter threads: 1…256; fewer are used if the system refuses to start so many.
  public init(threads: Int) {
    var wanted = Int32(clamping: max(1, min(threads, 256)))
    var made = fk_pool_create(wanted)
    while made == nil, wanted > 1 {
      wanted /= 2
      made = fk_pool_create(wanted)
    }
    guard let made else { fatalError("no memory for a thread pool") }
    pool = made
    self.threads = Int(fk_pool_threads(made))
  }

  deinit { fk_pool_destroy(pool) }

  /// Calls `body(item, thread)` for each item, each once, in no particular order, on all threads, and returns
  /// when all are done. `thread` is below ``threads`` and no two calls at the same time have the same.
  public func run(_ items: Int, _ body: (_ item: Int, _ thread: Int) -> Void) {
    withoutActuallyEscaping(body) { escaping in
      var context = escaping
      withUnsafeMutablePointer(to: &context) { pointer in
        fk_pool_run(
          pool,
          { context, item, thread in
            context?.assumingMemoryBound(to: ((Int, Int) -> Void).self).pointee(item, Int(thread))
          }, pointer, items)
      }
    }
  }

  /// Calls `body(item)` for each item on all threads, each once, in no particular order.
  ///
  /// - Parameters:
  ///   - items: How many.
  ///   - body: What makes an item's result.
  /// - Returns: The results, in the order of the items: sums of them do not depend on the threads.
  @inlinable package func map<Value>(_ items: Int, _ body: (_ item: Int) -> Value) -> [Value] {
    [Value](unsafeUninitializedCapacity: items) { values, count in
      let base = values.baseAddress
      run(items) { item, _ in
        if let base { (base + item).initialize(to: body(item)) }
      }
      count = items
    }
  }
}
