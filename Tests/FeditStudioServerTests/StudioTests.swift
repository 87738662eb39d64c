import FeditAssist
import FeditLanguageServer
import FeditProgram
import FeditSession
import FeditStudioServer
import FeditTestSupport
import Foundation
import Testing

/// A machine with nothing on it but the folder of a test.
private struct EmptyHost: ServerHost {
  let root: String

  func world(forScript script: String, root: String?) -> any World { DiskWorld(root: root ?? self.root) }
  func canonicalPath(_ path: String) -> String { path }
  func entries(ofFolder path: String) -> [FolderEntry] { [] }
  func modelNames() -> [String] { [] }
  func scripts(below folder: String, limit: Int) -> [String] { [] }
  func forget() {}
}

/// A studio on a script in a folder of its own, with a server.
private final class RunningStudio {
  static let text = "fedit 1\n\nphoto \"portrait.png\"\n\nedit \"e\" {\n    mask circle((128, 128), 20)\n}\n"

  let scratch: Scratch
  let studio: Studio
  let server: StudioServer
  let token = AccessToken()

  init(scratch: Scratch? = nil) throws {
    let scratch = try scratch ?? Scratch()
    self.scratch = scratch
    if !scratch.exists("e.fedit") {
      try scratch.write("e.fedit", Self.text)
      let portrait = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
        "../../Examples/sunglasses/portrait.png")
      try scratch.write("portrait.png", Array(Data(contentsOf: portrait)))
    }
    var session = SessionOptions(root: scratch.path)
    session.threads = 1
    studio = try Studio(
      StudioSettings(
        path: scratch.file("e.fedit"), name: "e.fedit", newText: "fedit 1\n", session: session,
        plan: PlanOptions(), host: EmptyHost(root: scratch.path), version: "test"))
    server = try StudioServer(token: token, handler: studio)
    try studio.start()
    Thread.detachNewThread { [server] in _ = server.run() }
  }

  deinit {
    server.stop()
    _ = studio.end()
  }

  func window() throws -> RawClient {
    let client = try RawClient(port: server.port)
    _ = client.openSocket(port: server.port)
    client.send(RawClient.frame(1, Array(token.text.utf8)))
    return client
  }
}

extension RawClient {
  /// Sends a message as the page does.
  fileprivate func say(_ message: [String: Any]) throws {
    send(RawClient.frame(1, Array(try JSONSerialization.data(withJSONObject: message))))
  }

  /// The next message of a type; others are passed over. Of a binary one, its head.
  fileprivate func hear(_ type: String) throws -> [String: Any] {
    while true {
      let head = read(exactly: 2)
      try #require(head.count == 2, "the connection ended before '\(type)'")
      var length = Int(head[1])
      if length > 125 {
        length = read(exactly: length == 126 ? 2 : 8).reduce(0) { $0 << 8 | Int($1) }
      }
      var payload = read(exactly: length)
      if head[0] == 0x82 {
        let count = (0..<4).reduce(0) { $0 | Int(payload[$1]) << (8 * $1) }
        payload = Array(payload[4..<4 + count])
      }
      guard let message = try JSONSerialization.jsonObject(with: Data(payload)) as? [String: Any] else {
        continue
      }
      if message["type"] as? String == type { return message }
    }
  }
}

@Suite("The studio", .serialized) struct StudioTests {
  @Test("a window gets the script, what it draws, the photo and the picture")
  func greeting() throws {
    let running = try RunningStudio()
    let window = try running.window()
    let hello = try window.hear("hello")
    #expect(hello["text"] as? String == RunningStudio.text)
    #expect(hello["isEditor"] as? Bool == true)
    #expect(hello["recovery"] == nil)
    let patch = try window.hear("patch")
    #expect(patch["version"] as? Int == 0)
    try window.say(["type": "text", "version": 5, "text": RunningStudio.text.replacing("20", with: "30")])
    while try window.hear("patch")["version"] as? Int != 5 {}
  }

  @Test("what is not saved is kept beside the script until it is saved")
  func recovery() throws {
    let running = try RunningStudio()
    let window = try running.window()
    let changed = RunningStudio.text.replacing("20", with: "30")
    try window.say(["type": "text", "version": 1, "text": changed])
    let kept = ".e.fedit.unsaved"
    for _ in 0..<500 where !running.scratch.exists(kept) { usleep(10_000) }
    #expect(String(decoding: try running.scratch.bytes(kept), as: UTF8.self) == changed)
    #expect(String(decoding: try running.scratch.bytes("e.fedit"), as: UTF8.self) == RunningStudio.text)
    try window.say(["type": "save", "id": 7, "text": changed])
    #expect(try window.hear("saved")["id"] as? Int == 7)
    #expect(String(decoding: try running.scratch.bytes("e.fedit"), as: UTF8.self) == changed)
    #expect(!running.scratch.exists(kept))
  }

