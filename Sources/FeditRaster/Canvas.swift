import CCairo
import FeditPixels
import FeditPlan

#if canImport(Glibc)
  import Glibc
#endif

/// Why something could not be drawn.
public enum RasterError: Error, Hashable, Sendable {
  /// An image that a stroke names was not given.
  case missingImage(String)
  /// The region's map has no inverse or is not finite.
  case badRegion
  /// A warp would lay the picture over itself, at this place of the photo.
  case foldedWarp(x: Int, y: Int)
  /// No memory for a picture of this size, or Cairo failed in another way.
  case cairo(String)

  /// What went wrong, in a few words.
  public var description: String {
    switch self {
    case .missingImage(let name): "the image '\(name)' was not loaded"
    case .badRegion: "the region is squeezed flat"
    case .foldedWarp(let x, let y):
      "the picture would fold over itself near (\(x), \(y))"
    case .cairo(let reason): "drawing failed: \(reason)"
    }
  }
}

/// Pixels that Cairo and our own loops draw into, without anti-aliasing: a pixel is set where its centre
/// is inside.
///
/// Coordinates are device pixels (the generator's or the photo's own); only `rect` is held. Where a canvas
/// lies does not change what is drawn on it.
final class Canvas {
  enum Format {
    /// A byte a pixel, 0 or 255.
    case mask
    /// Cairo's ARGB32: alpha 0 or 255.
    case color
  }

  /// What a pixel becomes.
  enum Ink {
    case set
    case clear
    case color(RGB8)
  }

  /// How far in pixels flattened curves may be off; Cairo's default, pinned.
  static let tolerance = 0.1
  /// Cairo's image surfaces end at 32767 pixels.
  private static let tileSide = 32_760
  /// Columns to the left that are drawn and not looked at: Cairo joins what it cuts off at a surface's left
  /// edge to what follows in the first column.
  private static let margin = 4

  private struct Tile {
    var surface: OpaquePointer
    var context: OpaquePointer
    var rect: PixelRect
  }

  let rect: PixelRect
  let format: Format
  /// Bytes from row to row.
  let stride: Int
  let bytes: UnsafeMutablePointer<UInt8>
  private let memory: UnsafeMutableRawPointer
  private var tiles: [Tile] = []

  init(_ rect: PixelRect, _ format: Format) throws(RasterError) {
    self.rect = rect
    self.format = format
    let pixelBytes = format == .mask ? 1 : 4
    stride = ((rect.width + Self.margin) * pixelBytes + 3) & ~3
    guard rect.height < Int.max / stride / 2, let memory = calloc(max(rect.height, 1), stride) else {
      throw .cairo("no memory for \(rect.width)×\(rect.height) pixels")
    }
    self.memory = memory
    bytes = memory.assumingMemoryBound(to: UInt8.self) + Self.margin * pixelBytes
    for y in Swift.stride(from: 0, to: rect.height, by: Self.tileSide) {
      for x in Swift.stride(from: 0, to: rect.width, by: Self.tileSide) {
        // Only the first tile of a row has the margin to its left.
        let margin = x == 0 ? Self.margin : 0
        let width = min(Self.tileSide, rect.width - x) + margin
        let height = min(Self.tileSide, rect.height - y)
        let surface = cairo_image_surface_create_for_data(
          bytes + y * stride + (x - margin) * pixelBytes,
          format == .mask ? CAIRO_FORMAT_A8 : CAIRO_FORMAT_ARGB32, Int32(width), Int32(height), Int32(stride))
        guard let surface, let context = cairo_create(surface) else { throw .cairo("out of memory") }
        tiles.append(
          Tile(
            surface: surface, context: context,
            rect: PixelRect(x: rect.x + x - margin, y: rect.y + y, width: width, height: height)))
        cairo_set_antialias(context, CAIRO_ANTIALIAS_NONE)
        cairo_set_tolerance(context, Self.tolerance)
        cairo_set_fill_rule(context, CAIRO_FILL_RULE_WINDING)
        cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
      }
    }
    try check()
  }

  deinit {
    for tile in tiles {
      cairo_destroy(tile.context)
      cairo_surface_finish(tile.surface)
      cairo_surface_destroy(tile.surface)
    }
    free(memory)
  }

  /// Throws where Cairo met an error since the canvas was made.
  func check() throws(RasterError) {
    for tile in tiles {
      let status = cairo_status(tile.context)
      guard status == CAIRO_STATUS_SUCCESS else {
        throw .cairo(String(cString: cairo_status_to_string(status)))
      }
    }
  }

  // MARK: Drawing with Cairo

