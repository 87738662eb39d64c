import FeditTestSupport
import Foundation
import Testing

/// What strangers may have written into a picture: a clear error or a harmless view, soon, in little
/// memory, and no file but the picture is touched.
@Suite struct HostileMetadataTests {
  /// An iTXt chunk, as it is or in zlib's format.
  private static func text(_ keyword: String, _ data: [UInt8], isDeflated: Bool = false) -> [UInt8] {
    PNGBytes.chunk("iTXt", Array(keyword.utf8) + [0, isDeflated ? 1 : 0, 0, 0, 0] + data)
  }

  private static func picture(_ chunks: [UInt8]) -> [UInt8] {
    PNGBytes.signature + PNGBytes.chunk("IHDR", big(4) + big(4) + [8, 2, 0, 0, 0])
      + chunks + PNGBytes.chunk("IDAT", [1, 2, 3]) + PNGBytes.chunk("IEND", [])
  }

  private static func lock(_ change: (inout [String: Any]) -> Void) throws -> [UInt8] {
    let file = URL(fileURLWithPath: repository + "/Examples/beads/beads.fedit.lock")
    var lock = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    lock["outputs"] = nil
    lock["picture"] = ["script": String(repeating: "b", count: 64), "save": 0]
    change(&lock)
    return Array(try JSONSerialization.data(withJSONObject: lock))
  }

  private struct Case {
    var chunks: [UInt8]
    /// What the error says; nil where there is none.
    var fault: String?
  }

  private static func make(_ what: String) throws -> Case {
    let hash = String(repeating: "a", count: 64)
    switch what {
    case "bomb":
      return Case(
        chunks: text("fedit-script", ZlibBytes.bomb(of: 0x61, count: 10_000_000), isDeflated: true),
        fault: "longer than 2097152 bytes")
    case "bombs below the limits":
      return Case(
        chunks: text("fedit-script", ZlibBytes.bomb(of: 0x0A, count: 2_090_000), isDeflated: true)
          + text("fedit-lock", ZlibBytes.bomb(of: 0x5B, count: 520_000), isDeflated: true)
          + text("XML:com.adobe.xmp", ZlibBytes.bomb(of: 0x1B, count: 2_090_000), isDeflated: true),
        fault: "not valid JSON")
    case "large lock":
      let lock = try lock {
        $0["uses"] = Dictionary(uniqueKeysWithValues: (0..<6_500).map { ("x\($0)", hash) })
      }
      return Case(chunks: text("fedit-lock", lock), fault: nil)
    case "lock of small values":
      let values = "{\"lock\":[" + Array(repeating: "1", count: 250_000).joined(separator: ",") + "]}"
      return Case(chunks: text("fedit-lock", Array(values.utf8)), fault: "'lock' is of the wrong kind")
    case "invalid UTF-8":
      return Case(
        chunks: text("fedit-script", Array("photo ".utf8) + [0xFF, 0xC3, 0x28]), fault: "not valid UTF-8")
    case "invalid UTF-8 in the lock":
      return Case(chunks: text("fedit-lock", [0x7B, 0xFF, 0x7D]), fault: "not valid UTF-8")
    case "paths":
      let lock = try lock {
        $0["photo"] = ["name": "../../../../../../etc/passwd", "sha256": hash]
        $0["images"] = ["../../etc/passwd": hash, "/etc/shadow": hash]
        $0["script"] = ["name": "/etc/hostname", "sha256": hash]
        $0["options"] = [
          "photo": "/etc/passwd", "model": "/etc/group", "set": [String: String](), "only": [String](),
        ]
        $0["model"] = ["kind": "file", "name": "../../etc/passwd", "sha256": hash]
      }
      let script =
        "photo \"../../../../etc/passwd\"\nedit \"a\" { mask image(\"/etc/passwd\") }\nsave \"/tmp/fedit-hostile.png\"\n"
      return Case(chunks: text("fedit-script", Array(script.utf8)) + text("fedit-lock", lock), fault: nil)
    case "100,000 chunks":
      let one = text("Comment", [0x78])
      return Case(
        chunks: (0..<100_000).flatMap { _ in one }, fault: "more than 2000 chunks besides its image data")
    case "100,000 scripts":
      let one = text("fedit-script", [0x78])
      return Case(chunks: (0..<100_000).flatMap { _ in one }, fault: "it has the text 'fedit-script' twice")
    case "100,000 chunks of image data":
      let one = PNGBytes.chunk("IDAT", [])
      return Case(chunks: (0..<100_000).flatMap { _ in one }, fault: nil)
    default:
      return Case(chunks: text("fedit-script", Array("\u{1B}]0;x\u{7}\u{1B}[31m\u{202E}\n".utf8)), fault: nil)
    }
  }

  static let cases = [
    "bomb", "bombs below the limits", "large lock", "lock of small values", "invalid UTF-8",
    "invalid UTF-8 in the lock", "paths", "100,000 chunks", "100,000 scripts", "100,000 chunks of image data",
    "escapes",
  ]

  @Test("inspect gives a clear error or a harmless view within 64 MiB", arguments: cases)
  func inspect(_ what: String) throws {
    let scratch = try Scratch()
    let made = try Self.make(what)
    try scratch.write("o.png", Self.picture(made.chunks))
    for options in [[], ["--json"]] {
      let outcome = try scratch.fedit(["inspect", "o.png"] + options)
      if let fault = made.fault {
        #expect(outcome.status == 65)
        #expect(
          outcome.errors.hasPrefix("error: 'o.png': ") && outcome.errors.contains(fault), "\(outcome.errors)")
        #expect(outcome.errors.utf8.count < 500)
      } else {
        #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
      }
      #expect(
        !(outcome.output + outcome.errors).unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
      #expect(outcome.memory < 64 << 20, "\(outcome.memory >> 10) KiB")
    }
    #expect(scratch.files == ["o.png"])
  }

  @Test("verify of a picture that names files elsewhere stays below its root, and writes nothing")
  func verify() throws {
    let scratch = try Scratch()
    try scratch.write("o.png", Self.picture(try Self.make("paths").chunks))
    let outcome = try scratch.fedit("verify", "o.png")
    #expect(outcome.status == 1 || outcome.status == 65)
    #expect(!outcome.output.contains("photo") && !outcome.output.contains("SHA-256 5"))
    #expect(scratch.files == ["o.png"])
    #expect(!FileManager.default.fileExists(atPath: "/tmp/fedit-hostile.png"))
  }

  @Test(
    "inspect opens no file but the picture",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/strace")))
  func touchesNothing() throws {
    let scratch = try Scratch()
    try scratch.write("o.png", Self.picture(try Self.make("paths").chunks))
    let program = try Scratch.program()
    for options in [[], ["--json"], ["--extract", "script"], ["--extract", "lock"]] {
      let trace = scratch.path + "/trace"
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/strace")
      process.arguments =
        ["-f", "-e", "trace=%file,%network", "-o", trace, program, "inspect", scratch.path + "/o.png"]
        + options
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      let calls = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
      let own = calls.drop { !$0.contains("o.png\", O_RDONLY") }
      // From the picture's opening on, no call names another file.
      #expect(own.count(where: { $0.contains("\"/") && !$0.contains("o.png") }) == 0, "\(own)")
      #expect(own.count >= 1)
      #expect(!calls.contains { $0.contains("passwd") || $0.contains("socket(") })
      unlink(trace)
    }
  }
}
