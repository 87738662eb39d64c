/// What a diagnostic's code stands for: what `fedit explain CODE` and `Docs/errors/CODE.md` say.
public struct DiagnosticCode: Hashable, Sendable {
  /// Which diagnostic it is.
  public var id: DiagnosticID
  /// Whether it keeps a script from running.
  public var severity: Diagnostic.Severity
  /// The mistake in a few words.
  public var title: String
  /// A paragraph: what is wrong and why the language is so.
  public var explanation: String
  /// The way out, for diagnostics that have no hint of their own.
  public var remedy: String
  /// A script with the mistake.
  public var failing: String
  /// The script without it.
  public var working: String
  /// Scripts that the examples use, by name.
  public var files: [String: String]
  /// Whether the failing example gives the code when a script is checked, without files, pictures or
  /// layers. Else the mistake is one that a text of a few lines cannot make.
  public var isShown: Bool

  init(
    _ id: DiagnosticID, _ title: String, _ explanation: String, remedy: String, failing: String,
    working: String, severity: Diagnostic.Severity = .error, files: [String: String] = [:],
    isShown: Bool = true
  ) {
    self.id = id
    self.severity = severity
    self.title = title
    self.explanation = explanation
    self.remedy = remedy
    self.failing = failing
    self.working = working
    self.files = files
    self.isShown = isShown
  }

  /// The code, such as `unknown-name`.
  public var code: String { id.rawValue }

  /// Every code, sorted.
  public static let all: [DiagnosticCode] = (reading + naming + values + placing + evaluating)
    .sorted { $0.code < $1.code }

  private static let byCode = Dictionary(all.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })

  /// The entry of a code, or nil where there is no such code.
  public static func named(_ code: String) -> DiagnosticCode? { byCode[code] }

  /// The page in `Docs/errors/`.
  public var markdown: String {
    var text = "# \(code)\n\n*\(severity == .error ? "Error" : "Warning"): \(title).*\n\n\(explanation)\n\n"
    for (name, content) in files.sorted(by: { $0.key < $1.key }) {
      text += "With `\(name)`:\n\n```fedit file\n\(content)\n```\n\n"
    }
    text += "This fails:\n\n```fedit failing\n\(failing)\n```\n\n"
    text += "This works:\n\n```fedit fragment\n\(working)\n```\n\n\(sentence(remedy))\n"
    return text
  }

  /// What `fedit explain` prints.
  public var text: String {
    func indented(_ script: String) -> String {
      script.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "    " + $0 }
        .joined(separator: "\n")
    }
    var text = "\(code): \(severity == .error ? "error" : "warning"), \(title)\n\n\(wrapped(explanation))\n\n"
    for (name, content) in files.sorted(by: { $0.key < $1.key }) {
      text += "With \(name):\n\n\(indented(content))\n\n"
    }
    text += "This fails:\n\n\(indented(failing))\n\nThis works:\n\n\(indented(working))\n\n"
    return text + wrapped(sentence(remedy)) + "\n"
  }

  private func sentence(_ text: String) -> String {
    (text.first.map { $0.uppercased() } ?? "") + text.dropFirst() + (text.hasSuffix(".") ? "" : ".")
  }

  private func wrapped(_ text: String) -> String {
    var lines: [String] = [""]
    for word in text.split(separator: " ") {
      let last = lines.count - 1
      if lines[last].count + word.count + 1 > 78, !lines[last].isEmpty {
        lines.append(String(word))
      } else {
        lines[last] += (lines[last].isEmpty ? "" : " ") + word
      }
    }
    return lines.joined(separator: "\n")
  }
}

extension Diagnostic {
  /// The diagnostic with the way out that its code has, where it has none of its own.
  public var withRemedy: Diagnostic {
    guard hints.isEmpty, let entry = DiagnosticCode.named(code) else { return self }
    var result = self
    result.hints = [Hint(entry.remedy)]
    return result
  }
}
