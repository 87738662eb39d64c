import FeditProgram
import FeditSyntax
import Foundation
import Testing

private let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent()

/// The files, or parts of files, that are made from the language's table.
private enum Generated {
  /// What a file should hold, given what it holds now.
  static let files: [(path: String, render: @Sendable (String) -> String)] = [
    ("Grammar/fedit.ebnf", ebnf), ("Grammar/tree-sitter-fedit/language.json", { _ in treeSitter() }),
    ("Grammar/tree-sitter-fedit/queries/highlights.scm", highlights), ("Grammar/vim/syntax/fedit.vim", vim),
    ("Grammar/vscode/syntaxes/fedit.tmLanguage.json", textMate),
    ("Tests/Fuzz/fedit.dict", { _ in dictionary() }),
    ("Docs/reference/README.md", index), ("Docs/reference/functions.md", { _ in functions() }),
  ]

  // MARK: Words by their use

  static let settings = Language.statements.filter {
    $0.isPlain && ($0.group == .settings || $0.group == .strokes) && $0.id != .fedit
  }.map(\.keyword)
  static let introducing: [StatementID] = [.let, .def, .param]
  static let drawing = Language.statements.filter { $0.group == .strokes && !$0.isPlain && $0.id != .in }.map(
    \.keyword)
  static let control =
    ["for", "in", "if", "then", "else"]
    + Language.statements.map(\.keyword).filter {
      !settings.contains($0) && !drawing.contains($0) && !introducing.map(\.rawValue).contains($0)
        && !["for", "in", "if"].contains($0)
    }
  static let layers = LayerKeyword.allCases.map(\.rawValue)
  static let strokeModifiers = Language.modifiers.filter(\.isForStrokes).map(\.keyword)
  static let entryModifiers = Language.modifiers.filter(\.isForEntries).map(\.keyword)
  /// Words inside statements; those that no value follows apart.
  static let contextual = Keyword.contextual.filter { $0 != "none" }.sorted()

