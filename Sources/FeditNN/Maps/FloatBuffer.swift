import FeditKernels
import FeditText

/// There is not enough memory for a network's numbers.
public struct OutOfMemory: UserFacingError, Hashable, Sendable {
  /// How many bytes there is no room for.
  public let bytes: Int
  /// What they were to hold, such as `activations`.
  public let purpose: String

  /// What is wrong, in a sentence.
  public var description: String { "there is no memory for \(bytes) bytes of \(purpose)" }
  /// The machine lacks something.
  public var exitStatus: ExitStatus { .software }
}

/// Zeroed memory for floats, on large pages where the system has them.
///
/// Whoever writes to it sees to it that nobody else uses the same place at the same time.
public final class FloatBuffer: @unchecked Sendable {
  /// The first float, 64-byte aligned.
  public let start: UnsafeMutablePointer<Float>
  /// How many floats it holds.
  public let count: Int

  /// Allocates zeros, or returns nil if there is no memory.
  ///
  /// - Parameter count: How many floats.
  public init?(count: Int) {
    guard count >= 0, let memory = fk_allocate(count * 4) else { return nil }
    start = memory.bindMemory(to: Float.self, capacity: max(count, 1))
    self.count = count
  }

  /// Allocates zeros.
  ///
  /// - Parameters:
  ///   - count: How many floats.
  ///   - purpose: What they are to hold; for the error.
  /// - Returns: The memory.
  /// - Throws: ``OutOfMemory``.
  package static func zeros(_ count: Int, for purpose: String) throws(OutOfMemory) -> FloatBuffer {
    guard let buffer = FloatBuffer(count: count) else {
      throw OutOfMemory(bytes: count * 4, purpose: purpose)
    }
    return buffer
  }

  deinit { fk_free(start, count * 4) }
}

/// From now on freed memory stays with the process, up to 128 MiB, and need not be zeroed by the system each time
/// that it is used again: for a process that does the same over and over.
public func keepFreedMemory() { fk_keep_freed_memory() }
