import CZlib
import FeditFiles
import FeditImage
import FeditPlan
import FeditRaster
import FeditText

/// A picture in layers, as Krita and GIMP open it (https://www.openraster.org).
///
/// No time is written: the same layers give the same bytes.
public struct OpenRaster {
  /// One layer, or layers in a group; what stands first lies on top.
  public indirect enum Node {
    /// Pixels with their upper left corner in the picture; `opacity` is 0…1.
    case layer(name: String, Picture, x: Int = 0, y: Int = 0, opacity: Double = 1, isVisible: Bool = true)
    /// Layers that belong together.
    case group(name: String, [Node])
  }

  /// The canvas in pixels.
  public var width: Int
  /// The canvas in pixels.
  public var height: Int
  /// From top to bottom.
  public var nodes: [Node]
  /// What programs show that read no layers.
  public var merged: Picture

  /// Whether a file is written in this format, by its name.
  public static func isName(_ name: String) -> Bool { name.lowercased().hasSuffix(".ora") }

  /// Gathers layers.
  ///
  /// - Parameters:
  ///   - nodes: From top to bottom.
  ///   - merged: The picture that the visible layers come to; it has the canvas's size.
  public init(nodes: [Node], merged: Picture) {
    width = merged.width
    height = merged.height
    self.nodes = nodes
    self.merged = merged
  }

  /// An edit as it is drawn.
  public struct DrawnEdit: Sendable {
    let edit: PlanEdit
    /// For each of its squares the layers that the generator gets.
    let layers: [Layers]
    let squares: [PlanRegion]
    /// The compositing mask, in photo pixels.
    let mask: PhotoMask
  }

  /// A run's layers over its photo: for each edit a group of sketch, colour and mask, hidden but for the sketch, and the
  /// result above all where there is one.
  ///
  /// Layers that the generator gets are drawn at the photo's size, each photo pixel as the generator pixel at its middle;
  /// the mask is the photo's own.
  ///
  /// - Parameters:
  ///   - plan: What was drawn.
  ///   - edits: Edits with their layers and their compositing masks.
  ///   - photo: The picture before all edits.
  ///   - result: The picture after them.
  public init(
    _ plan: Plan, edits: [DrawnEdit], photo: Picture, result: Picture?
  ) {
    var nodes: [Node] = []
    if let result { nodes.append(.layer(name: "result", result)) }
    for drawn in edits.reversed() {
      let squares = zip(drawn.layers, drawn.squares).flatMap { Self.nodes(of: $0, $1, photo) }
      nodes.append(.group(name: drawn.edit.name, squares + Self.nodes(of: drawn.mask)))
    }
    nodes.append(.layer(name: "photo", photo))
    self.init(nodes: nodes, merged: result ?? photo)
  }

  private static func nodes(
    of layers: Layers, _ region: PlanRegion, _ photo: Picture
  ) -> [Node] {
    guard let toGenerator = region.toPhoto.inverse else { return [] }
    let size = Double(region.size)
    let corners = [Point(0, 0), Point(size, 0), Point(size, size), Point(0, size)].map { region.toPhoto($0) }
    func span(_ values: [Double], _ limit: Int) -> Range<Int> {
      let low = max(0, min(Double(limit) - 1, (values.min() ?? 0).rounded(.down)))
      let high = max(low + 1, min(Double(limit), (values.max() ?? 0).rounded(.up)))
      return Int(low)..<Int(high)
    }
    let (xs, ys) = (span(corners.map(\.x), photo.width), span(corners.map(\.y), photo.height))
    func drawn(_ color: (_ pixel: Int) -> (UInt8, UInt8, UInt8)?) -> Picture {
      var samples = [UInt8](repeating: 0, count: xs.count * ys.count * 4)
      for y in ys {
        for x in xs {
          let p = toGenerator(Point(Double(x) + 0.5, Double(y) + 0.5))
          guard p.x >= 0, p.y >= 0, p.x < size, p.y < size,
            let (r, g, b) = color(Int(p.y) * region.size + Int(p.x))
          else { continue }
          let at = ((y - ys.lowerBound) * xs.count + x - xs.lowerBound) * 4
          (samples[at], samples[at + 1], samples[at + 2], samples[at + 3]) = (r, g, b, 255)
        }
      }
      return Picture(width: xs.count, height: ys.count, hasAlpha: true, samples: .eight(samples))
    }
    let sketch = drawn { layers.sketch[$0] != 0 ? (0, 0, 0) : nil }
    let color = drawn {
      layers.colorSet[$0] != 0
        ? (layers.color[3 * $0], layers.color[3 * $0 + 1], layers.color[3 * $0 + 2]) : nil
    }
    let (x, y) = (xs.lowerBound, ys.lowerBound)
    return [
      Node.layer(name: "sketch", sketch, x: x, y: y, isVisible: false),
      .layer(name: "color", color, x: x, y: y, isVisible: false),
    ]
  }

