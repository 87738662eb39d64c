import ArgumentParser
import FeditProvenance
import Foundation

/// `fedit inspect PICTURE`
struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show what a picture says of how it was edited.",
    discussion: """
      Reads the script, the lock and the XMP label inside a picture that fedit saved. They are only
      shown, never run, and no other file is touched: anybody may have written them.
      'fedit verify PICTURE' finds out whether they are true.
      """)

  /// A part of what a picture says.
  enum Part: String, ExpressibleByArgument, CaseIterable {
    case script, lock, xmp
  }

  @Argument(help: ArgumentHelp("A PNG file.", valueName: "PICTURE"))
  var picture: String

  @Flag(help: "Print JSON.")
  var json = false

  @Option(help: ArgumentHelp("Print one part as it is: script, lock or xmp.", valueName: "PART"))
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
      var output = StandardOutput()
      report.write(to: &output)
      Swift.print()
    } else {
      show(metadata, lock)
    }
    if let lockFault { throw CommandFailure(lockFault) }
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
        .data, "'\(shown(picture))' has no \(part.rawValue) in it",
        hints: ["fedit puts it into the PNG files that it saves, unless --no-metadata was given"])
    }
    // To a file or a pipe as it is; a terminal gets no control characters from strangers.
    let isTerminal = isatty(STDOUT_FILENO) == 1
    let safe =
      isTerminal
      ? text.split(separator: "\n", omittingEmptySubsequences: false).map { shown(String($0)) }
        .joined(separator: "\n") : text
    FileHandle.standardOutput.write(Data((safe.hasSuffix("\n") ? safe : safe + "\n").utf8))
  }

  private func show(_ metadata: PictureMetadata, _ lock: Lock?) {
    Swift.print("picture:  \(shown(picture)), \(metadata.width)×\(metadata.height)")
    Swift.print("source:   \(metadata.digitalSourceType ?? "not labelled")")
    if let lock {
      Swift.print("made by:  fedit \(shown(lock.versions["fedit"] ?? "of an unknown version"))")
      Swift.print("photo:    \(shown(lock.photo.name))  sha256 \(lock.photo.sha256)")
      Swift.print(
        "model:    \(shown(lock.model.name)) (\(shown(lock.model.kind)))  sha256 \(lock.model.sha256)")
      for (name, hash) in lock.images.sorted(by: { $0.key < $1.key }) {
        Swift.print("image:    \(shown(name))  sha256 \(hash)")
      }
      for seed in lock.seeds.prefix(50) {
        Swift.print("edit:     \"\(shown(seed.edit))\", seed \(seed.seed)")
      }
      for (name, value) in lock.options.set.sorted(by: { $0.key < $1.key }) {
        Swift.print("set:      \(shown(name)) = \(shown(value))")
      }
    } else {
      Swift.print("lock:     \(metadata.lock == nil ? "none" : "cannot be read")")
    }
    guard let script = metadata.script else {
      Swift.print("script:   none")
      return
    }
    let count = script.utf8.count { $0 == UInt8(ascii: "\n") } + (script.hasSuffix("\n") ? 0 : 1)
    Swift.print("script:   \(count) lines; 'fedit inspect --extract script' prints it")
    let lines = script.split(separator: "\n", maxSplits: 40, omittingEmptySubsequences: false)
    for line in lines.prefix(min(count, 40)) { Swift.print("  | \(shown(String(line)))") }
    if count > 40 { Swift.print("  | … \(count - 40) more lines") }
  }
}

/// Standard output as a stream of text, in the order of `print`.
private struct StandardOutput: TextOutputStream {
  mutating func write(_ string: String) { Swift.print(string, terminator: "") }
}

extension CommandFailure {
  init(_ error: ProvenanceError) {
    self.init(.data, error.description, hints: error.hints)
  }
}