  /// Fills a path by the non-zero rule.
  func fill(_ path: Path, _ map: Affine, _ ink: Ink) {
    let box = path.box(map)
    guard !box.isEmpty, box.touches(Box(rect)) else { return }
    if box.reach <= Clipping.reach {
      draw(box, ink) { context, x, y in
        Self.append(path, map, x, y, to: context)
        cairo_fill(context)
      }
    } else {
      let area = Box(rect).expanded(4, 4)
      let polygons = Clipping.polylines(path, map, near: area).map { line in
        Polyline(points: Clipping.polygon(line.points, in: area), isClosed: true)
      }
      draw(box, ink) { context, x, y in
        Self.append(polygons, x, y, to: context)
        cairo_fill(context)
      }
    }
  }

  /// Draws along a path with a pen, round caps and joins.
  func stroke(_ path: Path, _ map: Affine, _ pen: Pen, _ ink: Ink) {
    let box = path.box(map).expanded(pen.reachX, pen.reachY)
    guard !box.isEmpty, box.touches(Box(rect)) else { return }
    let finish = { (context: OpaquePointer) in
      var matrix = cairo_matrix_t(xx: pen.a, yx: pen.b, xy: 0, yy: pen.d, x0: 0, y0: 0)
      cairo_set_matrix(context, &matrix)
      cairo_set_line_width(context, 2)
      cairo_stroke(context)
      cairo_identity_matrix(context)
    }
    if box.reach <= Clipping.reach {
      draw(box, ink) { context, x, y in
        Self.append(path, map, x, y, to: context)
        finish(context)
      }
    } else {
      let area = Box(rect).expanded(pen.reachX + 4, pen.reachY + 4)
      let pieces = Clipping.polylines(path, map, near: area).flatMap { Clipping.pieces(of: $0, in: area) }
      draw(box, ink) { context, x, y in
        Self.append(pieces, x, y, to: context)
        finish(context)
      }
    }
  }

  private func draw(_ box: Box, _ ink: Ink, _ body: (OpaquePointer, Double, Double) -> Void) {
    for tile in tiles where box.touches(Box(tile.rect)) {
      let context = tile.context
      switch ink {
      case .set:
        cairo_set_operator(context, CAIRO_OPERATOR_OVER)
        cairo_set_source_rgba(context, 0, 0, 0, 1)
      case .clear: cairo_set_operator(context, CAIRO_OPERATOR_CLEAR)
      case .color(let color):
        cairo_set_operator(context, CAIRO_OPERATOR_OVER)
        cairo_set_source_rgb(
          context, Double(color.red) / 255, Double(color.green) / 255, Double(color.blue) / 255)
      }
      cairo_new_path(context)
      body(context, Double(tile.rect.x), Double(tile.rect.y))
    }
  }

  private static func append(
    _ path: Path, _ map: Affine, _ x: Double, _ y: Double, to context: OpaquePointer
  ) {
    let map = map.then(.translation(-x, -y))
    var isLone = false
    for element in path.elements {
      switch element {
      case .move(let p):
        let q = map(p)
        cairo_move_to(context, q.x, q.y)
        isLone = true
        continue
      case .line(let p):
        let q = map(p)
        cairo_line_to(context, q.x, q.y)
      case .curve(let a, let b, let c):
        let (s, t, u) = (map(a), map(b), map(c))
        cairo_curve_to(context, s.x, s.y, t.x, t.y, u.x, u.y)
      case .close: cairo_close_path(context)
      }
      isLone = false
    }
    // A point is a dot of the pen.
    if isLone { cairo_close_path(context) }
  }

  private static func append(
    _ lines: [Polyline], _ x: Double, _ y: Double, to context: OpaquePointer
  ) {
    for line in lines {
      for (index, point) in line.points.enumerated() {
        if index == 0 {
          cairo_move_to(context, point.x - x, point.y - y)
        } else {
          cairo_line_to(context, point.x - x, point.y - y)
        }
      }
      if line.isClosed { cairo_close_path(context) }
    }
  }

