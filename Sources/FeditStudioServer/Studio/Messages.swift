import FeditStudio
import FeditSyntax
import Foundation

/// What a window says, by its `type`.
enum WindowMessage: Sendable {
  /// The script as it is now; `version` grows with each change.
  case text(version: Int, String)
  /// Carries a gesture out on a text; `isTrial` where the hand still moves.
  case gesture(id: Int, text: String, Gesture, isTrial: Bool)
  /// What a drag of a handle could change.
  case targets(id: Int, text: String, at: SourceLocation, handle: Int)
  /// Screen pixels per photo pixel.
  case view(zoom: Double)
  case save(id: Int, text: String)
  /// The window has seen what stands in the file now: the next save may replace it.
  case seen(sha256: String)
  /// The window wants to be the one that edits.
  case take
  /// What was kept of an earlier session is not wanted.
  case discardRecovery
  case seeds(from: UInt64, count: Int)
  case export(id: Int, text: String, what: ExportKind)
  /// A picture of so many bytes follows as binary messages.
  case upload(id: Int, bytes: Int)
  /// A message of the language server's protocol.
  case lsp(String)

  private struct Body: Decodable {
    var type: String
    var id: Int?
    var version: Int?
    var text: String?
    var gesture: Gesture?
    var at: SourceLocation?
    var handle: Int?
    var zoom: Double?
    var from: UInt64?
    var count: Int?
    var what: ExportKind?
    var bytes: Int?
    var sha256: String?
    var message: String?
  }

  /// Reads a message; nil for what is none.
  init?(_ json: String) {
    guard let body = try? JSONDecoder().decode(Body.self, from: Data(json.utf8)) else { return nil }
    let id = body.id ?? 0
    switch (body.type, body.text) {
    case ("text", let text?): self = .text(version: body.version ?? 0, text)
    case ("gesture", let text?), ("try", let text?):
      guard let gesture = body.gesture else { return nil }
      self = .gesture(id: id, text: text, gesture, isTrial: body.type == "try")
    case ("targets", let text?):
      guard let at = body.at, let handle = body.handle else { return nil }
      self = .targets(id: id, text: text, at: at, handle: handle)
    case ("view", _):
      guard let zoom = body.zoom, zoom.isFinite, zoom > 0 else { return nil }
      self = .view(zoom: zoom)
    case ("save", let text?): self = .save(id: id, text: text)
    case ("seen", _):
      guard let sha256 = body.sha256 else { return nil }
      self = .seen(sha256: sha256)
    case ("take", _): self = .take
    case ("discardRecovery", _): self = .discardRecovery
    case ("seeds", _):
      guard let from = body.from, let count = body.count, (1...64).contains(count), from <= UInt64.max - 64
      else {
        return nil
      }
      self = .seeds(from: from, count: count)
    case ("export", let text?):
      guard let what = body.what else { return nil }
      self = .export(id: id, text: text, what: what)
    case ("upload", _):
      guard let bytes = body.bytes else { return nil }
      self = .upload(id: id, bytes: bytes)
    case ("lsp", _):
      guard let message = body.message else { return nil }
      self = .lsp(message)
    default: return nil
    }
  }
}

/// What can be taken out of the studio.
enum ExportKind: String, Sendable, Decodable { case picture, sheet, layers }

/// Messages to windows.
enum Outgoing {
  /// What a window learns when it comes.
  struct Hello: Encodable {
    var type = "hello"
    var name: String
    /// Absolute; the language server finds files from there.
    var path: String
    var text: String
    var version: Int
    /// The text in the file; nil where there is none yet.
    var saved: String?
    /// What an earlier session did not save.
    var recovery: String?
    var isEditor: Bool
    var fedit: String
    var words: [String]
    var functions: [String]
  }

  struct Role: Encodable {
    var type = "role"
    var isEditor: Bool
  }

  /// The text of the window that edits, for those that watch.
  struct Text: Encodable {
    var type = "text"
    var version: Int
    var text: String
  }

  struct Edit: Encodable {
    var type = "edit"
    var id: Int
    var text: String
    var moves: Int
    var selection: SourceLocation?
    /// Of a trial: what it would look like.
    var drawing: Drawing?
  }