  private static func nodes(of mask: PhotoMask) -> [Node] {
    guard !mask.isEmpty else { return [] }
    let samples = mask.pixels.flatMap { $0 != 0 ? [255, 0, 0, 255] : [0, 0, 0, 0] as [UInt8] }
    let picture = Picture(width: mask.width, height: mask.height, hasAlpha: true, samples: .eight(samples))
    return [.layer(name: "mask", picture, x: mask.x, y: mask.y, opacity: 0.5, isVisible: false)]
  }

  /// The file: a zip archive whose members are stored as they are.
  ///
  /// - Returns: Its bytes.
  /// - Throws: `PictureError` where a layer does not fit the format.
  public func encode() throws -> [UInt8] {
    var archive = StoredZip()
    // The first member, so that the file can be told by its beginning.
    archive.add("mimetype", Array("image/openraster".utf8))
    var count = 0
    var members: [(String, [UInt8])] = []
    func write(_ node: Node, indent: String) throws -> String {
      switch node {
      case .group(let name, let nodes):
        let inside = try nodes.map { try write($0, indent: indent + "  ") }.joined()
        return "\(indent)<stack name=\"\(markupSafe(name))\">\n\(inside)\(indent)</stack>\n"
      case .layer(let name, let picture, let x, let y, let opacity, let isVisible):
        count += 1
        let source = "data/layer\(count).png"
        members.append((source, try PNGFile.encode(picture)))
        return "\(indent)<layer name=\"\(markupSafe(name))\" src=\"\(source)\" x=\"\(x)\" y=\"\(y)\""
          + " opacity=\"\(opacity)\" visibility=\"\(isVisible ? "visible" : "hidden")\""
          + " composite-op=\"svg:src-over\"/>\n"
      }
    }
    let layers = try nodes.map { try write($0, indent: "    ") }.joined()
    let stack =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      + "<image version=\"0.0.3\" w=\"\(width)\" h=\"\(height)\">\n  <stack>\n\(layers)  </stack>\n</image>\n"
    archive.add("stack.xml", Array(stack.utf8))
    for (name, bytes) in members { archive.add(name, bytes) }
    archive.add("mergedimage.png", try PNGFile.encode(merged))
    let scale = min(1, 256 / Double(max(width, height)))
    let thumbnail = Resampler.resize(
      merged, width: max(1, Int(Double(width) * scale)), height: max(1, Int(Double(height) * scale)))
    archive.add("Thumbnails/thumbnail.png", try PNGFile.encode(thumbnail))
    return archive.finished()
  }
}

extension EditSession {
  /// Whether layers are written into one file of this name, and not into a folder.
  public static func isLayersFile(_ name: String) -> Bool {
    OpenRaster.isName(name) || VectorLayers.isName(name)
  }

