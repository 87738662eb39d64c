import ArgumentParser
import FeditAssist
import FeditLanguageServer
import FeditProgram
import FeditSession
import FeditTensor
import FeditText
import FeditWeights
import Foundation
import Synchronization

/// `fedit lsp`
struct LSPCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lsp",
    abstract: "Language server for editors, over standard input and output.",
    discussion: """
      Started by an editor, not by hand. Docs/editors.md shows how to set up VS Code, Neovim, Helix and others.
      """)

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

/// The disk, as the language server sees it.
private final class DiskHost: ServerHost {
  /// Worlds by root; they keep pictures' sizes and models open.
  private let worlds = Mutex<[String: DiskWorld]>([:])

  func world(forScript script: String, root: String?) -> any World {
    let root = root ?? (script as NSString).deletingLastPathComponent
    return worlds.withLock { worlds in
      if let known = worlds[root] { return known }
      let made = DiskWorld(root: root)
      worlds[root] = made
      return made
    }
  }

  func canonicalPath(_ path: String) -> String { PathResolver.real(path) }

  func entries(ofFolder path: String) -> [FolderEntry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.prefix(5_000).map { name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
      return FolderEntry(name: name, isFolder: isFolder.boolValue)
    }
  }

  func modelNames() -> [String] {
    BuiltInModel.names + ((try? ModelStore.standard().list()) ?? []).map(\.name)
  }

  func scripts(below folder: String, limit: Int) -> [String] {
    var result: [String] = []
    // What is looked into at most, so that a workspace in a home folder stays quick.
    var budget = 20_000
    var pending = [folder]
    while let next = pending.popLast(), result.count < limit {
      for entry in entries(ofFolder: next).sorted(by: { $0.name > $1.name }) where !entry.name.hasPrefix(".")
      {
        budget -= 1
        let path = next + "/" + entry.name
        if entry.isFolder {
          if budget > 0, entry.name != "node_modules", !isLink(path) { pending.append(path) }
        } else if entry.name.hasSuffix(".fedit") {
          result.append(PathResolver.real(path))
        }
      }
    }
    return Array(result.sorted().prefix(limit))
  }

  private func isLink(_ path: String) -> Bool {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
  }

  // Worlds look at files' stamps themselves.
  func forget() {}
}