  /// A path's lines with its curves flattened by Cairo, in device pixels.
  func flattened(_ path: Path, _ map: Affine) -> [Polyline] {
    guard let tile = tiles.first, !path.isStraight, path.box(map).reach <= Clipping.reach else {
      return Clipping.polylines(path, map, near: Box(rect).expanded(4, 4))
    }
    let context = tile.context
    let (x, y) = (Double(tile.rect.x), Double(tile.rect.y))
    cairo_new_path(context)
    Self.append(path, map, x, y, to: context)
    guard let flat = cairo_copy_path_flat(context) else { return [] }
    defer {
      cairo_path_destroy(flat)
      cairo_new_path(context)
    }
    guard flat.pointee.status == CAIRO_STATUS_SUCCESS, let data = flat.pointee.data else { return [] }
    var result: [Polyline] = []
    var points: [Point] = []
    var index = 0
    while index < Int(flat.pointee.num_data) {
      let header = data[index].header
      switch header.type {
      case CAIRO_PATH_MOVE_TO:
        if points.count > 1 { result.append(Polyline(points: points, isClosed: false)) }
        points = [Point(data[index + 1].point.x + x, data[index + 1].point.y + y)]
      case CAIRO_PATH_LINE_TO:
        points.append(Point(data[index + 1].point.x + x, data[index + 1].point.y + y))
      case CAIRO_PATH_CLOSE_PATH:
        if !points.isEmpty { result.append(Polyline(points: points, isClosed: true)) }
        points = []
      default: break
      }
      index += max(1, Int(header.length))
    }
    if points.count > 1 { result.append(Polyline(points: points, isClosed: false)) }
    return result
  }

  // MARK: Drawing pixel by pixel

  /// Whether a pixel of a mask is set; outside the canvas none is.
  func isSet(_ x: Int, _ y: Int) -> Bool {
    rect.contains(x, y) && bytes[(y - rect.y) * stride + x - rect.x] != 0
  }

  /// Changes one pixel, where it is on the canvas.
  func put(_ x: Int, _ y: Int, _ ink: Ink) {
    guard rect.contains(x, y) else { return }
    let row = bytes + (y - rect.y) * stride
    switch format {
    case .mask:
      if case .clear = ink { row[x - rect.x] = 0 } else { row[x - rect.x] = 255 }
    case .color:
      let pixel = UnsafeMutableRawPointer(row + 4 * (x - rect.x)).assumingMemoryBound(to: UInt32.self)
      switch ink {
      case .clear: pixel.pointee = 0
      case .set: pixel.pointee = 0xFF00_0000
      case .color(let color):
        pixel.pointee =
          0xFF00_0000 | UInt32(color.red) << 16 | UInt32(color.green) << 8 | UInt32(color.blue)
      }
    }
  }

  /// Changes the pixels that another canvas has set.
  func combine(_ other: Canvas, _ ink: Ink) {
    let common = rect.intersection(other.rect)
    for y in common.y..<common.maxY {
      let source = other.bytes + (y - other.rect.y) * other.stride - other.rect.x
      if format == .mask {
        let target = bytes + (y - rect.y) * stride - rect.x
        if case .clear = ink {
          for x in common.x..<common.maxX { target[x] &= ~source[x] }
        } else {
          for x in common.x..<common.maxX { target[x] |= source[x] }
        }
      } else {
        for x in common.x..<common.maxX where source[x] != 0 { put(x, y, ink) }
      }
    }
  }

  /// Keeps what another mask has set, too.
  func intersect(_ other: Canvas) {
    for y in rect.y..<rect.maxY {
      let target = bytes + (y - rect.y) * stride - rect.x
      for x in rect.x..<rect.maxX where target[x] != 0 {
        if !other.isSet(x, y) { target[x] = 0 }
      }
    }
  }

  /// Sets all pixels of a part to nothing.
  func wipe(_ part: PixelRect) {
    let part = part.intersection(rect)
    let pixelBytes = format == .mask ? 1 : 4
    for y in part.y..<part.maxY {
      memset(bytes + (y - rect.y) * stride + (part.x - rect.x) * pixelBytes, 0, part.width * pixelBytes)
    }
  }

  /// The runs of pixels in a row of a mask that are set (or not set), in absolute columns.
  func runs(row y: Int, set: Bool, _ body: (Range<Int>) -> Void) {
    guard y >= rect.y, y < rect.maxY else {
      if !set, rect.width > 0 { body(rect.x..<rect.maxX) }
      return
    }
    let row = bytes + (y - rect.y) * stride
    let width = rect.width
    var x = 0
    while x < width {
      if set, row[x] == 0 {
        // Masks are mostly empty: look for the next pixel in the C library.
        guard let next = memchr(row + x, 255, width - x) else { return }
        x = row.distance(to: next.assumingMemoryBound(to: UInt8.self))
      } else if !set, row[x] != 0 {
        guard let next = memchr(row + x, 0, width - x) else { return }
        x = row.distance(to: next.assumingMemoryBound(to: UInt8.self))
      }
      let start = x
      if let next = memchr(row + x, set ? 0 : 255, width - x) {
        x = row.distance(to: next.assumingMemoryBound(to: UInt8.self))
      } else {
        x = width
      }
      body(rect.x + start..<rect.x + x)
    }
  }
}