  /// Replaces what a pattern's first group holds.
  static func replacing(_ pattern: String, _ text: String, _ content: String) -> String {
    guard let expression = try? NSRegularExpression(pattern: pattern, options: [.anchorsMatchLines]),
      let match = expression.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)),
      let range = Range(match.range(at: 1), in: text)
    else { return "no place for \(pattern)" }
    return text.replacingCharacters(in: range, with: content)
  }

  // MARK: EBNF

  static func quoted(_ words: [String]) -> String { words.map { "\"\($0)\"" }.joined(separator: " | ") }

  static func ebnf(_ form: [Slot]) -> String {
    form.map { slot in
      switch slot {
      case .value: "expression"
      case .literal(_, let type, _): type == .number ? "NUMBER" : "STRING"
      case .word(let text), .sign(let text): "\"\(text)\""
      case .optional(let slots): "[ \(ebnf(slots)) ]"
      case .either(let choices): "( " + choices.map(ebnf).joined(separator: " | ") + " )"
      case .name: "NAME"
      case .part("body"): "( block | \"=\" , expression )"
      case .part(let rule): rule
      }
    }.joined(separator: " , ")
  }

  static func ebnf(_ current: String) -> String {
    let rules = Language.statements.compactMap { spec -> String? in
      switch spec.id {
      case .sketch, .color, .erase, .off: nil
      case .mask: "[ \"off\" ] , [ \"erase\" ] , layer , expression , { modifier }"
      case .paint:
        "[ \"off\" ] , \"paint\" , expression , [ \"as\" , expression ] , entries , [ \"as\" , expression ]"
      case .if: "condition"
      default: "\"\(spec.keyword)\" , \(ebnf(spec.form))"
      }
    }
    var text = replacing(
      "^statement  = ([^;]*?) ;$", current, (rules + ["call"]).joined(separator: "\n           | "))
    text = replacing("^type       = ([^;]*?) ;$", text, quoted(Keyword.types))
    text = replacing("^layer      = ([^;]*?) ;$", text, quoted(layers))
    let modifiers = strokeModifiers.map { "\"\($0)\" , expression" }.joined(separator: " | ")
    text = replacing("^modifier   = ([^;]*?) ;$", text, modifiers)
    let ofEntries = entryModifiers.map { "\"\($0)\" , expression" }.joined(separator: " | ")
    text = replacing("^entry      = .*layer , \\{ ([^;]*?) \\| expression \\} ;$", text, ofEntries)
    return replacing("Reserved: ([^.]*)\\.", text, Keyword.reserved.sorted().joined(separator: " "))
  }

  // MARK: Editors

  static func json(_ words: [String]) -> String {
    "[" + words.map { "\"\($0)\"" }.joined(separator: ", ") + "]"
  }

  static func json(_ form: [Slot]) -> String {
    let parts = form.map { slot in
      switch slot {
      case .value: "\"_expression\""
      case .literal(_, let type, _): type == .number ? "\"number\"" : "\"string\""
      case .word(let text), .sign(let text): "{\"word\": \"\(text)\"}"
      case .optional(let slots): "{\"optional\": \(json(slots))}"
      case .either(let choices): "{\"choice\": [" + choices.map(json).joined(separator: ", ") + "]}"
      case .name: "\"identifier\""
      case .part(let rule): "\"\(rule)\""
      }
    }
    return "[" + parts.joined(separator: ", ") + "]"
  }

  static func treeSitter() -> String {
    let plain = Language.statements.filter(\.isPlain).map { "    \"\($0.keyword)\": \(json($0.form))" }
    return """
      {
        "plain": {
      \(plain.joined(separator: ",\n"))
        },
        "layers": \(json(layers)),
        "modifiers": \(json(strokeModifiers)),
        "entryModifiers": \(json(entryModifiers)),
        "types": \(json(Keyword.types)),
        "words": {
          "control": \(json(control)),
          "introduce": \(json(introducing.map(\.rawValue))),
          "drawing": \(json(drawing)),
          "setting": \(json(settings))
        }
      }

      """
  }

  static func highlights(_ current: String) -> String {
    func list(_ words: [String]) -> String { words.map { "\"\($0)\"" }.joined(separator: " ") }
    let statements = control + introducing.map(\.rawValue) + settings + drawing
    var text = replacing("^\\[(\"for\"[^\\]]*)\\] @keyword$", current, list(statements))
    text = replacing("^\\[([^\\]]*)\\] @keyword.modifier$", text, list(contextual + ["none"]))
    return text
  }

  static func vim(_ current: String) -> String {
    var text = replacing("^syntax keyword feditControl +(.*)$", current, control.joined(separator: " "))
    text = replacing(
      "^syntax keyword feditIntroduce +(.*)$", text, introducing.map(\.rawValue).joined(separator: " "))
    text = replacing("^syntax keyword feditDrawing +(.*)$", text, drawing.joined(separator: " "))
    text = replacing(
      "^syntax match   feditSetting .*%\\(([a-z\\\\|]*)\\\\\\)", text, settings.joined(separator: "\\|"))
    text = replacing(
      "^syntax match   feditModifier  \"\\\\<\\\\%\\(([a-z\\\\|]*)\\\\\\)", text,
      contextual.joined(separator: "\\|"))
    return replacing(
      "^syntax match   feditType .*%\\(([a-z\\\\|]*)\\\\\\)", text, Keyword.types.joined(separator: "\\|"))
  }

  static func textMate(_ current: String) -> String {
    func words(_ scope: String, _ text: String, _ words: [String]) -> String {
      replacing(
        "\"\(scope).fedit\", \"match\": \"[^\"]*?([a-z]+\\|[a-z|]+)", text, words.joined(separator: "|"))
    }
    var text = words("keyword.control", current, control)
    text = words("storage.type", text, introducing.map(\.rawValue))
    text = words("keyword.other.drawing", text, drawing)
    text = replacing(
      "\"keyword.other.setting.fedit\", \"match\": \"[^\"]*?\\(([a-z|]+)\\)", text,
      settings.joined(separator: "|"))
    text = words("keyword.other.modifier", text, contextual)
    return words("support.type", text, Keyword.types)
  }

  // MARK: Others

  static func dictionary() -> String {
    let methods = Builtins.methods[.shape].map { Array($0.keys) } ?? []
    var words = Keyword.all + Keyword.types + Builtins.all.map(\.name) + methods.sorted()
    words += ["left_eye", "right_eye", "deg"] + Keyword.punctuation + ["//", "/*", "*/", "(1, 2)"]
    var seen: Set<String> = []
    let lines = words.filter { seen.insert($0).inserted }.map { "\"\($0)\"" }
    return (lines + ["\"\\\\(\"", "\"\\\"p.png\\\"\""]).joined(separator: "\n") + "\n"
  }

  static func index(_ current: String) -> String {
    var text = current
    for group in StatementSpec.Group.allCases {
      let lines = Language.statements.filter { $0.group == group && $0.id != .fedit }.map {
        "- [\($0.keyword)](\($0.keyword).md): `\($0.usage)`\n"
      }
      text = replacing("^## \(group.rawValue)\n\n((?:- .*\n)*)", text, lines.joined())
    }
    return text
  }

  static func functions() -> String {
    func table(_ specs: [FunctionSpec]) -> String {
      "| written | gives | |\n| --- | --- | --- |\n"
        + specs.map {
          "| `\($0.usage)` | \($0.result == .unknown ? "what it is given" : $0.result.rawValue) | \($0.summary) |\n"
        }.joined()
    }
    let methods = Builtins.methods[.shape].map { $0.values.sorted { $0.name < $1.name } } ?? []
    return """
      # Functions

      Every function of the language. [Shapes](shapes.md), [colours](colors.md) and [values](values.md) tell more, with examples.

      ```fedit fragment
      let middle = lerp((98, 122), (158, 122), 0.5)
      mask circle(middle, max(4, 0.1 * length((60, 0)))).grown(2)
      ```

      \(table(Builtins.all))
      ## Methods of shapes

      \(table(methods))
      """
  }
}

@Suite struct GeneratedFilesTests {
  @Test("what is made from the language's table agrees with it", arguments: Generated.files.map(\.path))
  func files(_ path: String) throws {
    let file = root.appendingPathComponent(path)
    let found = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    let render = try #require(Generated.files.first { $0.path == path }).render
    let wanted = render(found)
    let isRecording = ProcessInfo.processInfo.environment["FEDIT_RECORD"] == "1"
    if isRecording { try wanted.write(to: file, atomically: true, encoding: .utf8) }
    #expect(found == wanted, "\(path) is not the table's; record it with FEDIT_RECORD=1")
    #expect(!isRecording, "recorded; run again without FEDIT_RECORD")
  }

  @Test("every statement and function has an example or a line that says how it is written")
  func table() {
    for spec in Language.statements {
      #expect(
        spec.usage.hasPrefix(spec.keyword) && spec.example.contains(spec.keyword)
          && spec.summary.hasSuffix("."))
    }
    #expect(Set(Builtins.all.map(\.name)).count == Builtins.all.count)
    for spec in Builtins.all { #expect(spec.usage.hasPrefix(spec.name + "(") && !spec.summary.isEmpty) }
    #expect(Set(Language.statements.map(\.id)) == Set(StatementID.allCases))
    #expect(Set(DiagnosticCode.all.map(\.id)) == Set(DiagnosticID.allCases))
  }
}
