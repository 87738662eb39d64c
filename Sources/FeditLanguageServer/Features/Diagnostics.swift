import FeditProgram
import FeditSyntax

extension LanguageServer {
  /// The most diagnostics that are told of one file: more are of no use to a person.
  static let diagnosticLimit = 1_000

  /// The diagnostics of a program by the path of the file they are in.
  func lspDiagnostics(_ analysis: Analysis) -> [String: [LSPDiagnostic]] {
    var result: [String: [LSPDiagnostic]] = [:]
    var places = Places(analysis.program, self)
    for diagnostic in analysis.program.diagnostics {
      guard let path = places.path(diagnostic.range.source),
        result[path, default: []].count < Self.diagnosticLimit,
        let told = lspDiagnostic(diagnostic, &places)
      else { continue }
      result[path, default: []].append(told)
    }
    return result
  }

  func lspDiagnostic(_ diagnostic: Diagnostic, _ places: inout Places) -> LSPDiagnostic? {
    guard let range = places.location(diagnostic.range)?.range else { return nil }
    let takesRelated = capabilities?.textDocument?.publishDiagnostics?.relatedInformation == true
    var related: [LSPDiagnostic.Related] = []
    if takesRelated {
      for label in diagnostic.labels {
        guard let location = places.location(label.range) else { continue }
        related.append(.init(location: location, message: label.message))
      }
    }
    let lines = [diagnostic.message] + diagnostic.hints.map { "hint: " + $0.message }
    return LSPDiagnostic(
      range: range, severity: diagnostic.severity == .error ? 1 : 2, code: diagnostic.code, source: "fedit",
      message: lines.joined(separator: "\n"), relatedInformation: related.isEmpty ? nil : related)
  }
}

/// Turns places of a program into those of the protocol.
struct Places {
  private let program: ProgramResult
  private let server: LanguageServer
  private var converters: [String: PositionConverter] = [:]

  init(_ program: ProgramResult, _ server: LanguageServer) {
    self.program = program
    self.server = server
  }

  func path(_ source: SourceText) -> String? { program.files.first { $0.source === source }?.path }

  mutating func location(_ range: SourceRange) -> Location? {
    guard let path = path(range.source) else { return nil }
    return location(path, range.source, range.span)
  }

  mutating func location(_ path: String, _ source: SourceText, _ span: Span) -> Location {
    Location(uri: server.uri(ofPath: path), range: self.range(path, source, span))
  }

  mutating func range(_ path: String, _ source: SourceText, _ span: Span) -> TextRange {
    var converter =
      converters[path] ?? PositionConverter(source.utf8, LineTable(source.utf8), server.encoding)
    defer { converters[path] = converter }
    return converter.range(span)
  }
}
