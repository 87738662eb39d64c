/// Random programs without errors, for tests of what has to hold for all of them.
///
/// The same seed gives the same program. Layout is random, too: spaces, comments, line breaks in brackets,
/// the order of modifiers.
public struct ProgramGenerator {
  private var random: Numbers
  private var numbers: [String] = []
  private var points: [String] = []
  private var colors: [String] = []
  private var shapes: [String] = []
  private var procedures: [String] = []
  private var count = 0
  private var isInFace = false

  public init(seed: UInt64) { random = Numbers(seed) }

  private mutating func roll(_ sides: Int) -> Int { Int(random.next() % UInt64(sides)) }
  private mutating func one(of list: [String]) -> String { list[roll(list.count)] }

  /// A whole program.
  public mutating func program() -> String {
    var text = ""
    if roll(2) == 0 { text += "fedit 1\n" }
    text += comment() + "photo\(space())\"portrait.png\"\n"
    if roll(3) == 0 { text += "canvas (\(128 + roll(900)), \(128 + roll(900)))\n" }
    text += "face eyes (98, 122),\(space())(158, 120)" + (roll(2) == 0 ? " mouth (128, 182)\n" : "\n")
    if roll(4) == 0 {
      text += "region (\(roll(50)), \(roll(50))) size 128" + (roll(2) == 0 ? " at 256\n" : "\n")
    }
    for _ in 0..<roll(4) {
      let name = fresh()
      switch roll(3) {
      case 0:
        text += "param \(name): number = \(number(1)) \"what it is\"\n"
        numbers.append(name)
      case 1:
        text += "param \(name): color=\(color(1))\n"
        colors.append(name)
      default:
        text += "let \(name)=\(point(1)) \(comment())\n"
        points.append(name)
      }
    }
    for _ in 0..<roll(3) { text += definition() }
    for number in 1...(1 + roll(3)) {
      text += comment() + "edit \"edit \(number)\" {\n"
      if roll(2) == 0 { text += "  seed \(roll(100))\n" }
      if roll(4) == 0 { text += roll(2) == 0 ? "blend none\n" : "blend feather 2\n" }
      text += "mask circle((\(60 + roll(100)), \(60 + roll(100))), \(5 + roll(30)))\n"
      text += statements(depth: 2, 1 + roll(5)) + "}\n\n\n"
      if roll(3) == 0 { text += "save \"out\(number).png\"\n" }
    }
    return text
  }

  private mutating func fresh() -> String {
    count += 1
    return "v\(count)"
  }

  private mutating func space() -> String {
    one(of: ["", " ", " ", "  "]) + (roll(12) == 0 ? "/* c */ " : " ")
  }

  private mutating func comment() -> String {
    switch roll(8) {
    case 0: "// a remark \(roll(100))\n"
    case 1: "/* one\n   two */\n"
    case 2: "\n\n"
    default: ""
    }
  }

  private mutating func definition() -> String {
    let name = fresh()
    let outer = (numbers, points, colors, shapes, procedures)
    defer { (numbers, points, colors, shapes) = (outer.0, outer.1, outer.2, outer.3) }
    if roll(2) == 0 {
      let at = fresh()
      let size = fresh()
      points.append(at)
      numbers.append(size)
      let text =
        "def \(name)(\(at): point, \(size): number = \(3 + roll(9))) {\n\(statements(depth: 1, 1 + roll(3)))}\n"
      procedures = outer.4 + [name + "|" + size]
      return text
    }
    let at = fresh()
    points.append(at)
    return "def \(name)(\(at): point) = \(shape(2))\n"
  }

  private mutating func statements(depth: Int, _ count: Int) -> String {
    let outer = (numbers, points, colors, shapes)
    defer { (numbers, points, colors, shapes) = outer }
    var text = ""
    for _ in 0..<count {
      text += comment() + one(of: ["", "  ", "\t"]) + statement(depth)
      text += one(of: ["\n", "\n", ";", " // x\n", ";\n", " /* y */\n"])
    }
    return text.hasSuffix("\n") ? text : text + "\n"
  }

