import FeditPlan

/// SVG's basic shapes as path data (SVG 2, chapter 10).
enum SVGShapes {
  /// The path data of an element.
  ///
  /// - Returns: empty where nothing is drawn; nil for an element that is no shape.
  /// - Throws: `SVGDrawing.Problem` where an attribute can't be read.
  static func data(_ name: String, _ attributes: [String: String]) throws(SVGDrawing.Problem) -> String? {
    func length(_ key: String) throws(SVGDrawing.Problem) -> Double {
      guard let text = attributes[key], text != "auto" else { return 0 }
      return try SVGLength.parse(text, key)
    }
    switch name {
    case "path": return attributes["d"] ?? ""
    case "line":
      return "M \(try length("x1")) \(try length("y1")) L \(try length("x2")) \(try length("y2"))"
    case "polyline", "polygon": return try poly(attributes["points"] ?? "", isClosed: name == "polygon")
    case "circle":
      let radius = try length("r")
      return ellipse(try length("cx"), try length("cy"), radius, radius)
    case "ellipse":
      let rx = try length(attributes["rx"] == nil ? "ry" : "rx")
      return ellipse(
        try length("cx"), try length("cy"), rx, try length(attributes["ry"] == nil ? "rx" : "ry"))
    case "rect":
      let rx = try length(attributes["rx"] == nil ? "ry" : "rx")
      let ry = try length(attributes["ry"] == nil ? "rx" : "ry")
      return rect(
        try length("x"), try length("y"), try length("width"), try length("height"), rx, ry)
    default: return nil
    }
  }

  private static func poly(_ text: String, isClosed: Bool) throws(SVGDrawing.Problem) -> String {
    let numbers: [Double]
    do throws(SVGPath.Problem) {
      numbers = try SVGPath.numbers(text)
    } catch {
      throw SVGDrawing.Problem(message: "its points can't be read: \(error.message)")
    }
    guard numbers.count >= 2 else { return "" }
    guard numbers.count.isMultiple(of: 2) else {
      throw SVGDrawing.Problem(message: "its points have an odd number of coordinates")
    }
    return "M " + numbers.map { "\($0)" }.joined(separator: " ") + (isClosed ? " Z" : "")
  }

  private static func ellipse(_ x: Double, _ y: Double, _ rx: Double, _ ry: Double) -> String {
    guard rx > 0, ry > 0 else { return "" }
    return "M \(x + rx) \(y) A \(rx) \(ry) 0 0 1 \(x - rx) \(y) A \(rx) \(ry) 0 0 1 \(x + rx) \(y) Z"
  }

  private static func rect(
    _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ rx: Double, _ ry: Double
  ) -> String {
    guard width > 0, height > 0 else { return "" }
    let (rx, ry) = (min(max(rx, 0), width / 2), min(max(ry, 0), height / 2))
    guard rx > 0, ry > 0 else { return "M \(x) \(y) H \(x + width) V \(y + height) H \(x) Z" }
    func arc(_ toX: Double, _ toY: Double) -> String { "A \(rx) \(ry) 0 0 1 \(toX) \(toY)" }
    let (right, bottom) = (x + width, y + height)
    return
      "M \(x + rx) \(y) H \(right - rx) \(arc(right, y + ry)) V \(bottom - ry) \(arc(right - rx, bottom))"
      + " H \(x + rx) \(arc(x, bottom - ry)) V \(y + ry) \(arc(x + rx, y)) Z"
  }
}

/// SVG's list of transformations (SVG 2, chapter 8).
enum SVGTransform {
  static func parse(_ text: String) throws(SVGDrawing.Problem) -> Affine {
    var result = Affine.identity
    var rest = Substring(text)
    while true {
      rest = rest.drop { $0.isWhitespace || $0 == "," }
      if rest.isEmpty { return result }
      guard let open = rest.firstIndex(of: "("), let close = rest[open...].firstIndex(of: ")") else {
        throw SVGDrawing.Problem(message: "the transform '\(SVGStyle.shown(text))' can't be read")
      }
      let name = trimmed(rest[..<open])
      let numbers = (try? SVGPath.numbers(String(rest[rest.index(after: open)..<close]))) ?? []
      guard let map = map(name, numbers) else {
        throw SVGDrawing.Problem(message: "the transform '\(SVGStyle.shown(text))' can't be read")
      }
      // What is written first is done last.
      result = map.then(result)
      rest = rest[rest.index(after: close)...]
    }
  }

  private static func map(_ name: String, _ n: [Double]) -> Affine? {
    switch (name, n.count) {
    case ("matrix", 6): return Affine(a: n[0], b: n[1], c: n[2], d: n[3], tx: n[4], ty: n[5])
    case ("translate", 1): return .translation(n[0], 0)
    case ("translate", 2): return .translation(n[0], n[1])
    case ("scale", 1): return .scale(n[0], n[0])
    case ("scale", 2): return .scale(n[0], n[1])
    case ("rotate", 1): return Affine.rotation(n[0], about: Point(0, 0))
    case ("rotate", 3): return Affine.rotation(n[0], about: Point(n[1], n[2]))
    case ("skewX", 1), ("skewY", 1):
      let c = cosine(n[0])
      guard c != 0 else { return nil }
      let slope = sine(n[0]) / c
      return Affine(a: 1, b: name == "skewY" ? slope : 0, c: name == "skewX" ? slope : 0, d: 1, tx: 0, ty: 0)
    default: return nil
    }
  }
}
