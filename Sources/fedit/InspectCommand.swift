import ArgumentParser
import FeditProvenance
import FeditText
import Foundation

/// `fedit inspect PICTURE`
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a picture says about how it was edited.",
    discussion: """
      Reads the script, the lock and the XMP label inside a picture saved by fedit. They are only shown,
      never run, and no other file is opened: anybody may have written them. 'fedit verify PICTURE' checks
      whether they are true.
      """.reflowed)

  /// A part of what a picture says.
  enum Part: String, ExpressibleByArgument, CaseIterable {
    case script, lock, xmp
  }

  @Argument(help: ArgumentHelp("A PNG, JPEG, TIFF or WebP file.", valueName: "PICTURE"))
  var picture: String

  @Flag(help: "Print JSON.")
  var json = false

  @Option(help: ArgumentHelp("Print one part verbatim: script, lock or xmp.", valueName: "PART"))
  var extract: Part?

  func validate() throws {
    if json, extract != nil { throw ValidationError("--json and --extract exclude each other") }
  }

  func run() throws {
    let metadata = try PictureMetadata(path: picture)
    if let extract {
      try print(part: extract, of: metadata)
      return
    }
    // A lock that can't be read is said so, and the rest is shown nevertheless.
    var lock: Lock?
    var lockFault: ProvenanceError?
    do {
      lock = try metadata.lock.map { try Lock(Array($0.utf8), file: picture) }
    } catch let error as ProvenanceError {
      lockFault = error
    }
    if json {
      func text(_ value: String?) -> StableJSON { value.map { .string($0) } ?? .null }
      let report = StableJSON.object([
        "picture": .string(picture), "width": .integer(Int64(metadata.width)),
        "height": .integer(Int64(metadata.height)), "digital_source_type": text(metadata.digitalSourceType),
        "script": text(metadata.script), "lock": lock?.json ?? .null, "xmp": text(metadata.xmp),
      ])
      // Piece by piece: what is escaped may be many times as long as what is in the picture.
      var output = OutputStream()
      report.write(to: &output)
      printLine()
    } else {
      show(metadata, lock)
    }
    if let lockFault { throw lockFault }
  }

  private func print(part: Part, of metadata: PictureMetadata) throws {
    let text =
      switch part {
      case .script: metadata.script
      case .lock: metadata.lock
      case .xmp: metadata.xmp
      }
    guard let text else {
      throw CommandFailure(
        .data, "'\(picture)' has no \(part.rawValue) in it",
        hints: ["fedit puts it into the pictures that it saves, unless --no-metadata was given"])
    }
    // To a file or a pipe as it is; a terminal gets no control characters from strangers.
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let safe =
      isTerminal
      ? terminalSafeLines(text) : text
    printToStandardOutput(safe.hasSuffix("\n") ? safe : safe + "\n")
  }

  /// What a stranger may have written, cut where it is very long.
  private func short(_ text: some StringProtocol) -> String { terminalSafe(text, limit: 400) }

  private func show(_ metadata: PictureMetadata, _ lock: Lock?) {
    printLine("picture:  \(picture), \(metadata.width)×\(metadata.height)")
    printLine("source:   \(metadata.digitalSourceType ?? "not labelled")")
    if let lock {
      printLine("made by:  fedit \(short(lock.versions["fedit"] ?? "of an unknown version"))")
      printLine("photo:    \(short(lock.photo.name))  sha256 \(lock.photo.sha256)")
      printLine(
        "model:    \(short(lock.model.name)) (\(short(lock.model.kind)))  sha256 \(lock.model.sha256)")
      for (name, hash) in lock.images.sorted(by: { $0.key < $1.key }) {
        printLine("image:    \(short(name))  sha256 \(hash)")
      }
      for seed in lock.seeds.prefix(50) {
        printLine("edit:     \"\(short(seed.edit))\", seed \(seed.seed)")
      }
      for (name, value) in lock.options.set.sorted(by: { $0.key < $1.key }) {
        printLine("set:      \(short(name)) = \(short(value))")
      }
    } else {
      printLine("lock:     \(metadata.lock == nil ? "none" : "cannot be read")")
    }
    guard let script = metadata.script else {
      printLine("script:   none")
      return
    }
    let count = script.utf8.count { $0 == UInt8(ascii: "\n") } + (script.hasSuffix("\n") ? 0 : 1)
    printLine("script:   \(count) lines; 'fedit inspect --extract script' prints it")
    let lines = script.split(separator: "\n", maxSplits: 40, omittingEmptySubsequences: false)
    for line in lines.prefix(min(count, 40)) { printLine("  | \(short(line))") }
    if count > 40 { printLine("  | … \(count - 40) more lines") }
  }
}

/// Standard output as a stream of text.
private struct OutputStream: TextOutputStream {
  mutating func write(_ string: String) { printToStandardOutput(string) }
}
