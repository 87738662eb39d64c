/// Where a statement may stand.
public enum Place: Hashable, Sendable {
  /// At the top level of a script.
  case file
  /// In a block of `for` or `if` at the top level.
  case flow
  /// In an edit, its frames, loops and branches included.
  case edit
  /// In a definition that draws.
  case procedure

  /// Everywhere but in `paint`.
  public static let anywhere: Set<Place> = [.file, .flow, .edit, .procedure]
  /// Where strokes may stand.
  public static let drawing: Set<Place> = [.edit, .procedure]
}

/// A piece of a statement behind its keyword.
public indirect enum Slot: Hashable, Sendable {
  /// An expression: its name in ``PlainStatement``, its type, and what messages call it.
  case value(String, ValueType, String)
  /// A value that has to be written out, so that it is known without evaluating anything.
  case literal(String, ValueType, String)
  /// A word with a meaning here only.
  case word(String)
  /// `,` `=` or `:`.
  case sign(String)
  /// What may be left out; begins with a word or a sign.
  case optional([Slot])
  /// One of several; each begins with a word.
  case either([[Slot]])
  /// A name that is introduced.
  case name
  /// A part with a rule of its own in the grammar: `block`, `parameters`, `modifiers` …
  case part(String)
}

/// All there is to know about a statement but what it does.
public struct StatementSpec: Sendable {
  /// How often a statement may stand.
  public enum Repeats: Sendable {
    case freely
    /// Once in a script, before its first edit.
    case oncePerScript
    /// At most once carried out in an edit.
    case oncePerEdit
  }

  /// The heading under which the reference lists it.
  public enum Group: String, CaseIterable, Sendable {
    case settings = "Settings"
    case flow = "Names and flow"
    case edits = "Edits and results"
    case strokes = "Strokes"
  }

  /// Which statement it is.
  public let id: StatementID
  /// The heading under which the reference lists it.
  public let group: Group
  /// What stands behind the keyword.
  public let form: [Slot]
  /// Whether the form says all: the parser, the checks and the formatter then need no code of their own for it.
  public let isPlain: Bool
  /// Where it may stand; elsewhere it is an error.
  public let allowedIn: Set<Place>
  /// How often it may stand.
  public let repeats: Repeats
  /// Whether its keyword can't be a name.
  public let isReserved: Bool
  /// How it is written, for people.
  public let usage: String
  /// What it means, in a line or two.
  public let summary: String
  /// One that can be copied; also the way out in messages.
  public let example: String
  /// With places to fill in, in the notation of the Language Server Protocol.
  public let snippet: String

  /// The word that it begins with.
  public var keyword: String { id.rawValue }

  init(
    _ id: StatementID, _ group: Group, _ form: [Slot], in places: Set<Place>, repeats: Repeats = .freely,
    isReserved: Bool = false, usage: String, summary: String, example: String, snippet: String
  ) {
    self.id = id
    self.group = group
    self.form = form
    isPlain = form.allSatisfy(\.isPlain)
    allowedIn = places
    self.repeats = repeats
    self.isReserved = isReserved
    self.usage = usage
    self.summary = summary
    self.example = example
    self.snippet = snippet
  }

  /// Whether `{ … }` belongs to it.
  var opensBlock: Bool { form.contains { [.part("block"), .part("body"), .part("paint")].contains($0) } }

  /// The words of the form.
  var words: [String] { form.flatMap(\.words) }

  /// The words of the form that may follow, where some of it is written.
  public func nextWords(after written: Set<String>) -> [String] { Self.nextWords(form, after: written) }

  private static func nextWords(_ form: [Slot], after written: Set<String>) -> [String] {
    var result: [String] = []
    for slot in form {
      // Of alternatives, the one that is begun.
      if case .either(let choices) = slot,
        let begun = choices.first(where: { choice in
          choice.first.map { !written.isDisjoint(with: $0.firstWords) } ?? false
        })
      {
        result += nextWords(begun, after: written)
        continue
      }
      let words = slot.words
      guard !words.isEmpty, words.allSatisfy({ !written.contains($0) }) else { continue }
      switch slot {
      case .optional, .either: result += slot.firstWords
      default: return result + slot.firstWords
      }
    }
    return result
  }

  /// The words that stand right behind the keyword, where no value does.
  public var firstWords: [String] { valueType(behind: keyword) == nil ? nextWords(after: []) : [] }

  /// The type of the value behind a word of the form, or behind the keyword itself.
  public func valueType(behind word: String) -> ValueType? {
    var slots = form.flatMap(\.flattened)
    if word != keyword {
      guard let place = slots.firstIndex(of: .word(word)) else { return nil }
      slots.removeSubrange(...place)
    }
    switch slots.first {
    case .value(_, let type, _), .literal(_, let type, _): return type
    default: return nil
    }
  }
}

extension Slot {
  fileprivate var isPlain: Bool {
    switch self {
    case .value, .literal, .word, .sign, .name: true
    case .part: false
    case .optional(let slots): slots.allSatisfy(\.isPlain)
    case .either(let choices): choices.joined().allSatisfy(\.isPlain)
    }
  }

  fileprivate var flattened: [Slot] {
    switch self {
    case .optional(let slots): slots.flatMap(\.flattened)
    case .either(let choices): choices.joined().flatMap(\.flattened)
    default: [self]
    }
  }

  fileprivate var words: [String] {
    flattened.compactMap { if case .word(let word) = $0 { word } else { nil } }
  }

  /// The words with which it may begin.
  var firstWords: [String] {
    switch self {
    case .word(let word): [word]
    case .optional(let slots): slots.first?.firstWords ?? []
    case .either(let choices): choices.flatMap { $0.first?.firstWords ?? [] }
    default: []
    }
  }
}

/// What may stand behind the shape of a stroke.
public struct ModifierSpec: Sendable {
  /// Which modifier it is.
  public let id: ModifierID
  /// The type of its value.
  public let type: ValueType
  /// What messages call its value.
  public let what: String
  /// Whether strokes take it, and whether entries of `paint` do.
  public let isForStrokes, isForEntries: Bool
  /// How it is written, for people.
  public let usage: String
  /// What it does, in a line.
  public let summary: String

  /// The word that it begins with.
  public var keyword: String { id.rawValue }
}

/// A word with how it is written and what it means, for people.
public struct WordSpec: Hashable, Sendable {
  /// How it is written.
  public let usage: String
  /// What it means, in a line.
  public let summary: String

  /// A word of the language.
  public init(_ usage: String, _ summary: String) {
    self.usage = usage
    self.summary = summary
  }
}
