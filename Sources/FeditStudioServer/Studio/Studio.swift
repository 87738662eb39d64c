import FeditFiles
import FeditProgram
import FeditSession
import FeditSyntax
import FeditText
import Foundation
import Synchronization

/// A script that is open in windows: one edits, the others watch.
///
/// The window that edits has the text; here is what it last sent. Four threads work beside the windows' own: one plans and
/// carries gestures out (`Drafter`), one makes pictures (`PictureRunner`), one answers the editor's questions
/// (`LanguageChannel`), and one looks after the files.
public final class Studio: ServerWindowHandler {
  private struct State {
    var windows: [ServerWindow] = []
    /// The number of the window that edits.
    var editor: Int?
    var text: String
    var version = 0
    /// Since when no window is open; nil before the first one, and while there is one.
    var emptySince: ContinuousClock.Instant?
    var uploads: [Int: Upload] = [:]
  }

  /// A picture on its way from a window.
  private struct Upload {
    var id: Int
    var count: Int
    var bytes: [UInt8] = []
  }

  /// Bytes of a picture that is dropped onto the page.
  static let uploadLimit = 256 << 20

  let settings: StudioSettings
  private let disk: ScriptOnDisk
  private let state: Mutex<State>
  private let drafter: Drafter
  private let runner: PictureRunner
  private let language: LanguageChannel
  private let keeper = Mailbox<String>()

  /// Opens a script.
  ///
  /// - Throws: `FileError`, `UserError`.
  public init(_ settings: StudioSettings) throws {
    self.settings = settings
    disk = try ScriptOnDisk(path: settings.path)
    state = Mutex(State(text: disk.seenText ?? settings.newText))
    let broadcaster = Broadcaster()
    drafter = Drafter(settings, broadcaster)
    runner = PictureRunner(settings, broadcaster)
    language = LanguageChannel(settings)
    broadcaster.windows = { [weak self] in self?.state.withLock { $0.windows } ?? [] }
  }

  /// Starts its threads, before the server runs.
  ///
  /// - Throws: `UserError` where the system allows no more.
  public func start() throws(UserError) {
    let isStarted =
      NativeThread.start(stackSize: 16 << 20) { [drafter] in drafter.work() }
      && NativeThread.start(stackSize: 16 << 20) { [runner] in runner.work() }
      && NativeThread.start(stackSize: 16 << 20) { [language] in language.work() }
      && NativeThread.start(stackSize: 1 << 20) { [weak self, keeper] in
        while let text = keeper.take() { self?.keep(text) }
      }
    guard isStarted else { throw UserError(.software, "the system allows no further thread") }
    let (text, version) = state.withLock { ($0.text, $0.version) }
    drafter.take(text, version: version)
    runner.take(text, version: version)
  }

  /// Ends its threads, and lets others open the script. What is not saved is beside it.
  ///
  /// - Returns: The name of the file that holds what is not saved; nil where all is saved.
  public func end() -> String? {
    drafter.inbox.close()
    runner.close()
    language.inbox.close()
    keeper.close()
    let text = state.withLock { $0.text }
    let isUnsaved = text != (disk.seenText ?? settings.newText)
    if isUnsaved { keep(text) }
    disk.release()
    return isUnsaved ? (disk.recoveryPath as NSString).lastPathComponent : nil
  }

  private func keep(_ text: String) {
    // A new script that nothing was done to is no loss.
    disk.keep(text, isSaved: text == (disk.seenText ?? settings.newText))
  }

  /// Whether the last window was closed a while ago: longer than it takes to load a page again.
  public func isAbandoned(after seconds: Double = 4) -> Bool {
    guard let since = state.withLock({ $0.emptySince }) else { return false }
    return ContinuousClock.now - since > .seconds(seconds)
  }

  /// Looks whether files have been changed by others; to be called several times a second.
  public func lookAround() {
    if runner.lookAround() {
      let (text, version) = state.withLock { ($0.text, $0.version) }
      drafter.take(text, version: version)
      runner.take(text, version: version)
    }
    guard let outside = disk.changedOutside() else { return }
    let message = Outgoing.Outside(id: nil, text: outside.text, sha256: outside.sha256)
    for window in state.withLock({ $0.windows }) { window.send(message) }
  }

  // MARK: Windows

  /// Greets a window; the first edits.
  public func opened(_ window: ServerWindow) {
    let hello = state.withLock { state -> Outgoing.Hello in
      state.windows.append(window)
      state.emptySince = nil
      if state.editor == nil { state.editor = window.number }
      return Outgoing.Hello(
        name: settings.name, path: settings.path, text: state.text, version: state.version,
        saved: disk.seenText,
        recovery: disk.recovery, isEditor: state.editor == window.number, fedit: settings.version,
        words: Language.statements.map(\.keyword) + Language.modifiers.map(\.keyword),
        functions: Builtins.all.map(\.name))
    }
    window.send(hello)
    drafter.greet(window)
    runner.greet(window)
  }

