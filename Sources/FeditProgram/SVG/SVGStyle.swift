import FeditPixels
import FeditPlan
import FeditSyntax

/// The properties of SVG that decide what is drawn, as they are inherited from element to element.
struct SVGStyle {
  var fill = SVGDrawing.Paint.color(RGB8(red: 0, green: 0, blue: 0))
  var stroke = SVGDrawing.Paint.none
  var width = 1.0
  var fillOpacity = 1.0
  var strokeOpacity = 1.0
  /// Of the element and all groups around it, layers not counted.
  var opacity = 1.0
  var isEvenOdd = false
  var isVisible = true
  /// Whether nothing inside is drawn: `display: none`.
  var isLeftOut = false
  /// Why what is inside can't be drawn: a clip path, a mask, a filter, dashes, a marker.
  var obstacle: (property: String, mend: String)?

  /// The style of an element inside.
  ///
  /// - Parameters:
  ///   - attributes: the element's.
  ///   - isLayer: whether it is a layer, which may be hidden or pale while someone draws in another.
  /// - Returns: what holds inside.
  /// - Throws: `SVGDrawing.Problem` where a value can't be read.
  func inside(_ attributes: [String: String], isLayer: Bool) throws(SVGDrawing.Problem) -> SVGStyle {
    var style = self
    var values: [(name: String, value: String)] = []
    for name in Self.properties { if let value = attributes[name] { values.append((name, value)) } }
    for declaration in (attributes["style"] ?? "").split(separator: ";") {
      guard let colon = declaration.firstIndex(of: ":") else { continue }
      values.append(
        (trimmed(declaration[..<colon]), trimmed(declaration[declaration.index(after: colon)...])))
    }
    for (name, value) in values where value != "inherit" {
      try style.set(name, value.replacing("!important", with: ""), isLayer: isLayer)
    }
    return style
  }

  /// Presentation attributes, in the order in which they are looked at.
  private static let properties = [
    "fill", "stroke", "stroke-width", "fill-opacity", "stroke-opacity", "opacity", "fill-rule", "visibility",
    "display", "clip-path", "mask", "filter", "stroke-dasharray", "marker", "marker-start", "marker-mid",
    "marker-end",
  ]

  private mutating func set(_ name: String, _ value: String, isLayer: Bool) throws(SVGDrawing.Problem) {
    let value = trimmed(Substring(value))
    switch name {
    case "fill": fill = try SVGStyle.paint(value)
    case "stroke": stroke = try SVGStyle.paint(value)
    case "stroke-width": width = try SVGLength.parse(value, "stroke-width")
    case "fill-opacity": fillOpacity = try Self.opacity(value)
    case "stroke-opacity": strokeOpacity = try Self.opacity(value)
    case "opacity": if !isLayer { opacity *= try Self.opacity(value) }
    case "fill-rule": isEvenOdd = value == "evenodd"
    case "visibility": isVisible = isLayer || value == "visible"
    case "display": if value == "none", !isLayer { isLeftOut = true }
    case "clip-path", "mask", "filter":
      if value != "none" { obstacle = (name, "release it, or leave it away") }
    case "stroke-dasharray":
      if value != "none" { obstacle = (name, "in Inkscape: Path > Stroke to Path") }
    case "marker", "marker-start", "marker-mid", "marker-end":
      if value != "none" { obstacle = (name, "in Inkscape: Path > Object to Path") }
    default: break
    }
  }

  private static func opacity(_ value: String) throws(SVGDrawing.Problem) -> Double {
    let isShare = value.hasSuffix("%")
    guard let number = Double(isShare ? String(value.dropLast()) : value), number.isFinite else {
      throw SVGDrawing.Problem(message: "'\(SVGStyle.shown(value))' is no opacity")
    }
    return min(max(isShare ? number / 100 : number, 0), 1)
  }

  /// A paint; what is none of the colours that CSS has names and digits for is kept as it is written.
  private static func paint(_ value: String) throws(SVGDrawing.Problem) -> SVGDrawing.Paint {
    let text = value.lowercased()
    switch text {
    case "none", "transparent": return .none
    case "currentcolor": return .color(RGB8(red: 0, green: 0, blue: 0))
    default: break
    }
    if let color = Colors.named[text] { return .color(color) }
    if text.hasPrefix("#"), let number = UInt32(text.dropFirst(), radix: 16) {
      func byte(_ shift: Int) -> UInt8 { UInt8(number >> shift & 255) }
      func digit(_ shift: Int) -> UInt8 { UInt8(number >> shift & 15) * 17 }
      if text.utf8.count == 7 { return .color(RGB8(red: byte(16), green: byte(8), blue: byte(0))) }
      if text.utf8.count == 4 { return .color(RGB8(red: digit(8), green: digit(4), blue: digit(0))) }
    }
    if text.hasPrefix("rgb("), text.hasSuffix(")") {
      let parts = text.dropFirst(4).dropLast().split { $0 == "," || $0.isWhitespace }
      let numbers = parts.compactMap { part in
        part.hasSuffix("%") ? Double(part.dropLast()).map { $0 * 2.55 } : Double(part)
      }
      if numbers.count == 3, parts.count == 3 {
        return .color(Colors.clipped(numbers[0] / 255, numbers[1] / 255, numbers[2] / 255))
      }
    }
    return .other(shown(value))
  }

  /// A value for a message: short, and on one line.
  static func shown(_ value: String) -> String { escapingControlCharacters(String(value.prefix(60))) }

  /// What of a paint is seen.
  func seen(_ paint: SVGDrawing.Paint, _ ownOpacity: Double) -> SVGDrawing.Paint {
    isVisible && ownOpacity * opacity > 0.5 ? paint : .none
  }
}

/// Lengths in user units, 96 of which are an inch.
enum SVGLength {
  private static let units: [(name: String, factor: Double)] = [
    ("px", 1), ("mm", 96 / 25.4), ("cm", 96 / 2.54), ("in", 96), ("pt", 4.0 / 3), ("pc", 16),
  ]

  static func parse(_ text: String, _ what: String) throws(SVGDrawing.Problem) -> Double {
    let text = trimmed(Substring(text))
    let unit = units.first { text.hasSuffix($0.name) }
    let digits = unit.map { text.dropLast($0.name.count) } ?? Substring(text)
    guard let number = Double(digits), number.isFinite else {
      throw SVGDrawing.Problem(
        message: "'\(SVGStyle.shown(text))' is no length for '\(what)'",
        hints: ["lengths are numbers, alone or in px, mm, cm, in, pt or pc"])
    }
    let value = number * (unit?.factor ?? 1)
    guard abs(value) <= Limits.magnitude else {
      throw SVGDrawing.Problem(message: "'\(what)' is larger than a million")
    }
    return value
  }
}

/// Without the white space around it.
func trimmed(_ text: Substring) -> String {
  let start = text.drop { $0.isWhitespace }
  return String(start.reversed().drop { $0.isWhitespace }.reversed())
}
