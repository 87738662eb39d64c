import FeditSyntax
import FeditText

/// Diagnostics as `check --format json` prints them.
enum DiagnosticJSON {
  static func array(_ diagnostics: [Diagnostic]) -> OrderedJSON {
    .array(diagnostics.map(object))
  }

  private static func object(_ diagnostic: Diagnostic) -> OrderedJSON {
    let source = diagnostic.range.source
    let start = source.location(of: diagnostic.range.span.start)
    let end = source.location(of: diagnostic.range.span.end)
    return .object([
      ("file", .string(source.name)), ("line", .integer(start.line)), ("column", .integer(start.column)),
      ("end_line", .integer(end.line)), ("end_column", .integer(end.column)),
      ("severity", .string(diagnostic.severity.rawValue)), ("code", .string(diagnostic.code)),
      ("message", .string(diagnostic.message)),
      ("hints", .array(diagnostic.hints.map { .string($0.message) })),
    ])
  }
}

/// Diagnostics as a SARIF log (OASIS, version 2.1.0).
enum DiagnosticSARIF {
  static func log(_ diagnostics: [Diagnostic]) -> OrderedJSON {
    let codes = Set(diagnostics.map(\.code)).sorted()
    let driver = OrderedJSON.object([
      ("name", .string("fedit")), ("version", .string(feditVersion)),
      ("rules", .array(codes.map { .object([("id", .string($0))]) })),
    ])
    return .object([
      ("$schema", .string("https://json.schemastore.org/sarif-2.1.0.json")), ("version", .string("2.1.0")),
      (
        "runs",
        .array([
          .object([
            ("tool", .object([("driver", driver)])), ("columnKind", .string("unicodeCodePoints")),
            ("results", .array(diagnostics.map { result($0, codes) })),
          ])
        ])
      ),
    ])
  }

  private static func result(_ diagnostic: Diagnostic, _ codes: [String]) -> OrderedJSON {
    let message = ([diagnostic.message] + diagnostic.hints.map { "Hint: " + $0.message })
    var members: [(String, OrderedJSON)] = [
      ("ruleId", .string(diagnostic.code)),
      ("ruleIndex", .integer(codes.firstIndex(of: diagnostic.code) ?? -1)),
      ("level", .string(diagnostic.severity.rawValue)),
      ("message", .object([("text", .string(message.joined(separator: "\n")))])),
      ("locations", .array([location(diagnostic.range, message: nil)])),
    ]
    if !diagnostic.labels.isEmpty {
      members.append(
        ("relatedLocations", .array(diagnostic.labels.map { location($0.range, message: $0.message) })))
    }
    let fixes = diagnostic.hints.filter { !$0.edits.isEmpty }.map { fix($0, in: diagnostic.range.source) }
    if !fixes.isEmpty { members.append(("fixes", .array(fixes))) }
    return .object(members)
  }

  private static func location(_ range: SourceRange, message: String?) -> OrderedJSON {
    var members: [(String, OrderedJSON)] = [
      (
        "physicalLocation",
        .object([("artifactLocation", artifact(range.source)), ("region", region(range.source, range.span))])
      )
    ]
    if let message { members.append(("message", .object([("text", .string(message))]))) }
    return .object(members)
  }

  private static func fix(_ hint: Diagnostic.Hint, in source: SourceText) -> OrderedJSON {
    let replacements = hint.edits.map { edit in
      OrderedJSON.object([
        ("deletedRegion", region(source, edit.span)),
        ("insertedContent", .object([("text", .string(edit.replacement))])),
      ])
    }
    return .object([
      ("description", .object([("text", .string(hint.message))])),
      (
        "artifactChanges",
        .array([
          .object([("artifactLocation", artifact(source)), ("replacements", .array(replacements))])
        ])
      ),
    ])
  }

  private static func region(_ source: SourceText, _ span: Span) -> OrderedJSON {
    let start = source.location(of: span.start)
    let end = source.location(of: span.end)
    return .object([
      ("startLine", .integer(start.line)), ("startColumn", .integer(start.column)),
      ("endLine", .integer(end.line)), ("endColumn", .integer(end.column)),
    ])
  }

  /// A file's name as a URI reference (RFC 3986): what is not unreserved or `/` is percent-encoded.
  private static func artifact(_ source: SourceText) -> OrderedJSON {
    let digits = Array("0123456789ABCDEF")
    var uri = source.name.hasPrefix("/") ? "file://" : ""
    for byte in source.name.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"), UInt8(ascii: "/"):
        uri.unicodeScalars.append(Unicode.Scalar(byte))
      default: uri += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return .object([("uri", .string(uri))])
  }
}