  /// Takes leave of a window; another one edits from now on.
  public func closed(_ window: ServerWindow) {
    let next: ServerWindow? = state.withLock { state in
      state.windows.removeAll { $0 === window }
      state.uploads[window.number] = nil
      if state.windows.isEmpty { state.emptySince = .now }
      guard state.editor == window.number else { return nil }
      state.editor = state.windows.first?.number
      return state.windows.first
    }
    next?.send(Outgoing.Role(isEditor: true))
  }

  private func isEditor(_ window: ServerWindow) -> Bool { state.withLock { $0.editor == window.number } }

  private func makeEditor(_ window: ServerWindow) {
    let before: ServerWindow? = state.withLock { state in
      let before = state.windows.first { $0.number == state.editor }
      state.editor = window.number
      return before
    }
    before?.send(Outgoing.Role(isEditor: before === window))
    window.send(Outgoing.Role(isEditor: true))
  }

  // MARK: Messages

  /// Carries out what a window says.
  public func received(_ text: String, from window: ServerWindow) {
    guard let message = WindowMessage(text) else { return }
    switch message {
    case .view(let zoom):
      drafter.zoom(zoom)
      runner.zoom(zoom)
    case .take: makeEditor(window)
    case .seeds(let from, let count): runner.seeds(from: from, count: count)
    case .export(let id, let text, let what): runner.export(text, what, id: id, to: window)
    case .targets, .gesture: drafter.take(message, from: window)
    case .lsp(let message): language.take(message, from: window)
    case .text, .save, .seen, .discardRecovery, .upload:
      // Those that watch change nothing.
      if isEditor(window) { edit(message, from: window) }
    }
  }

  private func edit(_ message: WindowMessage, from window: ServerWindow) {
    switch message {
    case .text(let version, let text): take(text, version: version, from: window)
    case .save(let id, let text): save(text, id: id, for: window)
    case .seen(let sha256): disk.see(sha256: sha256)
    case .discardRecovery: disk.discardRecovery()
    case .upload(let id, let bytes):
      guard (1...Self.uploadLimit).contains(bytes) else {
        let message = "a picture may have \(Self.uploadLimit >> 20) MB at most"
        return window.send(Outgoing.Refused(id: id, message: message, hints: []))
      }
      state.withLock { $0.uploads[window.number] = Upload(id: id, count: bytes) }
    default: break
    }
  }

  private func take(_ text: String, version: Int, from window: ServerWindow) {
    guard text.utf8.count <= DiskWorld.scriptLimit else { return }
    let others = state.withLock { state in
      state.text = text
      state.version = version
      return state.windows.filter { $0 !== window }
    }
    drafter.take(text, version: version)
    runner.take(text, version: version)
    keeper.put(text) { _ in true }
    let message = Outgoing.Text(version: version, text: text)
    for other in others { other.send(message) }
  }

  private func save(_ text: String, id: Int, for window: ServerWindow) {
    do throws(FileError) {
      switch try disk.save(text) {
      case .saved:
        // Numbers of questions are each window's own.
        for other in state.withLock({ $0.windows }) {
          other.send(Outgoing.Saved(id: other === window ? id : nil, text: text))
        }
      case .changedOutside(let outside):
        window.send(Outgoing.Outside(id: id, text: outside.text, sha256: outside.sha256))
      }
    } catch {
      window.send(Outgoing.Refused(id: id, message: error.description, hints: error.hints))
    }
  }

  /// Takes a part of a picture that is dropped onto the page.
  public func received(_ bytes: [UInt8], from window: ServerWindow) {
    let whole: Upload? = state.withLock { state in
      guard var upload = state.uploads[window.number] else { return nil }
      state.uploads[window.number] = nil
      guard upload.bytes.count + bytes.count <= upload.count else { return nil }
      upload.bytes += bytes
      if upload.bytes.count == upload.count { return upload }
      state.uploads[window.number] = upload
      return nil
    }
    guard let whole else { return }
    do {
      let name = try DroppedPhoto.write(
        whole.bytes, toFolder: (settings.path as NSString).deletingLastPathComponent,
        limits: settings.session.pictureLimits)
      window.send(Outgoing.Uploaded(id: whole.id, name: name))
    } catch {
      let error = error as? any UserFacingError
      window.send(
        Outgoing.Refused(
          id: whole.id, message: error?.description ?? "the picture cannot be used", hints: error?.hints ?? []
        ))
    }
  }
}

/// Sends to all windows.
final class Broadcaster: Sendable {
  private let source = Mutex<@Sendable () -> [ServerWindow]>({ [] })

  /// Where the windows are found.
  var windows: @Sendable () -> [ServerWindow] {
    get { source.withLock { $0 } }
    set { source.withLock { $0 = newValue } }
  }

  func send(_ message: some Encodable) {
    let text = ServerWindow.json(message)
    for window in windows() { window.send(text) }
  }

  func send(_ head: Outgoing.FrameHead, _ bytes: some Collection<UInt8>) {
    let frame = ServerWindow.frame(head, bytes)
    for window in windows() { window.send(frame) }
  }
}
