import FeditProvenance
import Foundation
import Testing

/// Writes PNG files chunk by chunk, so that they may hold anything.
struct ChunkWriter {
  var bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  init(width: UInt32 = 4, height: UInt32 = 4) {
    append("IHDR", Self.word(width) + Self.word(height) + [8, 2, 0, 0, 0])
  }

  static func word(_ value: UInt32) -> [UInt8] {
    (0..<4).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// CRC-32 as PNG's annex D computes it.
  static func checksum(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(0xFFFF_FFFF as UInt32) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in
        value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0)
      }
    }
  }

  mutating func append(_ type: String, _ data: [UInt8], checksum: UInt32? = nil) {
    let covered = Array(type.utf8) + data
    bytes += Self.word(UInt32(data.count)) + covered
    bytes += Self.word(checksum ?? Self.checksum(covered))
  }

  mutating func appendText(_ keyword: String, _ text: [UInt8]) {
    append("iTXt", Array(keyword.utf8) + [0, 0, 0, 0, 0] + text)
  }

  mutating func appendText(_ keyword: String, _ text: String) { appendText(keyword, Array(text.utf8)) }

  /// Writes the file with an end chunk.
  func write(to path: String) throws {
    var whole = self
    whole.append("IEND", [])
    try Data(whole.bytes).write(to: URL(fileURLWithPath: path))
  }
}

/// The error that `body` throws.
func provenanceError(_ body: () throws -> Void) throws -> ProvenanceError {
  do {
    try body()
  } catch let error as ProvenanceError {
    return error
  }
  Issue.record("nothing was thrown")
  throw CancellationError()
}

/// A lock as an edit of one photo has it.
func sampleLock() -> Lock {
  func hash(_ digit: Character) -> String { String(repeating: digit, count: 64) }
  return Lock(
    script: .init(name: "task.fedit", sha256: hash("a")), uses: ["brows.fedit": hash("b")],
    photo: .init(name: "portrait.png", sha256: hash("c")), images: ["layers/mask.png": hash("d")],
    model: .init(kind: "built-in", name: "portrait-256", sha256: hash("e")), plan: hash("f"),
    seeds: [.init(edit: "one", seed: 7), .init(edit: "two", seed: .max)],
    options: .init(set: ["tint": "#20242c"], photo: nil, model: nil, only: []),
    versions: ["fedit": "0.1.0", "cairo": "1.16.0"], outputs: ["out.png": hash("1")])
}
