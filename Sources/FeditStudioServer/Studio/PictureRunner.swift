import FeditGenerator
import FeditSession
import Synchronization

/// Makes pictures of the newest text, one at a time, on a thread of its own.
final class PictureRunner: Sendable {
  enum Job: Sendable {
    case text(String, version: Int)
    case greet(ServerWindow)
    case seeds(from: UInt64, count: Int)
    case export(String, ExportKind, id: Int, ServerWindow)

    var isText: Bool { if case .text = self { true } else { false } }
  }

  private let inbox = Mailbox<Job>()
  private let settings: StudioSettings
  private let broadcaster: Broadcaster
  private let scale = Mutex(1.0)
  /// The files that the last picture was made from.
  private let inputs = Mutex<[String: FileStamp?]>([:])

  init(_ settings: StudioSettings, _ broadcaster: Broadcaster) {
    self.settings = settings
    self.broadcaster = broadcaster
  }

  func take(_ text: String, version: Int) {
    inbox.put(.text(text, version: version)) { $0.isText }
  }

  func greet(_ window: ServerWindow) { inbox.put(.greet(window)) }

  func zoom(_ zoom: Double) { scale.withLock { $0 = zoom } }

  func seeds(from: UInt64, count: Int) {
    inbox.put(.seeds(from: from, count: count)) { if case .seeds = $0 { true } else { false } }
  }

  func export(_ text: String, _ what: ExportKind, id: Int, to window: ServerWindow) {
    inbox.put(.export(text, what, id: id, window))
  }

  func close() { inbox.close() }

  /// Whether a file that the last picture was made from has changed since that was asked last.
  func lookAround() -> Bool {
    inputs.withLock { inputs in
      let changed = inputs.filter { FileStamp($0.key) != $0.value }
      for path in changed.keys { inputs.updateValue(FileStamp(path), forKey: path) }
      return !changed.isEmpty
    }
  }

  /// Works until it is closed.
  func work() {
    let painter = PicturePainter(settings, broadcaster)
    while let job = inbox.take(first: \.isText) {
      switch job {
      case .text(let text, let version):
        let paths = painter.paint(
          text, version: version, zoom: scale.withLock { $0 },
          control: RunControl(isCancelled: { [inbox] in
            inbox.isClosed || inbox.contains(where: \.isText)
          }))
        if let paths {
          inputs.withLock {
            $0 = Dictionary(paths.map { ($0, FileStamp($0)) }, uniquingKeysWith: { first, _ in first })
          }
        }
      case .greet(let window): painter.greet(window)
      case .seeds(let from, let count):
        painter.showSeeds(
          from: from, count: count,
          control: RunControl(isCancelled: { [inbox] in
            inbox.isClosed || inbox.contains { if case .export = $0 { true } else { $0.isText } }
          }))
      case .export(let text, let what, let id, let window):
        painter.export(
          text, what, id: id, to: window,
          control: RunControl(isCancelled: { [inbox] in inbox.isClosed }))
      }
    }
  }
}
