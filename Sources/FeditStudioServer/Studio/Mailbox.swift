import Foundation
import Synchronization

/// What waits for a thread.
final class Mailbox<Item: Sendable>: Sendable {
  private struct State {
    var items: [Item] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let arrived = DispatchSemaphore(value: 0)

  /// Puts something at the end.
  ///
  /// - Parameters:
  ///   - item: What waits from now on.
  ///   - isReplaced: Which of what waits is no longer wanted then.
  func put(_ item: Item, replacing isReplaced: (Item) -> Bool = { _ in false }) {
    state.withLock { state in
      state.items.removeAll(where: isReplaced)
      state.items.append(item)
    }
    arrived.signal()
  }

  /// No more comes: `take` ends when nothing waits.
  func close() {
    state.withLock { $0.isClosed = true }
    arrived.signal()
  }

  /// Whether no more comes.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Whether something waits that meets a condition.
  func contains(where isWanted: (Item) -> Bool) -> Bool {
    state.withLock { $0.items.contains(where: isWanted) }
  }

  /// Waits for something; nil where no more comes.
  ///
  /// - Parameter isFirst: What is taken before all else.
  /// - Returns: The first of those, else what has waited longest.
  func take(first isFirst: (Item) -> Bool = { _ in false }) -> Item? {
    while true {
      let (item, isClosed) = state.withLock { state -> (Item?, Bool) in
        guard !state.items.isEmpty else { return (nil, state.isClosed) }
        return (state.items.remove(at: state.items.firstIndex(where: isFirst) ?? 0), false)
      }
      if let item { return item }
      if isClosed { return nil }
      arrived.wait()
    }
  }
}
