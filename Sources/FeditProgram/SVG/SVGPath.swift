import FeditPlan

/// SVG path data (SVG 2, section 9.3) as a path; arcs become cubic Béziers.
enum SVGPath {
  /// What is wrong with path data, and at which character from 0.
  struct Problem: Error {
    var message: String
    var offset: Int
  }

  static func parse(_ text: String, limit: Int) throws(Problem) -> PlanShape {
    var reader = Reader(bytes: Array(text.utf8))
    var elements: [PathElement] = []
    var current = Point(0, 0)
    var start = Point(0, 0)
    var control: Point?
    var quadratic: Point?
    var command: UInt8 = 0
    reader.skipSpace()
    guard !reader.isAtEnd else { throw Problem(message: "path data is empty", offset: 0) }
    while !reader.isAtEnd {
      guard elements.count < limit else {
        throw Problem(message: "path data has more than \(limit) pieces", offset: reader.position)
      }
      let place = reader.position
      if let letter = reader.command() {
        command = letter
      } else if command == 0 || command | 0x20 == UInt8(ascii: "z") {
        throw Problem(message: "path data expects a command such as M, L or C here", offset: place)
      }
      if elements.isEmpty, command | 0x20 != UInt8(ascii: "m") {
        throw Problem(message: "path data begins with M", offset: place)
      }
      let relative = command & 0x20 != 0
      func absolute(_ p: Point) -> Point { relative ? Point(current.x + p.x, current.y + p.y) : p }
      // After Z a drawing command goes on from the subpath's start.
      if command | 0x20 != UInt8(ascii: "m"), command | 0x20 != UInt8(ascii: "z"),
        case .close? = elements.last
      {
        elements.append(.move(start))
      }
      var nextControl: Point?
      var nextQuadratic: Point?
      switch command | 0x20 {
      case UInt8(ascii: "m"):
        current = absolute(try reader.point())
        start = current
        elements.append(.move(current))
        // Further pairs are lines.
        command = relative ? UInt8(ascii: "l") : UInt8(ascii: "L")
      case UInt8(ascii: "l"):
        current = absolute(try reader.point())
        elements.append(.line(current))
      case UInt8(ascii: "h"):
        let x = try reader.number()
        current = Point(relative ? current.x + x : x, current.y)
        elements.append(.line(current))
      case UInt8(ascii: "v"):
        let y = try reader.number()
        current = Point(current.x, relative ? current.y + y : y)
        elements.append(.line(current))
      case UInt8(ascii: "c"):
        let a = absolute(try reader.point())
        let b = absolute(try reader.point())
        current = absolute(try reader.point())
        elements.append(.curve(a, b, current))
        nextControl = b
      case UInt8(ascii: "s"):
        let a = control.map { Point(2 * current.x - $0.x, 2 * current.y - $0.y) } ?? current
        let b = absolute(try reader.point())
        current = absolute(try reader.point())
        elements.append(.curve(a, b, current))
        nextControl = b
      case UInt8(ascii: "q"), UInt8(ascii: "t"):
        let q: Point
        if command | 0x20 == UInt8(ascii: "q") {
          q = absolute(try reader.point())
        } else {
          q = quadratic.map { Point(2 * current.x - $0.x, 2 * current.y - $0.y) } ?? current
        }
        let end = absolute(try reader.point())
        func third(_ p: Point) -> Point { Point(p.x + 2 * (q.x - p.x) / 3, p.y + 2 * (q.y - p.y) / 3) }
        elements.append(.curve(third(current), third(end), end))
        current = end
        nextQuadratic = q
      case UInt8(ascii: "a"):
        let radii = try reader.point()
        let turn = try reader.number()
        let large = try reader.flag()
        let sweep = try reader.flag()
        let end = absolute(try reader.point())
        elements += arc(from: current, to: end, radii: radii, turn: turn, large: large, sweep: sweep)
        current = end
      case UInt8(ascii: "z"):
        elements.append(.close)
        current = start
      default:
        throw Problem(message: "'\(UnicodeScalar(command))' is no command of path data", offset: place)
      }
      control = nextControl
      quadratic = nextQuadratic
      reader.skipSpace()
      if let comma = reader.danglingComma {
        throw Problem(message: "no number follows this ','", offset: comma)
      }
    }
    // Filled by the non-zero rule, which closes what was left open; a sketch draws no line there.
    return .path(Path(elements: elements, isClosed: true))
  }

  /// A list of numbers, separated as in path data.
  static func numbers(_ text: String) throws(Problem) -> [Double] {
    var reader = Reader(bytes: Array(text.utf8))
    var result: [Double] = []
    reader.skipSpace()
    while !reader.isAtEnd {
      result.append(try reader.number())
      reader.skipSpace()
    }
    return result
  }

  /// Lengths below this are nothing, in any unit a script uses.
  private static let tiniest = 1e-9

