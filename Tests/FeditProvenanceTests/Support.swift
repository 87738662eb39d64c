import FeditProvenance
import FeditTestSupport
import Foundation
import Testing

/// Writes PNG files chunk by chunk, so that they may hold anything.
struct ChunkWriter {
  var bytes = PNGBytes.signature

  init(width: Int = 4, height: Int = 4) { append("IHDR", big(width) + big(height) + [8, 2, 0, 0, 0]) }

  mutating func append(_ type: String, _ data: [UInt8], checksum: UInt32? = nil) {
    bytes += PNGBytes.chunk(type, data, checksum: checksum)
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
  try #require(throws: ProvenanceError.self, performing: body)
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
