import Foundation

/// Threads whose start can fail, as at a container's limit of processes: `Foundation.Thread` says nothing then,
/// and whoever waits for it waits for ever.
package enum NativeThread {
  private final class Body {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  /// Starts a thread that nobody joins.
  ///
  /// - Parameters:
  ///   - stackSize: in bytes.
  ///   - body: what it does.
  /// - Returns: whether it runs.
  package static func start(stackSize: Int = 1 << 20, _ body: @escaping @Sendable () -> Void) -> Bool {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return false }
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setstacksize(&attributes, stackSize)
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
    let held = Unmanaged.passRetained(Body(body))
    var thread = pthread_t()
    let problem = pthread_create(
      &thread, &attributes,
      { argument in
        guard let argument else { return nil }
        Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().run()
        return nil
      }, held.toOpaque())
    if problem != 0 { held.release() }
    return problem == 0
  }
}