  /// SVG 2, appendix B.2.4: from end points to centre.
  private static func arc(
    from p: Point, to q: Point, radii: Point, turn: Double, large: Bool, sweep: Bool
  ) -> [PathElement] {
    var rx = abs(radii.x)
    var ry = abs(radii.y)
    guard p != q else { return [] }
    // A radius or a distance whose square vanishes has no centre to compute: what is drawn is a straight line.
    guard rx > tiniest, ry > tiniest, Shapes.distance(p, q) > tiniest else { return [.line(q)] }
    let c = cosine(turn)
    let s = sine(turn)
    let half = Point((p.x - q.x) / 2, (p.y - q.y) / 2)
    let x = c * half.x + s * half.y
    let y = -s * half.x + c * half.y
    let excess = x * x / (rx * rx) + y * y / (ry * ry)
    if excess > 1 {
      rx *= excess.squareRoot()
      ry *= excess.squareRoot()
    }
    let denominator = rx * rx * y * y + ry * ry * x * x
    let root =
      (max(0, rx * rx * ry * ry - denominator) / denominator).squareRoot() * (large == sweep ? -1 : 1)
    let cx = root * rx * y / ry
    let cy = -root * ry * x / rx
    let center = Point(c * cx - s * cy + (p.x + q.x) / 2, s * cx + c * cy + (p.y + q.y) / 2)
    let from = arcTangent((y - cy) / ry, (x - cx) / rx)
    var delta = arcTangent((-y - cy) / ry, (-x - cx) / rx) - from
    if sweep, delta < 0 { delta += 360 }
    if !sweep, delta > 0 { delta -= 360 }
    let map = Affine.scale(rx, ry).then(Affine(a: c, b: s, c: -s, d: c, tx: center.x, ty: center.y))
    guard case .path(let path) = Shapes.arc(Point(0, 0), 1, from: from, to: from + delta) else { return [] }
    var elements = Array(path.transformed(by: map).elements.dropFirst())
    // The end is where it was given, not where rounding leaves it.
    if case .curve(let a, let b, _)? = elements.last { elements[elements.count - 1] = .curve(a, b, q) }
    return elements
  }

  private struct Reader {
    let bytes: [UInt8]
    var position = 0
    private var isBehindCommand = false

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { position >= bytes.count }

    mutating func skipSpace() {
      while position < bytes.count, [0x20, 0x09, 0x0A, 0x0C, 0x0D].contains(bytes[position]) { position += 1 }
    }

    /// Passes over what may stand before a number: white space and, behind another number, one comma.
    mutating func skipSeparators() {
      skipSpace()
      defer { isBehindCommand = false }
      guard !isBehindCommand, position < bytes.count, bytes[position] == UInt8(ascii: ",") else { return }
      position += 1
      skipSpace()
    }

    /// The place of a comma at the position that no number follows.
    var danglingComma: Int? {
      guard position < bytes.count, bytes[position] == UInt8(ascii: ",") else { return nil }
      var next = self
      next.position += 1
      next.skipSpace()
      return next.isAtEnd || next.isAtCommand ? position : nil
    }

    var isAtCommand: Bool {
      guard position < bytes.count else { return false }
      return bytes[position] | 0x20 >= UInt8(ascii: "a") && bytes[position] | 0x20 <= UInt8(ascii: "z")
    }

    mutating func command() -> UInt8? {
      guard isAtCommand else { return nil }
      let byte = bytes[position]
      position += 1
      skipSpace()
      isBehindCommand = true
      return byte
    }

    mutating func point() throws(Problem) -> Point {
      let x = try number()
      return Point(x, try number())
    }

    mutating func flag() throws(Problem) -> Bool {
      skipSeparators()
      guard position < bytes.count, bytes[position] == 0x30 || bytes[position] == 0x31 else {
        throw Problem(message: "path data expects 0 or 1 here", offset: position)
      }
      position += 1
      return bytes[position - 1] == 0x31
    }

    mutating func number() throws(Problem) -> Double {
      skipSeparators()
      let start = position
      func digits() {
        while position < bytes.count, bytes[position] >= 0x30, bytes[position] <= 0x39 { position += 1 }
      }
      if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D { position += 1 }
      digits()
      if position < bytes.count, bytes[position] == 0x2E {
        position += 1
        digits()
      }
      if position < bytes.count, bytes[position] | 0x20 == 0x65 {
        let mark = position
        position += 1
        if position < bytes.count, bytes[position] == 0x2B || bytes[position] == 0x2D { position += 1 }
        let before = position
        digits()
        if position == before { position = mark }
      }
      guard let value = Double(String(decoding: bytes[start..<position], as: UTF8.self)),
        value.isFinite, abs(value) <= Limits.magnitude
      else { throw Problem(message: "path data expects a number here", offset: start) }
      return value
    }
  }
}
