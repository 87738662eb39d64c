import FeditImage
import FeditPixels
import FeditPlan
import FeditProgram
import FeditRaster
import FeditText
import Foundation

/// Edits as an SVG file with Inkscape's layers `mask`, `sketch` and `color` over the photo, which `svg("FILE")` draws again.
///
/// Strokes are paths in photo pixels, lines with their pens, areas with their colours. SVG has no path for what an
/// intersection, a difference or `erase` leaves: there the outlines of the pixels stand, which cover the same pixels.
struct VectorLayers {
  /// Whether a file is written in this format, by its name.
  static func isName(_ name: String) -> Bool { name.lowercased().hasSuffix(".svg") }

  private let plan: Plan
  private var text = ""

  /// - Throws: `UserError` where an edit draws pictures; `PictureError`, `RasterError`.
  static func file(of edits: [PlanEdit], in plan: Plan, photo: Picture) throws -> [UInt8] {
    var writer = VectorLayers(plan: plan)
    let (width, height) = (plan.photo.width, plan.photo.height)
    writer.text = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"
       xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape"
       xmlns:sodipodi="http://sodipodi.sourceforge.net/DTD/sodipodi-0.dtd" xmlns:fedit="urn:fedit:svg"
       width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)">

      """
    let data = Data(try PNGFile.encode(photo)).base64EncodedString()
    writer.layer("photo", "sodipodi:insensitive=\"true\"") {
      $0.text +=
        "<image width=\"\(width)\" height=\"\(height)\" preserveAspectRatio=\"none\""
        + " xlink:href=\"data:image/png;base64,\(data)\"/>\n"
    }
    for edit in edits {
      if edits.count == 1 {
        try writer.layers(of: edit)
      } else {
        try writer.layer(edit.name) { try $0.layers(of: edit) }
      }
    }
    writer.text += "</svg>\n"
    return Array(writer.text.utf8)
  }

  private init(plan: Plan) { self.plan = plan }

  private mutating func layer(
    _ name: String, _ attributes: String = "", _ body: (inout VectorLayers) throws -> Void
  ) rethrows {
    text += "<g inkscape:groupmode=\"layer\" inkscape:label=\"\(markupSafe(name))\""
    text += (attributes.isEmpty ? "" : " ") + attributes + ">\n"
    try body(&self)
    text += "</g>\n"
  }

  private mutating func layers(of edit: PlanEdit) throws {
    for (layer, attributes) in [
      (PlanLayer.color, ""), (.mask, "style=\"opacity:0.6\""), (.sketch, ""),
    ] {
      let strokes = edit.strokes.filter { $0.layer == layer }
      for case .image(let file, _) in strokes.map(\.content) {
        throw UserError(
          .data,
          "edit \"\(terminalSafe(edit.name))\" draws the picture '\(terminalSafe(file.name))', which is no path",
          hints: ["write the layers as OpenRaster (.ora) or into a folder"])
      }
      try self.layer(layer.rawValue, attributes) { writer in
        if strokes.contains(where: \.isErase) {
          try writer.pixels(of: strokes, edit)
        } else {
          for stroke in strokes { try writer.add(stroke, edit) }
        }
      }
    }
  }

  // MARK: Paths

  private mutating func add(_ stroke: PlanStroke, _ edit: PlanEdit) throws {
    guard case .shape(let shape) = stroke.content else { return }
    let paint = stroke.color.map(colorText) ?? (stroke.layer == .mask ? "#ff0000" : "#000000")
    if stroke.layer == .sketch {
      guard case .path(let path) = shape else { return try pixels(of: [stroke], edit) }
      line(path, stroke, paint)
    } else if isPlain(shape) {
      area(shape, stroke, paint)
    } else {
      try pixels(of: [stroke], edit)
    }
  }

  /// Whether a filled shape is nothing but paths, some of them with a line around them.
  private func isPlain(_ shape: PlanShape) -> Bool {
    switch shape {
    case .path: true
    case .union(let a, let b): isPlain(a) && isPlain(b)
    case .grown(.path(let path), let radius, _): path.isClosed && radius > 0
    default: false
    }
  }

  private mutating func area(_ shape: PlanShape, _ stroke: PlanStroke, _ paint: String) {
    switch shape {
    case .union(let a, let b):
      area(a, stroke, paint)
      area(b, stroke, paint)
    case .grown(.path(let path), let radius, let pen):
      let brush = PlanStroke.Brush(width: 2 * radius, pen: pen)
      // A line around it, drawn first, as the shape's own pen does.
      write(closed(path), brush, "fill=\"none\" stroke=\"\(paint)\"", stroke)
      write(path, nil, "fill=\"\(paint)\"", stroke)
    case .path(let path) where path.isClosed: write(path, nil, "fill=\"\(paint)\"", stroke)
    case .path(let path): line(path, stroke, paint)
    default: break
    }
  }

  private mutating func line(_ path: Path, _ stroke: PlanStroke, _ paint: String) {
    // A sketch outlines areas, which look like lines here.
    let kind = stroke.layer == .sketch ? " fedit:area=\"\(path.isClosed)\"" : ""
    write(
      path, stroke.brush ?? standardBrush(stroke.layer), "fill=\"none\" stroke=\"\(paint)\"\(kind)", stroke)
  }

  /// The pen where none is written.
  private func standardBrush(_ layer: PlanLayer) -> PlanStroke.Brush {
    let side = plan.region.side
    let width =
      switch layer {
      case .mask, .recolor, .heal, .warp: side * Rasterizer.maskBrush
      case .color: side * Rasterizer.colorBrush
      case .sketch: side / Double(plan.region.size)
      }
    return PlanStroke.Brush(width: width, pen: .identity)
  }

  private mutating func write(
    _ path: Path, _ brush: PlanStroke.Brush?, _ paint: String, _ stroke: PlanStroke
  ) {
    var map = Affine.identity
    var width = brush?.width ?? 0
    if let pen = brush?.pen {
      if pen.b == 0, pen.c == 0, pen.a == pen.d, pen.a > 0 { width *= pen.a } else { map = pen }
    }
    let data = self.data(path.elements, map.inverse ?? .identity)
    text += "<path d=\"\(data)\" \(paint)"
    if brush != nil {
      text += " stroke-width=\"\(numberText(width))\" stroke-linecap=\"round\" stroke-linejoin=\"round\""
    }
    if stroke.layer == .sketch, stroke.brush != nil { text += " fedit:brush=\"\(numberText(width))\"" }
    if map != .identity {
      let numbers = [map.a, map.b, map.c, map.d].map(numberText).joined(separator: " ")
      text += " transform=\"matrix(\(numbers) 0 0)\""
    }
    if let label = stroke.label { text += " inkscape:label=\"\(markupSafe(label))\"" }
    text += "/>\n"
  }

  private func data(_ elements: [PathElement], _ map: Affine) -> String {
    elements.map { element in
      let places = element.points.map { map($0) }.map { "\(numberText($0.x)) \(numberText($0.y))" }
      return ([element.letter] + places).joined(separator: " ")
    }.joined(separator: " ")
  }

  /// A path with all its parts closed.
  private func closed(_ path: Path) -> Path {
    var elements: [PathElement] = []
    for element in path.elements {
      if case .move = element, let last = elements.last, last != .close { elements.append(.close) }
      elements.append(element)
    }
    if let last = elements.last, last != .close { elements.append(.close) }
    return Path(elements: elements, isClosed: path.isClosed)
  }

  // MARK: Pixels

  /// What strokes of one layer come to, as outlines of its pixels.
  private mutating func pixels(of strokes: [PlanStroke], _ edit: PlanEdit) throws {
    guard let first = strokes.first else { return }
    var alone = edit
    alone.strokes = strokes
    if first.layer == .mask {
      let mask = try Rasterizer.wholeMask(of: alone, pens: plan.region, photo: plan.photo, images: [:])
      let map = Affine.translation(Double(mask.x), Double(mask.y))
      let bitmap = Bitmap(width: mask.width, height: mask.height) { mask.pixels[$0] != 0 }
      return outlines(bitmap, map, "#ff0000", first)
    }
    // In generator pixels where there is one square, which then sees the same; else in the photo's.
    let squares = edit.squares(in: plan)
    let side = max(plan.photo.width, plan.photo.height)
    let region =
      squares.count == 1
      ? squares[0] : PlanRegion(toPhoto: .identity, side: Double(side), size: side, origin: .wholePhoto)
    let layers = try Rasterizer.layers(
      of: alone, in: region, photo: plan.photo, images: [:], mask: .empty, pens: plan.region)
    if first.layer == .sketch {
      let bitmap = Bitmap(width: region.size, height: region.size) { layers.sketch[$0] != 0 }
      return lines(bitmap, region.toPhoto, first)
    }
    var colors: [RGB8] = []
    func color(_ index: Int) -> RGB8 {
      RGB8(
        red: layers.color[3 * index], green: layers.color[3 * index + 1], blue: layers.color[3 * index + 2])
    }
    for index in layers.colorSet.indices where layers.colorSet[index] != 0 && color(index) != colors.last {
      if !colors.contains(color(index)) { colors.append(color(index)) }
    }
    for tint in colors {
      let bitmap = Bitmap(width: region.size, height: region.size) {
        layers.colorSet[$0] != 0 && color($0) == tint
      }
      outlines(bitmap, region.toPhoto, colorText(tint), first)
    }
  }

  private mutating func outlines(_ bitmap: Bitmap, _ map: Affine, _ paint: String, _ stroke: PlanStroke) {
    let parts = bitmap.outlines()
    guard !parts.isEmpty else { return }
    let data = parts.map { "M " + $0.map { "\($0.x) \($0.y)" }.joined(separator: " ") + " Z" }
    write(data.joined(separator: " "), map, "fill=\"\(paint)\"", stroke)
  }

  private mutating func lines(_ bitmap: Bitmap, _ map: Affine, _ stroke: PlanStroke) {
    let data = bitmap.lines().map { "M \($0.0.x).5 \($0.0.y).5 L \($0.1.x).5 \($0.1.y).5" }
    guard !data.isEmpty else { return }
    write(
      data.joined(separator: " "), map, "fill=\"none\" stroke=\"#000000\" stroke-linecap=\"round\"", stroke)
  }

  private mutating func write(_ data: String, _ map: Affine, _ paint: String, _ stroke: PlanStroke) {
    let numbers = [map.a, map.b, map.c, map.d, map.tx, map.ty].map(numberText).joined(separator: " ")
    text += "<path d=\"\(data)\" \(paint) transform=\"matrix(\(numbers))\""
    if let label = stroke.label { text += " inkscape:label=\"\(markupSafe(label))\"" }
    text += "/>\n"
  }
}

/// Set and unset pixels.
private struct Bitmap {
  struct Place {
    var x: Int
    var y: Int
  }

  let width: Int
  let height: Int
  private let pixels: [Bool]

  init(width: Int, height: Int, _ isSet: (Int) -> Bool) {
    self.width = width
    self.height = height
    pixels = (0..<width * height).map(isSet)
  }

  private func isSet(_ x: Int, _ y: Int) -> Bool {
    x >= 0 && y >= 0 && x < width && y < height && pixels[y * width + x]
  }

  /// The borders of what is set, corner by corner; borders of holes run the other way, so that the non-zero rule leaves
  /// them out.
  func outlines() -> [[Place]] {
    // Which ways a border leaves a corner, with the set pixel on its right: one bit each for right, down, left, up.
    let columns = width + 1
    var ways = [UInt8](repeating: 0, count: columns * (height + 1))
    for y in 0..<height {
      for x in 0..<width where isSet(x, y) {
        if !isSet(x, y - 1) { ways[y * columns + x] |= 1 }
        if !isSet(x + 1, y) { ways[y * columns + x + 1] |= 2 }
        if !isSet(x, y + 1) { ways[(y + 1) * columns + x + 1] |= 4 }
        if !isSet(x - 1, y) { ways[(y + 1) * columns + x] |= 8 }
      }
    }
    let steps = [1, columns, -1, -columns]
    var result: [[Place]] = []
    for start in ways.indices {
      while ways[start] != 0 {
        var corner = start
        var way = ways[start].trailingZeroBitCount
        var corners: [Place] = []
        var last: Int?
        repeat {
          // To the right first, so that pixels that touch at a corner are apart.
          if let last {
            way = [1, 0, 3].map { (last + $0) & 3 }.first { ways[corner] >> $0 & 1 != 0 } ?? way
          }
          if way != last { corners.append(Place(x: corner % columns, y: corner / columns)) }
          ways[corner] &= ~(1 << way)
          corner += steps[way]
          last = way
        } while corner != start
        result.append(corners)
      }
    }
    return result
  }

  /// Straight lines from pixel to pixel that cover what is set: along rows and columns, diagonals where nothing else
  /// joins two pixels, and single pixels.
  func lines() -> [(Place, Place)] {
    var result: [(Place, Place)] = []
    func run(_ x: Int, _ y: Int, _ dx: Int, _ dy: Int, _ joins: (Int, Int) -> Bool) -> Bool {
      guard joins(x, y) else { return false }
      if joins(x - dx, y - dy) { return true }
      var (endX, endY) = (x, y)
      while joins(endX, endY) { (endX, endY) = (endX + dx, endY + dy) }
      result.append((Place(x: x, y: y), Place(x: endX, y: endY)))
      return true
    }
    for y in 0..<height {
      for x in 0..<width where isSet(x, y) {
        var isJoined = isSet(x - 1, y) || isSet(x, y - 1)
        isJoined = run(x, y, 1, 0) { isSet($0, $1) && isSet($0 + 1, $1) } || isJoined
        isJoined = run(x, y, 0, 1) { isSet($0, $1) && isSet($0, $1 + 1) } || isJoined
        for dx in [1, -1] {
          let joins = { (x: Int, y: Int) in
            isSet(x, y) && isSet(x + dx, y + 1) && !isSet(x + dx, y) && !isSet(x, y + 1)
          }
          isJoined = run(x, y, dx, 1, joins) || joins(x - dx, y - 1) || isJoined
        }
        if !isJoined { result.append((Place(x: x, y: y), Place(x: x, y: y))) }
      }
    }
    return result
  }
}

extension EditSession {
  /// A plan's strokes as an SVG file, see ``VectorLayers``.
  ///
  /// - Parameters:
  ///   - edits: Those that are drawn.
  ///   - plan: What they stand in.
  /// - Returns: The file's bytes.
  /// - Throws: `UserError` where the photo can't be read or an edit draws a picture.
  func vectorLayers(of edits: [PlanEdit], in plan: Plan) throws -> [UInt8] {
    try drawing { try VectorLayers.file(of: edits, in: plan, photo: try photo(of: plan)) }
  }
}
