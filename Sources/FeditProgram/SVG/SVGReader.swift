import CExpat
import FeditPlan

/// Reads an SVG file by expat, element by element.
///
/// Files come from strangers: entities, which could make a small file endless, are refused, and so are deep nesting and
/// more pieces of paths than a script may draw.
final class SVGReader {
  /// Elements inside elements.
  static let depthLimit = 256
  private static let svg = "http://www.w3.org/2000/svg"
  private static let inkscape = "http://www.inkscape.org/namespaces/inkscape"
  /// The namespace of what fedit writes for itself.
  private static let fedit = "urn:fedit:svg"
  /// Between a name and its namespace; no character of either.
  private static let separator: Character = "\n"

  private struct Context {
    var style = SVGStyle()
    var map = Affine.identity
    var layers: [String] = []
  }

  private let pieceLimit: Int
  private let parser: XML_Parser
  private var contexts: [Context] = []
  /// How many elements are open inside one whose contents are not read.
  private var skipped = 0
  private var pieces = 0
  private var box: (origin: Point, size: Point)?
  private var elements: [SVGDrawing.Element] = []
  private var layers: Set<String> = []
  private var problem: SVGDrawing.Problem?

  /// Reads a file.
  ///
  /// - Parameters:
  ///   - bytes: the whole file.
  ///   - pieceLimit: the most pieces that its paths may have together.
  /// - Returns: what it draws.
  /// - Throws: `SVGDrawing.Problem`.
  static func read(_ bytes: [UInt8], pieceLimit: Int) throws(SVGDrawing.Problem) -> SVGDrawing {
    guard let reader = SVGReader(pieceLimit: pieceLimit) else {
      throw SVGDrawing.Problem(message: "there is not enough memory for it")
    }
    return try reader.read(bytes)
  }

  private init?(pieceLimit: Int) {
    guard let parser = XML_ParserCreateNS(nil, XML_Char(Self.separator.asciiValue ?? 0x0A)) else {
      return nil
    }
    self.parser = parser
    self.pieceLimit = pieceLimit
  }

  deinit { XML_ParserFree(parser) }

  private func read(_ bytes: [UInt8]) throws(SVGDrawing.Problem) -> SVGDrawing {
    XML_SetUserData(parser, Unmanaged.passUnretained(self).toOpaque())
    XML_SetElementHandler(
      parser,
      { user, name, attributes in
        guard let user, let name else { return }
        Unmanaged<SVGReader>.fromOpaque(user).takeUnretainedValue().begin(name, attributes)
      },
      { user, _ in
        guard let user else { return }
        Unmanaged<SVGReader>.fromOpaque(user).takeUnretainedValue().end()
      })
    XML_SetEntityDeclHandler(parser) { user, _, _, _, _, _, _, _, _ in
      guard let user else { return }
      Unmanaged<SVGReader>.fromOpaque(user).takeUnretainedValue().fail(
        SVGDrawing.Problem(
          message: "it declares entities, which are not read", hints: ["save it as 'Plain SVG'"]))
    }
    var status = XML_STATUS_OK
    bytes.withUnsafeBytes { all in
      // Expat counts in 32 bits.
      let step = 1 << 24
      var start = 0
      repeat {
        let count = min(step, all.count - start)
        let part = all.baseAddress.map { ($0 + start).assumingMemoryBound(to: CChar.self) }
        status = XML_Parse(parser, part, Int32(count), start + count == all.count ? 1 : 0)
        start += count
      } while start < all.count && status == XML_STATUS_OK
    }
    if let problem { throw problem }
    guard status == XML_STATUS_OK else {
      let reason = XML_ErrorString(XML_GetErrorCode(parser)).map { String(cString: $0) } ?? "unknown"
      throw SVGDrawing.Problem(message: "it is not well-formed XML: \(reason)", line: line)
    }
    guard let box else { throw SVGDrawing.Problem(message: "it is no SVG file") }
    return SVGDrawing(box: box, elements: elements, layers: layers)
  }

  private var line: Int { Int(XML_GetCurrentLineNumber(parser)) }

  private func fail(_ problem: SVGDrawing.Problem) {
    if self.problem == nil {
      self.problem = problem
      if problem.line == nil { self.problem?.line = line }
    }
    XML_StopParser(parser, XML_Bool(0))
  }

  // MARK: Elements

  private func begin(_ name: UnsafePointer<XML_Char>, _ list: UnsafeMutablePointer<UnsafePointer<XML_Char>?>?)
  {
    guard problem == nil else { return }
    guard skipped == 0 else {
      skipped += 1
      return
    }
    guard contexts.count < Self.depthLimit else {
      return fail(SVGDrawing.Problem(message: "elements lie more than \(Self.depthLimit) deep in it"))
    }
    guard let name = Self.local(String(cString: name)) else {
      skipped = 1
      return
    }
    var attributes: [String: String] = [:]
    var index = 0
    while let list, let key = list[index], let value = list[index + 1] {
      attributes[String(cString: key)] = String(cString: value)
      index += 2
    }
    do throws(SVGDrawing.Problem) {
      try begin(name, attributes)
    } catch {
      fail(error)
    }
  }

  private func end() {
    if skipped > 0 { skipped -= 1 } else { _ = contexts.popLast() }
  }