  /// A plan's layers as one file.
  ///
  /// - Parameters:
  ///   - name: The file's name, whose ending says the format: .ora or .svg.
  ///   - edits: Those that are drawn.
  ///   - plan: What they stand in.
  ///   - result: The picture after a run, where there was one; SVG files do without.
  /// - Returns: The file's bytes; nil where the name stands for a folder of pictures.
  /// - Throws: `UserError` where an input can't be read or an edit can't be drawn; `PictureError`.
  public func layersFile(
    _ name: String, of edits: [PlanEdit], in plan: Plan, result: Picture? = nil
  ) throws -> [UInt8]? {
    if OpenRaster.isName(name) { return try openRaster(of: edits, in: plan, result: result).encode() }
    if VectorLayers.isName(name) { return try vectorLayers(of: edits, in: plan) }
    return nil
  }

  /// A plan's layers over its photo, see ``OpenRaster/init(_:edits:photo:result:)``.
  ///
  /// - Parameters:
  ///   - edits: Those that are drawn.
  ///   - plan: What they stand in.
  ///   - result: The picture after a run; nil where there was none.
  /// - Returns: The layers.
  /// - Throws: `UserError` where an input can't be read or an edit can't be drawn.
  public func openRaster(of edits: [PlanEdit], in plan: Plan, result: Picture? = nil) throws -> OpenRaster {
    let edits = try edits.map { edit in
      let layers = try squareLayers(of: edit, in: plan)
      let images = try images(of: edit)
      let mask = try drawing {
        try Rasterizer.wholeMask(of: edit, pens: plan.region, photo: plan.photo, images: images)
      }
      let squares = try parts(of: edit, in: plan, images).squares.map(\.square)
      return OpenRaster.DrawnEdit(
        edit: edit, layers: layers, squares: squares.isEmpty ? edit.squares(in: plan) : squares, mask: mask)
    }
    return OpenRaster(plan, edits: edits, photo: try photo(of: plan), result: result)
  }
}

/// A zip archive of members that are not compressed, dated 1980-01-01, the format's first day.
struct StoredZip {
  private var bytes: [UInt8] = []
  private var directory: [UInt8] = []
  private var count = 0

  /// Appends a member.
  mutating func add(_ name: String, _ contents: [UInt8]) {
    let checksum = contents.withUnsafeBufferPointer { crc32_z(0, $0.baseAddress, $0.count) }
    let name = Array(name.utf8)
    let offset = bytes.count
    // Version, flags (UTF-8 names), method, time, date, checksum, sizes, length of the name, no more fields.
    var common: [UInt8] = []
    for (value, size) in [
      (20, 2), (0x800, 2), (0, 2), (0, 2), (0x21, 2), (Int(checksum), 4), (contents.count, 4),
      (contents.count, 4), (name.count, 2), (0, 2),
    ] { Self.append(value, size, to: &common) }
    Self.append(0x0403_4B50, 4, to: &bytes)
    bytes += common + name + contents
    Self.append(0x0201_4B50, 4, to: &directory)
    Self.append(20, 2, to: &directory)
    directory += common
    // No comment, first disk, no attributes; where the member begins.
    for (value, size) in [(0, 2), (0, 2), (0, 2), (0, 4), (offset, 4)] {
      Self.append(value, size, to: &directory)
    }
    directory += name
    count += 1
  }

  /// The archive with its directory.
  func finished() -> [UInt8] {
    var result = bytes + directory
    for (value, size) in [
      (0x0605_4B50, 4), (0, 2), (0, 2), (count, 2), (count, 2), (directory.count, 4), (bytes.count, 4),
      (0, 2),
    ] { Self.append(value, size, to: &result) }
    return result
  }

  private static func append(_ value: Int, _ size: Int, to bytes: inout [UInt8]) {
    for shift in 0..<size { bytes.append(UInt8(truncatingIfNeeded: value >> (8 * shift))) }
  }
}

/// Text between quotes in XML; characters that XML has no way to write are left out.
func markupSafe(_ text: String) -> String {
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "&": result += "&amp;"
    case "<": result += "&lt;"
    case ">": result += "&gt;"
    case "\"": result += "&quot;"
    case "\u{FFFE}", "\u{FFFF}": break
    default: if scalar.value >= 0x20 { result.unicodeScalars.append(scalar) }
    }
  }
  return result
}
