import FeditFiles
import FeditSession
import FeditText
import Foundation
import Synchronization

/// A script's file: read, written only if it is still what was last read, with a copy of what is not saved beside it.
final class ScriptOnDisk: Sendable {
  /// What a save came to.
  enum SaveOutcome: Sendable {
    case saved
    /// The file is not what was last read: what it is now.
    case changedOutside(Contents)
  }

  /// What stands in a file.
  struct Contents: Hashable, Sendable {
    /// nil where there is no file.
    var text: String?
    /// Of the bytes; of none where there is no file.
    var sha256: String
  }

  private struct State {
    var seen: Contents
    var stamp: FileStamp?
    /// What was told already, so that it is told once.
    var told: String?
    /// What an earlier session left, until somebody decides.
    var recovery: String?
    var lock: Int32 = -1
  }

  /// Absolute.
  let path: String
  private let state: Mutex<State>

  /// The file that holds what is not saved.
  let recoveryPath: String
  private let lockPath: String

  /// Opens a script's file, which need not exist.
  ///
  /// - Throws: `FileError`; `UserError` where another studio has it open.
  init(path: String) throws {
    self.path = path
    let folder = (path as NSString).deletingLastPathComponent
    let name = (path as NSString).lastPathComponent
    recoveryPath = "\(folder)/.\(name).unsaved"
    lockPath = "\(folder)/.\(name).studio"
    let contents = try Self.read(path)
    let recovery = FileStamp(recoveryPath) == nil ? nil : try Self.read(recoveryPath).text
    state = Mutex(
      State(seen: contents, stamp: FileStamp(path), recovery: recovery == contents.text ? nil : recovery))
    try takeLock()
  }

  /// The text of the file as it was last seen.
  var seenText: String? { state.withLock { $0.seen.text } }

  /// What an earlier session did not save.
  var recovery: String? { state.withLock { $0.recovery } }

  private static func read(_ path: String) throws(FileError) -> Contents {
    guard FileManager.default.fileExists(atPath: path) else {
      return Contents(text: nil, sha256: SHA256.hex(""))
    }
    let bytes = try readFile(path, limit: DiskWorld.scriptLimit)
    return Contents(text: String(decoding: bytes, as: UTF8.self), sha256: SHA256.hex(bytes))
  }

  /// Two studios would write each other's recovery files.
  private func takeLock() throws(UserError) {
    let lock = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    // A folder that can't be written to has no recovery file either.
    guard lock >= 0 else { return }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      close(lock)
      throw UserError(
        .unwritable, "'\(terminalSafe((path as NSString).lastPathComponent))' is open in another studio",
        hints: ["go on in its window, or end it with Ctrl-C in its terminal"])
    }
    state.withLock { $0.lock = lock }
  }

  /// Lets others open the script.
  func release() {
    state.withLock { state in
      guard state.lock >= 0 else { return }
      unlink(lockPath)
      close(state.lock)
      state.lock = -1
    }
  }

  // MARK: Saving

  /// Writes a text, unless the file has been changed by somebody else.
  ///
  /// - Throws: `FileError`.
  func save(_ text: String) throws(FileError) -> SaveOutcome {
    let current = try Self.read(path)
    let seen = state.withLock { $0.seen }
    guard current.sha256 == seen.sha256, (current.text == nil) == (seen.text == nil) else {
      state.withLock { $0.told = current.sha256 }
      return .changedOutside(current)
    }
    let bytes = Array(text.utf8)
    try AtomicFile.write(bytes, to: path)
    state.withLock { state in
      state.seen = Contents(text: text, sha256: SHA256.hex(bytes))
      state.stamp = FileStamp(path)
      state.told = nil
    }
    keep(text, isSaved: true)
    return .saved
  }

  /// Takes note that somebody has seen a state of the file, and may replace it.
  func see(sha256: String) {
    guard let current = try? Self.read(path), current.sha256 == sha256 else { return }
    state.withLock { $0.seen = current }
  }

  /// What stands in the file, where that has changed since it was last seen or told.
  func changedOutside() -> Contents? {
    let stamp = FileStamp(path)
    guard state.withLock({ $0.stamp != stamp }) else { return nil }
    guard let current = try? Self.read(path) else { return nil }
    return state.withLock { state in
      state.stamp = stamp
      guard current != state.seen, state.told != current.sha256 else { return nil }
      state.told = current.sha256
      return current
    }
  }

  // MARK: What is not saved

  /// Keeps a text beside the script, unless it is saved.
  func keep(_ text: String, isSaved: Bool) {
    let offered = state.withLock { state in
      defer { state.recovery = nil }
      return state.recovery
    }
    // Nobody has decided about it: it is not lost because somebody goes on.
    if let offered, offered != text { _ = rename(recoveryPath, recoveryPath + ".old") }
    if isSaved {
      unlink(recoveryPath)
    } else {
      // A folder that can't be written to is told of when somebody saves.
      try? AtomicFile.write(Array(text.utf8), to: recoveryPath)
    }
  }

  /// Forgets what an earlier session left.
  func discardRecovery() {
    guard state.withLock({ $0.recovery != nil }) else { return }
    state.withLock { $0.recovery = nil }
    unlink(recoveryPath)
  }
}
