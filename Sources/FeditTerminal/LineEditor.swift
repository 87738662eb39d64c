@preconcurrency import CEdit
import FeditFiles
import Foundation

/// Lines from a terminal, with editing, history and completion by libedit.
///
/// libedit has one state for the process: make one editor, and use it from one thread.
public final class LineEditor {
  /// The texts that may stand where the word at the cursor stands.
  ///
  /// - Parameters:
  ///   - line: the whole line.
  ///   - offset: the cursor, in UTF-8 bytes.
  public typealias Completer = (_ line: String, _ offset: Int) -> (start: Int, candidates: [String])

  private let historyPath: String?
  /// How many lines of history are kept.
  private static let historyLimit: Int32 = 2000
  /// libedit's callbacks have no context.
  nonisolated(unsafe) private static var completer: Completer?
  nonisolated(unsafe) private static var candidates: [String] = []

  /// Begins editing.
  ///
  /// - Parameters:
  ///   - historyPath: where the history is kept between sessions; nil keeps none.
  ///   - completer: what the Tab key asks.
  public init(historyPath: String?, completer: @escaping Completer) {
    self.historyPath = historyPath
    Self.completer = completer
    setlocale(LC_CTYPE, "")
    _ = rl_initialize()
    using_history()
    stifle_history(Self.historyLimit)
    if let historyPath { _ = read_history(historyPath) }
    rl_attempted_completion_function = { _, start, end in
      LineEditor.complete(start: Int(start), end: Int(end))
    }
    // Nothing is appended to what was completed.
    rl_completion_append_character = 0
  }

  /// Asks for a line.
  ///
  /// - Returns: the line without its end; nil at the end of the input (Ctrl-D).
  public func line(prompt: String) -> String? {
    guard let raw = readline(prompt) else { return nil }
    defer { free(raw) }
    return String(cString: raw)
  }

  /// Puts an entry into the history, unless it is empty or the same as the last.
  public func remember(_ entry: String) {
    let flat = entry.split(separator: "\n").joined(separator: " ")
    guard !flat.isEmpty, flat != last else { return }
    last = flat
    add_history(flat)
  }

  private var last = ""

  /// Writes the history; what can't be written is left.
  public func saveHistory() {
    guard let historyPath else { return }
    try? AtomicFile.createFolder((historyPath as NSString).deletingLastPathComponent)
    let temporary = historyPath + ".new"
    guard write_history(temporary) == 0 else {
      unlink(temporary)
      return
    }
    chmod(temporary, 0o600)
    rename(temporary, historyPath)
  }

  /// Where the history is kept: the XDG state folder (XDG Base Directory Specification).
  public static func standardHistoryPath(environment: [String: String] = ProcessInfo.processInfo.environment)
    -> String?
  {
    if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") { return state + "/fedit/history" }
    guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
    return home + "/.local/state/fedit/history"
  }

  /// The candidates as libedit takes them: an array of C strings, the first their common beginning.
  private static func complete(start: Int, end: Int) -> UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? {
    rl_attempted_completion_over = 1
    guard let completer, let buffer = rl_line_buffer else { return nil }
    let line = String(cString: buffer)
    let utf8 = Array(line.utf8)
    guard start >= 0, end <= utf8.count, start <= end else { return nil }
    let answer = completer(line, end)
    // libedit replaces from `start`, the beginning of what it takes for a word; ours may begin elsewhere.
    let own = min(max(answer.start, 0), end)
    let texts: [String] =
      own <= start
      ? answer.candidates.compactMap { candidate in
        let prefix = Array(utf8[own..<start])
        let bytes = Array(candidate.utf8)
        guard bytes.starts(with: prefix) else { return nil }
        return String(decoding: bytes.dropFirst(prefix.count), as: UTF8.self)
      }
      : answer.candidates.map { String(decoding: utf8[start..<own], as: UTF8.self) + $0 }
    guard let first = texts.first else { return nil }
    var common = first
    for text in texts.dropFirst() { common = common.commonPrefix(with: text) }
    let all = texts.count == 1 ? texts : [common] + texts
    let count = all.count + 1
    guard
      let list = calloc(count, MemoryLayout<UnsafeMutablePointer<CChar>?>.stride)?
        .bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: count)
    else { return nil }
    for (index, text) in all.enumerated() { list[index] = strdup(text) }
    return list
  }
}
