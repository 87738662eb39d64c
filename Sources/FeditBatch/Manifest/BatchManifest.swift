import FeditFiles
import FeditSession
import FeditText
import Foundation

/// What a batch made from what: `manifest.json` and `manifest.csv` in the output folder; of a shard
/// `manifest-I-of-N.json` and `.csv`.
///
/// Holds no clock, no machine and no shard: who made a row does not show, and the union of all shards'
/// rows are those of one run.
public struct BatchManifest: Hashable, Sendable, Codable {
  /// The edition of the format.
  public static let format = 1
  static let stem = "manifest"

  /// The edition of the format in which it is written.
  public var manifest = Self.format
  /// fedit's version.
  public var fedit = feditVersion
  /// The script that was run.
  public var recipe: BatchRecord.File
  /// In the order of the list.
  public var rows: [BatchRecord]

  static func path(_ folder: String, _ shard: Shard, _ ending: String) -> String {
    "\(folder)/\(stem)\(shard.suffix).\(ending)"
  }

  /// JSON on one line, whose bytes depend on the values alone.
  static func encoded(_ value: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(value))
  }

  /// Writes both files.
  ///
  /// - Throws: `FileError`.
  func write(to folder: String, _ shard: Shard) throws {
    try AtomicFile.write(try json, to: Self.path(folder, shard, "json"))
    try AtomicFile.write(Array(csv.utf8), to: Self.path(folder, shard, "csv"))
  }

  /// JSON with a line for each row, so that it can be searched and compared line by line.
  private var json: [UInt8] {
    get throws {
      var whole = self
      whole.rows = []
      // The rows are the last member.
      var text = try Self.encoded(whole).dropLast(2)
      for (index, row) in rows.enumerated() {
        text += Array((index == 0 ? "\n" : ",\n").utf8) + (try Self.encoded(row))
      }
      return Array(text) + Array("\n]}\n".utf8)
    }
  }

  /// The table (RFC 4180), for people and spreadsheets; programs read the JSON.
  var csv: String {
    var text = CSVText.line([
      "row", "status", "photo", "photo_sha256", "output", "output_sha256", "recipe_sha256", "model",
      "model_sha256", "settings", "error",
    ])
    for row in rows {
      let settings = row.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
      let cells = [
        String(row.row), row.status.rawValue, row.photo.name, row.photo.sha256 ?? "", row.output?.name ?? "",
        row.output?.sha256 ?? "", recipe.sha256 ?? "", row.model?.name ?? "", row.model?.sha256 ?? "",
        settings.joined(separator: "\n"), row.error ?? "",
      ]
      text += CSVText.line(cells.map(CSVText.harmless))
    }
    return text
  }
}

/// What earlier runs, whole or in shards, finished or killed, have made in a folder.
struct EarlierResults: Sendable {
  private var records: [String: [BatchRecord]] = [:]

  /// Reads all manifests and journals of a folder.
  ///
  /// - Throws: `FileError`; `UserError` where a manifest is none of ours.
  init(folder: String) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    for name in names.sorted() where name.hasPrefix(BatchManifest.stem) {
      let path = folder + "/" + name
      let middle = name.dropFirst(BatchManifest.stem.count)
      if middle.hasSuffix(".json"), Shard(suffix: middle.dropLast(5)) != nil {
        guard let manifest = try? JSONDecoder().decode(BatchManifest.self, from: Data(try readFile(path))),
          manifest.manifest == BatchManifest.format
        else {
          throw UserError(
            .unwritable,
            "\(quotedName(path)) is no manifest that this fedit knows, and would be written over",
            hints: ["choose another output folder, or move the file away"])
        }
        for record in manifest.rows { add(record) }
      } else if middle.hasSuffix(".journal"), Shard(suffix: middle.dropLast(8)) != nil {
        for line in try readFile(path).split(separator: UInt8(ascii: "\n")) {
          // A line that a killed run left unfinished says nothing.
          if let record = try? JSONDecoder().decode(BatchRecord.self, from: Data(line)) { add(record) }
        }
      }
    }
  }

  private mutating func add(_ record: BatchRecord) {
    guard let output = record.output, output.sha256 != nil, record.madeFrom != nil else { return }
    records[output.name, default: []].append(record)
  }

  /// What is known of a result; it may be several things, of which the file on the disk says which holds.
  func records(of output: String) -> [BatchRecord] { records[output] ?? [] }
}
