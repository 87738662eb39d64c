import FeditFiles
import FeditText
import Foundation
import Synchronization

/// The rows that a run has finished, one a line, written as they are finished: what a killed run leaves behind
/// for the next one. Beside the manifest as long as the run goes on, and locked by it.
final class BatchJournal: Sendable {
  private static let ending = "journal"
  private let descriptor: Mutex<Int32>
  private let path: String

  /// Opens the journal of a shard.
  ///
  /// - Throws: `UserError` where another run may be writing the same results; `FileError`.
  init(folder: String, shard: Shard) throws {
    path = BatchManifest.path(folder, shard, Self.ending)
    descriptor = Mutex(try Self.open(path))
    for name in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
      guard name.hasPrefix(BatchManifest.stem), name.hasSuffix("." + Self.ending),
        let other = Shard(suffix: name.dropFirst(BatchManifest.stem.count).dropLast(Self.ending.count + 1)),
        other != shard, other.mayOverlap(shard)
      else { continue }
      // One that a killed run left is locked by nobody.
      let file = Foundation.open(folder + "/" + name, O_RDWR | O_CLOEXEC)
      guard file >= 0 else { continue }
      defer { close(file) }
      if flock(file, LOCK_EX | LOCK_NB) != 0 { throw Self.busy(folder + "/" + name) }
    }
  }

  deinit { _ = descriptor.withLock { close($0) } }

  private static func busy(_ path: String) -> UserError {
    UserError(
      .unwritable, "another run is writing the same results: it holds \(quotedName(path))",
      hints: ["wait for it, or choose another output folder"])
  }

  private static func open(_ path: String) throws -> Int32 {
    while true {
      let file = Foundation.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
      guard file >= 0 else {
        throw FileError.cannotWrite(path: path, reason: String(cString: strerror(errno)).lowercased())
      }
      guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
        close(file)
        throw busy(path)
      }
      // Whoever held the lock may have deleted the file meanwhile.
      var held = stat()
      var there = stat()
      if fstat(file, &held) == 0, stat(path, &there) == 0, held.st_ino == there.st_ino {
        // What stands behind the last whole line, a killed run did not finish.
        _ = write(file, "\n", 1)
        return file
      }
      close(file)
    }
  }

  /// Notes a row whose result is in its place.
  ///
  /// - Throws: `FileError`.
  func append(_ record: BatchRecord) throws {
    let line = try BatchManifest.encoded(record) + [UInt8(ascii: "\n")]
    let written = descriptor.withLock { file in line.withUnsafeBytes { write(file, $0.baseAddress, $0.count) }
    }
    if written != line.count {
      throw FileError.cannotWrite(path: path, reason: String(cString: strerror(errno)).lowercased())
    }
  }

  /// Deletes the journal, when the manifest says all that it says.
  func remove() { unlink(path) }
}