  @Test("what an earlier session did not save is offered, and not lost when somebody goes on without it")
  func offeredRecovery() throws {
    let scratch = try Scratch()
    do { _ = try RunningStudio(scratch: scratch) }
    try scratch.write(".e.fedit.unsaved", "fedit 1\n// lost\n")
    let running = try RunningStudio(scratch: scratch)
    let window = try running.window()
    #expect(try window.hear("hello")["recovery"] as? String == "fedit 1\n// lost\n")
    try window.say(["type": "text", "version": 1, "text": "fedit 1\n// other\n"])
    for _ in 0..<500 where !scratch.exists(".e.fedit.unsaved.old") { usleep(10_000) }
    #expect(
      String(decoding: try scratch.bytes(".e.fedit.unsaved.old"), as: UTF8.self) == "fedit 1\n// lost\n")
  }

  @Test("a save replaces the file only as it was last read, and another's change when it was seen")
  func outside() throws {
    let running = try RunningStudio()
    let window = try running.window()
    let (mine, theirs) = ("fedit 1\n// mine\n", "fedit 1\n// theirs\n")
    try running.scratch.write("e.fedit", theirs)
    try window.say(["type": "save", "id": 3, "text": mine])
    let answer = try window.hear("outside")
    #expect(answer["text"] as? String == theirs)
    #expect(String(decoding: try running.scratch.bytes("e.fedit"), as: UTF8.self) == theirs)
    try window.say(["type": "seen", "sha256": try #require(answer["sha256"] as? String)])
    try window.say(["type": "save", "id": 4, "text": mine])
    #expect(try window.hear("saved")["id"] as? Int == 4)
    #expect(String(decoding: try running.scratch.bytes("e.fedit"), as: UTF8.self) == mine)
  }

  @Test("a window that watches changes nothing, until it takes over")
  func watching() throws {
    let running = try RunningStudio()
    let first = try running.window()
    _ = try first.hear("hello")
    let second = try running.window()
    #expect(try second.hear("hello")["isEditor"] as? Bool == false)
    try second.say(["type": "save", "id": 1, "text": "gone"])
    try second.say(["type": "text", "version": 9, "text": "gone"])
    try second.say(["type": "upload", "id": 2, "bytes": 3])
    try first.say(["type": "text", "version": 1, "text": "fedit 1\n// first\n"])
    #expect(try second.hear("text")["text"] as? String == "fedit 1\n// first\n")
    #expect(String(decoding: try running.scratch.bytes("e.fedit"), as: UTF8.self) == RunningStudio.text)
    try second.say(["type": "take"])
    #expect(try second.hear("role")["isEditor"] as? Bool == true)
    #expect(try first.hear("role")["isEditor"] as? Bool == false)
  }

  @Test("a dropped picture gets its name from fedit, and what is no picture is refused")
  func uploads() throws {
    let running = try RunningStudio()
    let window = try running.window()
    let picture = try running.scratch.bytes("portrait.png")
    func upload(_ bytes: [UInt8], id: Int) throws {
      try window.say(["type": "upload", "id": id, "bytes": bytes.count, "name": "../../evil.png"])
      for part in stride(from: 0, to: bytes.count, by: 50_000) {
        window.send(RawClient.frame(2, Array(bytes[part..<min(part + 50_000, bytes.count)])))
      }
    }
    let before = Set(running.scratch.files)
    try upload(picture, id: 1)
    #expect(try window.hear("uploaded")["name"] as? String == "photo.png")
    #expect(try running.scratch.bytes("photo.png") == picture)
    // The same again is the same file.
    try upload(picture, id: 2)
    #expect(try window.hear("uploaded")["name"] as? String == "photo.png")
    try upload(Array("<svg onload=alert(1)>".utf8), id: 3)
    #expect(try window.hear("refused")["id"] as? Int == 3)
    #expect(Set(running.scratch.files).subtracting(before) == ["photo.png"])
  }

  @Test("two studios do not have one script open")
  func lock() throws {
    let running = try RunningStudio()
    #expect(throws: (any Error).self) { _ = try RunningStudio(scratch: running.scratch) }
  }

  @Test("messages that are none change nothing")
  func nonsense() throws {
    let running = try RunningStudio()
    let window = try running.window()
    for text in [
      "", "null", "[]", "{}", #"{"type":"text"}"#, #"{"type":"gesture","text":"x","gesture":{}}"#, "{",
    ] {
      window.send(RawClient.frame(1, Array(text.utf8)))
    }
    try window.say(["type": "seeds", "from": 0, "count": 1_000_000])
    try window.say(["type": "view", "zoom": -1])
    try window.say(["type": "save", "id": 1, "text": "fedit 1\n"])
    #expect(try window.hear("saved")["id"] as? Int == 1)
  }
}