  /// A name of SVG without its namespace; nil for others.
  private static func local(_ name: String) -> String? {
    guard let mark = name.firstIndex(of: separator) else { return name }
    return name[..<mark] == svg ? String(name[name.index(after: mark)...]) : nil
  }

  private func begin(_ name: String, _ attributes: [String: String]) throws(SVGDrawing.Problem) {
    guard let outer = contexts.last else {
      guard name == "svg" else { throw SVGDrawing.Problem(message: "it is no SVG file") }
      box = try Self.box(attributes)
      var context = Context()
      context.style = try context.style.inside(attributes, isLayer: true)
      contexts.append(context)
      return
    }
    if name == "style" {
      throw SVGDrawing.Problem(
        message: "it has a style sheet, which is not read",
        hints: ["save it as 'Plain SVG', with the style in each element"])
    }
    if Self.withoutDrawing.contains(name) {
      skipped = 1
      return
    }
    var context = outer
    let label = attributes["\(Self.inkscape)\(Self.separator)label"]
    let isLayer = attributes["\(Self.inkscape)\(Self.separator)groupmode"] == "layer"
    context.style = try outer.style.inside(attributes, isLayer: isLayer)
    if context.style.isLeftOut {
      skipped = 1
      return
    }
    if let text = attributes["transform"] { context.map = try SVGTransform.parse(text).then(outer.map) }
    if isLayer, let name = label ?? attributes["id"] {
      context.layers.append(name)
      layers.insert(name)
    }
    if !["g", "a"].contains(name) {
      guard elements.count < pieceLimit else {
        throw SVGDrawing.Problem(message: "it has more than \(pieceLimit) elements")
      }
      elements.append(try element(name, attributes, context, label: label))
    }
    contexts.append(context)
  }

  /// What nothing is drawn of where it stands.
  private static let withoutDrawing: Set = [
    "defs", "symbol", "clipPath", "mask", "marker", "pattern", "linearGradient", "radialGradient", "filter",
    "metadata", "title", "desc", "script", "view", "cursor",
  ]

  private func element(
    _ name: String, _ attributes: [String: String], _ context: Context, label: String?
  ) throws(SVGDrawing.Problem) -> SVGDrawing.Element {
    let style = context.style
    var element = SVGDrawing.Element(
      layers: context.layers, path: [], map: context.map, fill: style.seen(style.fill, style.fillOpacity),
      stroke: style.width > 0 ? style.seen(style.stroke, style.strokeOpacity) : .none, width: style.width,
      pen: nil, label: label, line: line)
    if let pen = attributes["\(Self.fedit)\(Self.separator)brush"] {
      element.pen = try SVGLength.parse(pen, "fedit:brush")
    }
    element.isArea = attributes["\(Self.fedit)\(Self.separator)area"].map { $0 == "true" }
    guard let data = try SVGShapes.data(name, attributes) else {
      element.problem = SVGDrawing.Problem(
        message: "<\(name)> can't be drawn", line: line,
        hints: [Self.mends[name] ?? "in Inkscape: Path > Object to Path"])
      return element
    }
    if let obstacle = style.obstacle {
      element.problem = SVGDrawing.Problem(
        message: "'\(obstacle.property)' is not read", line: line, hints: [obstacle.mend])
      return element
    }
    guard !trimmed(Substring(data)).isEmpty else { return element }
    do throws(SVGPath.Problem) {
      guard case .path(let path) = try SVGPath.parse(data, limit: pieceLimit - pieces) else { return element }
      element.path = path.elements
      pieces += path.elements.count
    } catch {
      throw SVGDrawing.Problem(
        message: "\(error.message) (character \(error.offset + 1) of its path)", line: line)
    }
    let starts = element.path.count { if case .move = $0 { true } else { false } }
    if style.isEvenOdd, starts > 1, !element.fill.isNone {
      element.problem = SVGDrawing.Problem(
        message: "a path of several parts is filled by the even-odd rule, which is not read", line: line,
        hints: ["in Inkscape: Fill and Stroke > Fill is solid unless a subpath is counterdirectional"])
    }
    return element
  }

  private static let mends = [
    "use": "in Inkscape: Edit > Clone > Unlink Clone", "svg": "ungroup it",
    "image": "draw pictures with image(\"FILE\"); in Inkscape: Path > Trace Bitmap",
    "switch": "save it as 'Plain SVG'",
  ]

  /// What is shown: the view box, or the whole of a size without one.
  private static func box(
    _ attributes: [String: String]
  ) throws(SVGDrawing.Problem) -> (origin: Point, size: Point) {
    var numbers: [Double] = []
    if let text = attributes["viewBox"] {
      numbers = (try? SVGPath.numbers(text)) ?? []
    } else if let width = attributes["width"], let height = attributes["height"] {
      numbers = [0, 0, try SVGLength.parse(width, "width"), try SVGLength.parse(height, "height")]
    }
    guard numbers.count == 4, numbers[2] > 0, numbers[3] > 0 else {
      throw SVGDrawing.Problem(
        message: "it does not say how large it is", hints: ["give the root element a viewBox=\"0 0 W H\""])
    }
    return (Point(numbers[0], numbers[1]), Point(numbers[2], numbers[3]))
  }
}
