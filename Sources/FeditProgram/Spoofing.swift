import FeditSyntax

/// What makes a script read differently from what it says: characters that turn or hide text ("Trojan Source",
/// Boucher and Anderson 2021), and names that look like others (Unicode Technical Standard 39).
enum Spoofing {
  /// The first hidden or direction-changing character of each line, with its number.
  static func hiddenCharacters(in source: SourceText) -> [(span: Span, scalar: UInt32)] {
    let bytes = source.utf8
    var result: [(Span, UInt32)] = []
    var lastLine = -1
    var position = 0
    while position < bytes.count {
      let byte = bytes[position]
      guard byte >= 0xC2 else {
        position += 1
        continue
      }
      let length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : 2
      let end = min(position + length, bytes.count)
      defer { position = end }
      guard let scalar = String(decoding: bytes[position..<end], as: UTF8.self).unicodeScalars.first?.value,
        isHidden(scalar), position > 0 || scalar != 0xFEFF
      else { continue }
      let line = source.lineIndex(of: position)
      if line != lastLine { result.append((Span(position, end), scalar)) }
      lastLine = line
    }
    return result
  }

  /// Directional marks, embeddings, overrides and isolates; spaces without width; the soft hyphen.
  private static func isHidden(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF: true
    case 0x202A...0x202E, 0x2060...0x2064, 0x2066...0x2069: true
    default: false
    }
  }

  /// A name with letters of other scripts replaced by the Latin ones they look like; nil where it has none.
  static func latinTwin(of name: String) -> String? {
    guard name.utf8.contains(where: { $0 >= 0x80 }) else { return nil }
    var twin = ""
    for scalar in name.unicodeScalars {
      if let latin = twins[scalar] {
        twin.unicodeScalars.append(latin)
      } else {
        twin.unicodeScalars.append(scalar)
      }
    }
    return twin == name ? nil : twin
  }

  /// Letters of Cyrillic, Greek and Armenian, and the full-width ones, that common typefaces draw like Latin ones.
  private static let twins: [Unicode.Scalar: Unicode.Scalar] = {
    var result: [Unicode.Scalar: Unicode.Scalar] = [:]
    let pairs =
      "аa сc ԁd еe һh іi јj ӏl оo рp ԛq ѕs ԝw хx уy АA ВB СC ЕE НH ІI ЈJ КK МM ОO РP ЅS ТT ХX "
      + "αa ιi κk νv οo ρp υu χx γy ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX օo սu հh ոn ıi ɡg"
    for pair in pairs.split(separator: " ") {
      let scalars = Array(pair.unicodeScalars)
      result[scalars[0]] = scalars[1]
    }
    for value in UInt32(0xFF21)...0xFF5A {
      guard let wide = Unicode.Scalar(value), let latin = Unicode.Scalar(value - 0xFEE0) else { continue }
      if latin.properties.isAlphabetic { result[wide] = latin }
    }
    return result
  }()
}

extension Binder {
  /// Warns of text that a reader cannot trust his eyes about.
  func warnOfSpoofing() {
    guard module.source.utf8.contains(where: { $0 >= 0x80 }) else { return }
    for (span, scalar) in Spoofing.hiddenCharacters(in: module.source) {
      let number = String(scalar, radix: 16, uppercase: true)
      report(
        .hiddenCharacter, "invisible character U+\(number) may change how this line reads", span,
        severity: .warning, hints: [.init("remove it", edits: [.init(span, "")])])
    }
    let names = Set(uses.filter(\.isDefinition).map(\.name)).union(module.names)
    for symbol in uses where symbol.isDefinition {
      guard let twin = Spoofing.latinTwin(of: symbol.name) else { continue }
      let isTaken =
        names.contains(twin) || Builtins.functions[twin] != nil || Keyword.statements.contains(twin)
      guard isTaken else { continue }
      report(
        .lookAlikeName, "'\(symbol.name)' looks like '\(twin)' but is another name", symbol.range.span,
        severity: .warning,
        hints: [.init("write it with letters of one alphabet, or choose a name that looks different")])
    }
  }
}
