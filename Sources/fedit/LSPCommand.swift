import ArgumentParser
import FeditLanguageServer
import FeditNN
import FeditSession
import FeditText
import Foundation
import Synchronization

/// `fedit lsp`
struct LSPCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lsp",
    abstract: "Language server for editors, over standard input and output.",
    discussion: """
      Started by an editor, not by hand. Docs/editors.md shows how to set up VS Code, Neovim, Helix and others.
      """.reflowed)

  @Flag(help: "Accepted for compatibility; standard input and output are always used.")
  var stdio = false

  @Option(help: "Folder that scripts may not reach out of (default: the folder of each script).")
  var root: String?

  func run() throws {
    if let root {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue else {
        throw CommandFailure(.unreadable, "--root '\(root)' is not a folder")
      }
    }
    // An editor that went away is no crash: writing to it fails, and the server ends.
    signal(SIGPIPE, SIG_IGN)
    // A script's tree is made anew with each keystroke, from the memory of the one before.
    keepFreedMemory()
    let server = LanguageServer(
      host: DiskHost(), version: feditVersion, root: root.map(PathResolver.real))
    let input = MessageInput()
    guard NativeThread.start({ input.readAll() }) else {
      throw CommandFailure(.software, "the system allows no further thread")
    }
    while true {
      for event in input.take(waits: !server.hasWork) {
        switch event {
        case .message(let body): server.receive(body)
        case .problem(let problem): server.reject(problem)
        }
      }
      if input.isAtEnd, !server.hasMessages { break }
      for body in server.work(isInterrupted: { input.hasMore }) {
        StandardOutput.write(MessageEncoder.encode(body))
        guard StandardOutput.problem == nil else { throw CommandFailure(.unwritable) }
      }
      if server.exitStatus != nil { break }
    }
    // The editor is gone, or has said goodbye without asking for the end first: both are status 1.
    if server.exitStatus != 0 { throw ExitCode(1) }
  }
}

/// Messages from standard input, read by a thread of its own so that the server knows when it is
/// worth waiting.
private final class MessageInput: Sendable {
  private struct State {
    var events: [MessageDecoder.Event] = []
    var isAtEnd = false
  }

  private let state = Mutex(State())
  private let arrived = DispatchSemaphore(value: 0)

  /// Whether something has come in that was not taken yet.
  var hasMore: Bool { state.withLock { !$0.events.isEmpty } }

  /// Whether the input has ended and everything was taken.
  var isAtEnd: Bool { state.withLock { $0.isAtEnd && $0.events.isEmpty } }

  /// What has come in; waits for something, or the end, where `waits`.
  func take(waits: Bool) -> [MessageDecoder.Event] {
    while true {
      let (events, isAtEnd) = state.withLock { state in
        defer { state.events = [] }
        return (state.events, state.isAtEnd)
      }
      if !events.isEmpty || isAtEnd || !waits { return events }
      arrived.wait()
    }
  }

  /// Reads to the end of standard input.
  func readAll() {
    var decoder = MessageDecoder()
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(STDIN_FILENO, &buffer, buffer.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { break }
      decoder.append(buffer[..<count])
      var events: [MessageDecoder.Event] = []
      while let event = decoder.next() { events.append(event) }
      guard !events.isEmpty else { continue }
      state.withLock { $0.events += events }
      arrived.signal()
    }
    state.withLock { $0.isAtEnd = true }
    arrived.signal()
  }
}