  private mutating func statement(_ depth: Int) -> String {
    switch roll(depth > 0 ? 14 : 8) {
    case 0, 1, 2, 3: return stroke()
    case 4:
      let name = fresh()
      let text = "let \(name) = \(shape(2))"
      shapes.append(name)
      return text
    case 5:
      let name = fresh()
      let text = "let \(name) = \(number(2))"
      numbers.append(name)
      return text
    case 6:
      return
        "\(one(of: ["", "off "]))paint \(shape(1)) { mask grown \(1 + roll(4)); sketch; color \(color(1)) }"
        + one(of: ["", " as \"p\""])
    case 7:
      guard !procedures.isEmpty else { return stroke() }
      let parts = one(of: procedures).split(separator: "|")
      let size = roll(2) == 0 ? ", \(parts[1]): \(1 + roll(9))" : ""
      return "\(parts[0])(\(point(1))\(size))"
    case 8, 9:
      let name = fresh()
      numbers.append(name)
      let body = statements(depth: depth - 1, 1 + roll(2))
      numbers.removeAll { $0 == name }
      return "for \(name) in \(roll(3))\(one(of: ["..<", " ... "]))\(2 + roll(3)) {\n\(body)}"
    case 10:
      return "if \(number(1)) \(one(of: ["<", ">=", "=="])) \(number(1)) { \(stroke()) }"
        + (roll(2) == 0 ? " else {\n\(statements(depth: depth - 1, 1))}" : "")
    case 11:
      guard !isInFace else { return stroke() }
      isInFace = true
      defer { isInFace = false }
      let outer = points
      points += ["left_eye", "right_eye"]
      defer { points = outer }
      return "in face {\n\(statements(depth: depth - 1, 1 + roll(2)))}"
    case 12:
      return "in moved(by: \(point(0))).scaled(by: \(1 + roll(3)), about: \(point(0))) {\n"
        + "\(statements(depth: depth - 1, 1))}"
    default: return "in rotated(by: \(roll(360))deg) { \(stroke()) }"
    }
  }

  private mutating func stroke() -> String {
    let off = one(of: ["", "", "", "off "])
    if roll(8) == 0 { return "\(off)erase \(one(of: ["mask", "sketch", "color"])) \(shape(1))" }
    if roll(12) == 0 { return "\(off)mask image(\"m.png\")" }
    var modifiers = roll(3) == 0 ? ["as \"label \(roll(9))\""] : []
    let layer = one(of: ["mask", "sketch", "color"])
    var drawn = shape(2)
    if roll(3) == 0 {
      drawn = "line(\(point(1)),\(space())\(point(1)))"
      modifiers.append("brush \(1 + roll(6))")
    }
    if layer == "color" { modifiers.insert("with \(color(1))", at: roll(modifiers.count + 1)) }
    return "\(off)\(layer)\(space())\(drawn) \(modifiers.joined(separator: " "))"
  }

  private mutating func number(_ depth: Int) -> String {
    if depth > 0, roll(3) == 0 {
      switch roll(5) {
      case 0: return "(\(number(depth - 1))\(space())+ \(number(depth - 1)))"
      case 1: return "(\(number(depth - 1)) * 2)"
      case 2: return "max(\(number(depth - 1)), 3)"
      case 3: return "(if \(number(0)) < 4 then \(number(0)) else 5)"
      default: return "[\(number(0)), \(number(0))][\(roll(2))]"
      }
    }
    if !numbers.isEmpty, roll(2) == 0 { return one(of: numbers) }
    return one(of: ["1", "2.5", "3", "4", "12", "1e1", "0.5"])
  }

  private mutating func point(_ depth: Int) -> String {
    if !points.isEmpty, roll(3) == 0 { return one(of: points) }
    let x = depth > 0 && roll(3) == 0 ? number(1) : "\(roll(250))"
    return "(\(x),\(one(of: ["", " ", "\n   ", " // c\n "]))\(roll(250)).5)"
  }

  private mutating func color(_ depth: Int) -> String {
    if !colors.isEmpty, roll(2) == 0 { return one(of: colors) }
    switch roll(4) {
    case 0: return "#8B5a2b"
    case 1: return "red"
    case 2: return "rgb(\(roll(256)), \(roll(256)), 7)"
    default: return depth > 0 ? "mix(\(color(0)), #fff, 0.5)" : "#123"
    }
  }

  private mutating func shape(_ depth: Int) -> String {
    if !shapes.isEmpty, roll(3) == 0 { return one(of: shapes) }
    if depth > 0, roll(3) == 0 {
      switch roll(4) {
      case 0: return "\(shape(depth - 1)) \(one(of: ["+", "-", "&"])) \(shape(depth - 1))"
      case 1: return "(\(shape(depth - 1))).grown(\(1 + roll(3)))"
      case 2: return "(\(shape(depth - 1))).rotated(by: \(roll(90))deg, about: \(point(0)))"
      default: return "(\(shape(depth - 1))).moved(by: \(point(0)))"
      }
    }
    switch roll(6) {
    case 0: return "circle(\(point(1)), \(1 + roll(20)))"
    case 1: return "ellipse(\(point(0)), (\(1 + roll(9)), 4))"
    case 2: return "rect(\(point(0)), (9, 8)\(roll(2) == 0 ? ", round: 2" : ""))"
    case 3: return "path(\"M 1 2 L 30 40 Z\")"
    case 4:
      let points = (0..<(3 + roll(10))).map { _ in point(0) }
      return
        "\(one(of: ["curve", "polygon", "blob"]))(\(points.joined(separator: ", "))\(one(of: ["", ","])))"
    default: return "polygon([\(point(0)), (1, 2), /* last */ (3, 40)])"
    }
  }
}