  struct Refused: Encodable {
    var type = "refused"
    var id: Int
    var message: String
    var hints: [String]
  }

  struct Targets: Encodable {
    struct Target: Encodable {
      var at: SourceLocation
      var span: [Int]
      var text: String
      var moves: Int
    }
    var type = "targets"
    var id: Int
    var targets: [Target]
  }

  struct Saved: Encodable {
    var type = "saved"
    /// Of the window that saved.
    var id: Int?
    var text: String
  }

  /// The file is not what was last read: what stands in it, and its digest for `seen`.
  struct Outside: Encodable {
    var type = "outside"
    /// Of the save that was not carried out; nil where the change was noticed by itself.
    var id: Int?
    var text: String?
    var sha256: String
  }

  struct Uploaded: Encodable {
    var type = "uploaded"
    var id: Int
    var name: String
  }

  struct Problem: Encodable {
    struct Label: Encodable {
      var message: String
      var span: [Int]
    }
    var severity: String
    var code: String
    var message: String
    /// UTF-16 offsets; nil where it stands in another file.
    var span: [Int]?
    var file: String?
    var hints: [String]
  }

  /// What the check of a text says.
  struct Drawing: Encodable {
    struct Handle: Encodable {
      var number: Int
      var x: Double
      var y: Double
      var text: String
      var isLocked: Bool
    }
    struct Crumb: Encodable {
      var file: String
      var at: SourceLocation
      var text: String
      var isLocked: Bool
    }
    struct Item: Encodable {
      var edit: String
      var layer: String
      var isErase: Bool
      var label: String?
      var at: SourceLocation
      /// UTF-16 offsets.
      var span: [Int]
      var trail: [Crumb]
      /// As in an SVG `path`, photo pixels.
      var path: String
      var isClosed: Bool
      var color: String?
      var width: Double?
      var handles: [Handle]
    }
    var type = "drawing"
    var version: Int
    /// Whether the text has a plan; else the items of an earlier one stay.
    var isGood: Bool
    var items: [Item]
    var width: Int?
    var height: Int?
    var problems: [Problem]
    var outline: Outline
  }

  struct Warnings: Encodable {
    var type = "warnings"
    var version: Int
    var problems: [Problem]
  }

  struct Failure: Encodable {
    var type = "failure"
    var version: Int
    var message: String
    var hints: [String]
  }

  struct Progress: Encodable {
    var type = "progress"
    var version: Int
    var stage: String
  }

  struct LSP: Encodable {
    var type = "lsp"
    var message: String
  }

  /// What stands before the pixels or bytes of a binary message.
  struct FrameHead: Encodable {
    var type: String
    var version: Int?
    var stage: String?
    var id: Int?
    var name: String?
    var mime: String?
    var seed: UInt64?
    var isOwn: Bool?
    /// The whole picture.
    var width: Int?
    var height: Int?
    /// Photo pixels a pixel, of a picture that is reduced.
    var factor: Int?
    /// The part that follows, 8 bits a channel.
    var x: Int?
    var y: Int?
    var columns: Int?
    var rows: Int?
    var channels: Int?
  }
}

extension ServerWindow {
  /// Sends a message as JSON.
  func send(_ message: some Encodable) { send(Self.json(message)) }

  /// Sends a head as JSON, with its length in four bytes before it, and bytes.
  func send(_ head: Outgoing.FrameHead, _ bytes: some Collection<UInt8>) { send(Self.frame(head, bytes)) }

  static func frame(_ head: Outgoing.FrameHead, _ bytes: some Collection<UInt8>) -> [UInt8] {
    let text = Array(json(head).utf8)
    var frame: [UInt8] = []
    frame.reserveCapacity(4 + text.count + bytes.count)
    for shift in [0, 8, 16, 24] { frame.append(UInt8(text.count >> shift & 0xFF)) }
    return frame + text + bytes
  }

  static func json(_ message: some Encodable) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    // Only a number that is not finite cannot be written.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    guard let data = try? encoder.encode(message) else { return #"{"type":"none"}"# }
    return String(decoding: data, as: UTF8.self)
  }
}
