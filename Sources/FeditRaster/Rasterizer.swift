import CCairo
import FeditImage
import FeditPixels
import FeditPlan

/// Draws the strokes of an edit: the generator's layers and the mask that composites.
public enum Rasterizer {
  /// Default pens as shares of the region's side (the published program's, on its canvas of 512 pixels).
  package static let maskBrush = 12.0 / 512
  package static let colorBrush = 4.0 / 512

  /// The version of the Cairo that is loaded, such as "1.16.0".
  public static var cairoVersion: String { String(cString: cairo_version_string()) }

  /// The layers of an edit at the generator's size.
  ///
  /// - Parameters:
  ///   - edit: Its strokes, seed and number.
  ///   - region: The square that the generator sees.
  ///   - photo: The photo's size.
  ///   - images: Pictures of `image(…)` strokes by absolute path.
  ///   - mask: What of the edit's mask is generated in the square, where the caller has it already.
  ///   - pens: The square whose side gives the default pens, where it is another one.
  ///   - noise: Where in an endless plane of noise the square lies; the fourth word of its counter.
  /// - Returns: The layers; the noise is multiplied by the mask, sketch and colour are as drawn.
  /// - Throws: `RasterError` where an image is missing or memory ends.
  public static func layers(
    of edit: PlanEdit, in region: PlanRegion, photo: PlanPhoto, images: [String: Picture],
    mask: PhotoMask? = nil, pens: PlanRegion? = nil, noise: Noise.Place = Noise.Place()
  ) throws(RasterError) -> Layers {
    let size = region.size
    guard size > 0, let toGenerator = region.toPhoto.inverse else { throw .badRegion }
    let composited: PhotoMask
    if let mask {
      composited = mask
    } else {
      composited = try compositingMask(of: edit, in: region, photo: photo, images: images)
    }
    let cover = MaskCover.layer(of: composited, toGenerator, size: size)
    let frame = PixelRect(x: 0, y: 0, width: size, height: size)
    let painter = StrokePainter(map: toGenerator, region: pens ?? region, images: images)
    let (sketch, color) = try painter.sketchAndColor(edit, in: frame)
    var layers = Layers(
      size: size, mask: cover, sketch: [], color: [], colorSet: [],
      noise: Noise.layer(seed: edit.seed, edit: edit.index, size: size, inside: cover, at: noise),
      clippedSketch: 0, clippedColor: 0)
    layers.sketch = sketch?.flags() ?? [UInt8](repeating: 0, count: size * size)
    (layers.color, layers.colorSet) =
      color?.colors()
      ?? ([UInt8](repeating: 0, count: 3 * size * size), [UInt8](repeating: 0, count: size * size))
    for index in 0..<size * size where cover[index] == 0 {
      layers.clippedSketch += Int(layers.sketch[index])
      layers.clippedColor += Int(layers.colorSet[index])
    }
    return layers
  }

  /// The mask of an edit at the photo's resolution: pixels whose centres the mask strokes cover, within the
  /// photo and the region.
  ///
  /// - Parameters:
  ///   - edit: Its strokes.
  ///   - region: The square that the generator sees; outside it nothing can be generated.
  ///   - photo: The photo's size.
  ///   - images: Pictures of `image(…)` strokes by absolute path.
  /// - Returns: The mask with the least rectangle around it.
  /// - Throws: `RasterError` where an image is missing or memory ends.
  public static func compositingMask(
    of edit: PlanEdit, in region: PlanRegion, photo: PlanPhoto, images: [String: Picture]
  ) throws(RasterError) -> PhotoMask {
    let everything = try wholeMask(of: edit, pens: region, photo: photo, images: images, near: region)
    return try everything.clipped(to: region)
  }

  /// The mask of an edit at the photo's resolution, wherever in the photo it lies.
  ///
  /// - Parameters:
  ///   - edit: Its strokes.
  ///   - pens: The square whose side gives the default pens.
  ///   - photo: The photo's size.
  ///   - images: Pictures of `image(…)` strokes by absolute path.
  ///   - region: Only what touches the least upright rectangle around this square is wanted.
  /// - Returns: The mask with the least rectangle around it.
  /// - Throws: `RasterError` where an image is missing or memory ends.
  public static func wholeMask(
    of edit: PlanEdit, pens: PlanRegion, photo: PlanPhoto, images: [String: Picture],
    near region: PlanRegion? = nil
  ) throws(RasterError) -> PhotoMask {
    guard pens.size > 0, pens.toPhoto.inverse != nil else { throw .badRegion }
    let frame = PixelRect(x: 0, y: 0, width: photo.width, height: photo.height)
    let painter = StrokePainter(map: .identity, region: pens, images: images)
    guard let canvas = try painter.mask(edit, in: region?.photoRect(within: frame) ?? frame) else {
      return .empty
    }
    return canvas.photoMask()
  }
}

extension Rasterizer {
  /// Gives the shapes of an edit's `recolor` strokes their colours, one after the other.
  ///
  /// - Parameters:
  ///   - edit: Its strokes.
  ///   - picture: The photo; changed.
  ///   - pens: The square whose side gives the default pens.
  ///   - photo: The photo's size.
  ///   - images: Pictures of `image(…)` strokes by absolute path.
  /// - Returns: What was changed; empty where no such stroke reaches into the photo.
  /// - Throws: `RasterError` where an image is missing or memory ends.
  public static func recolor(
    _ edit: PlanEdit, in picture: inout Picture, pens: PlanRegion, photo: PlanPhoto, images: [String: Picture]
  ) throws(RasterError) -> [PhotoMask] {
    var result: [PhotoMask] = []
    for stroke in edit.strokes where stroke.layer == .recolor {
      guard let color = stroke.color else { continue }
      let mask = try area(of: stroke, in: edit, pens: pens, photo: photo, images: images)
      guard !mask.isEmpty else { continue }
      Recolor.apply(to: &picture, mask: mask, color: color)
      result.append(mask)
    }
    return result
  }

  /// Fills the shapes of an edit's `heal` strokes from what lies around them, one after the other; none copies what
  /// another is to fill.
  ///
  /// - Parameters: As `recolor`'s.
  /// - Returns: For each such stroke, what it covers and what it came to.
  /// - Throws: `RasterError` where an image is missing or memory ends.
  public static func heal(
    _ edit: PlanEdit, in picture: inout Picture, pens: PlanRegion, photo: PlanPhoto, images: [String: Picture]
  ) throws(RasterError) -> [(stroke: PlanStroke, area: PhotoMask, outcome: Heal.Outcome)] {
    var areas: [(stroke: PlanStroke, mask: PhotoMask)] = []
    for stroke in edit.strokes where stroke.layer == .heal {
      areas.append((stroke, try area(of: stroke, in: edit, pens: pens, photo: photo, images: images)))
    }
    let masks = areas.map(\.mask)
    var result: [(stroke: PlanStroke, area: PhotoMask, outcome: Heal.Outcome)] = []
    for (index, one) in areas.enumerated() {
      // What is healed already may be copied.
      let outcome = try Heal.apply(
        to: &picture, mask: one.mask, others: Array(masks[(index + 1)...]), seed: edit.seed &+ UInt64(index))
      result.append((one.stroke, one.mask, outcome))
    }
    return result
  }

  /// Fills an edit's mask from what lies around it, without a generator; its `heal` strokes are not copied from.
  ///
  /// - Parameters: As `recolor`'s.
  /// - Returns: What was to be filled, and what it came to.
  /// - Throws: `RasterError` where an image is missing or memory ends.
  public static func healMask(
    of edit: PlanEdit, in picture: inout Picture, pens: PlanRegion, photo: PlanPhoto,
    images: [String: Picture]
  ) throws(RasterError) -> (area: PhotoMask, outcome: Heal.Outcome) {
    let mask = try wholeMask(of: edit, pens: pens, photo: photo, images: images)
    var others: [PhotoMask] = []
    for stroke in edit.strokes where stroke.layer == .heal {
      others.append(try area(of: stroke, in: edit, pens: pens, photo: photo, images: images))
    }
    return (mask, try Heal.apply(to: &picture, mask: mask, others: others, seed: edit.seed))
  }

  /// The photo pixels that a stroke covers, whatever its layer.
  package static func area(
    of stroke: PlanStroke, in edit: PlanEdit, pens: PlanRegion, photo: PlanPhoto, images: [String: Picture]
  ) throws(RasterError) -> PhotoMask {
    var stroke = stroke
    stroke.layer = .mask
    stroke.isErase = false
    var alone = edit
    alone.strokes = [stroke]
    return try wholeMask(of: alone, pens: pens, photo: photo, images: images)
  }
}

extension PlanRegion {
  /// The corners in photo pixels, clockwise from the top left.
  package var corners: [Point] {
    let size = Double(size)
    return [Point(0, 0), Point(size, 0), Point(size, size), Point(0, size)].map { toPhoto($0) }
  }

  /// The least upright rectangle around the square, within another.
  package func photoRect(within frame: PixelRect) -> PixelRect {
    var box = Box.nothing
    for corner in corners { box.add(corner.x, corner.y) }
    return PixelRect(touching: box, within: frame)
  }
}

extension PhotoMask {
  /// The mask in the least upright rectangle around a square.
  public func within(_ region: PlanRegion) -> PhotoMask { cropped(to: region.photoRect(within: rect)) }

  /// The pixels whose centres lie in a square.
  ///
  /// - Throws: `RasterError` where the square is squeezed flat.
  public func clipped(to region: PlanRegion) throws(RasterError) -> PhotoMask {
    guard region.size > 0, region.toPhoto.inverse != nil else { throw .badRegion }
    let corners = region.corners
    var result = self
    for row in 0..<height {
      let center = Double(y + row) + 0.5
      var from = Double.infinity
      var to = -Double.infinity
      for index in 0..<4 {
        let (p, q) = (corners[index], corners[(index + 1) % 4])
        guard (p.y <= center) != (q.y <= center) else { continue }
        let crossing = p.x + (q.x - p.x) * ((center - p.y) / (q.y - p.y))
        from = min(from, crossing)
        to = max(to, crossing)
      }
      var first = width
      var end = width
      if from <= to {
        first = Int(min(max((from - 0.5).rounded(.up) - Double(x), 0), Double(width)))
        end = Int(min(max((to - 0.5).rounded(.down) + 1 - Double(x), Double(first)), Double(width)))
      }
      for column in 0..<first { result.pixels[row * width + column] = 0 }
      for column in end..<width { result.pixels[row * width + column] = 0 }
    }
    return result.cropped(to: rect)
  }
}

/// Draws strokes in their order onto canvases of one resolution.
struct StrokePainter {
  let shapes: ShapePainter
  let region: PlanRegion
  let images: [String: Picture]

  /// - Parameters:
  ///   - map: From photo to device pixels.
  ///   - region: Its side gives the default pens.
  ///   - images: By absolute path.
  init(map: Affine, region: PlanRegion, images: [String: Picture]) {
    shapes = ShapePainter(map: map)
    self.region = region
    self.images = images
  }

  private func image(_ file: PlanFile) throws(RasterError) -> Picture {
    guard let picture = images[file.path] else { throw .missingImage(file.name) }
    return picture
  }

  /// The pen of a stroke's open shapes; nil for a line of one pixel.
  func brush(_ stroke: PlanStroke) -> ShapePainter.Brush? {
    if let brush = stroke.brush {
      let pen = Pen(radius: brush.width / 2, brush.pen, shapes.map)
      return ShapePainter.Brush(pen: pen, isWritten: true)
    }
    let share: Double
    switch stroke.layer {
    case .sketch: return nil
    case .mask, .heal, .recolor, .warp: share = Rasterizer.maskBrush
    case .color: share = Rasterizer.colorBrush
    }
    return ShapePainter.Brush(
      pen: Pen(radius: region.side * share / 2, .identity, shapes.map), isWritten: false)
  }

  /// The area that mask strokes can set, within a rectangle.
  private func reach(_ edit: PlanEdit, within rect: PixelRect) throws(RasterError) -> PixelRect {
    var box = Box.nothing
    for stroke in edit.strokes where stroke.masks {
      switch stroke.content {
      case .shape(let shape): box = box.union(shapes.box(shape, brush(stroke)).expanded(1, 1))
      case .image(_, let toPhoto):
        for corner in [Point(0, 0), Point(1, 0), Point(0, 1), Point(1, 1)] {
          let p = shapes.map(toPhoto(corner))
          box.add(p.x, p.y)
        }
      }
    }
    return box.isEmpty ? PixelRect(x: 0, y: 0, width: 0, height: 0) : PixelRect(touching: box, within: rect)
  }

  /// The mask; nil where nothing can be set.
  func mask(_ edit: PlanEdit, in rect: PixelRect) throws(RasterError) -> Canvas? {
    let rect = try reach(edit, within: rect)
    guard !rect.isEmpty else { return nil }
    let canvas = try Canvas(rect, .mask)
    for stroke in edit.strokes where stroke.layer == .mask {
      switch stroke.content {
      case .shape(let shape):
        try shapes.paint(shape, brush(stroke), on: canvas, stroke.isErase ? .clear : .set)
      case .image(let file, let toPhoto):
        ImageLayer(try image(file), for: .mask)
          .draw(toPhoto.then(shapes.map), on: canvas, layer: .mask, isErase: stroke.isErase)
      }
    }
    try canvas.check()
    return canvas
  }

  /// Sketch and colour; nil where there is no stroke.
  func sketchAndColor(
    _ edit: PlanEdit, in rect: PixelRect
  ) throws(RasterError) -> (sketch: Canvas?, color: Canvas?) {
    var sketch: Canvas?
    var color: Canvas?
    if edit.strokes.contains(where: { $0.layer == .sketch }) { sketch = try Canvas(rect, .mask) }
    if edit.strokes.contains(where: { $0.layer == .color }) { color = try Canvas(rect, .color) }
    let scratch = try Canvas(rect.expanded(by: 1), .mask)
    for stroke in edit.strokes {
      switch (stroke.layer, stroke.content) {
      case (.mask, _), (.heal, _), (.recolor, _), (.warp, _): continue
      case (.sketch, .shape(let shape)):
        guard let sketch else { continue }
        let pen = brush(stroke)?.pen
        if stroke.isErase {
          // Taking away a closed shape takes what lies inside it, too.
          if shape.isClosed { try shapes.paint(shape, nil, on: sketch, .clear) }
          try shapes.sketch(shape, pen, on: sketch, scratch: scratch, .clear)
        } else {
          try shapes.sketch(shape, pen, on: sketch, scratch: scratch, .set)
        }
      case (.color, .shape(let shape)):
        guard let color else { continue }
        let ink: Canvas.Ink
        if stroke.isErase { ink = .clear } else { ink = stroke.color.map { .color($0) } ?? .set }
        try shapes.paint(shape, brush(stroke), on: color, ink)
      case (let layer, .image(let file, let toPhoto)):
        guard let canvas = layer == .sketch ? sketch : color else { continue }
        ImageLayer(try image(file), for: layer)
          .draw(toPhoto.then(shapes.map), on: canvas, layer: layer, isErase: stroke.isErase)
      }
    }
    try sketch?.check()
    try color?.check()
    return (sketch, color)
  }
}

extension Canvas {
  /// A mask as 0 and 1, row by row.
  func flags() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: rect.area) { buffer, count in
      for y in 0..<rect.height {
        let row = bytes + y * stride
        for x in 0..<rect.width { buffer[y * rect.width + x] = row[x] & 1 }
      }
      count = rect.area
    }
  }

  /// A colour canvas as RGB (0 where nothing is drawn) and where something is.
  func colors() -> (color: [UInt8], set: [UInt8]) {
    var color = [UInt8](repeating: 0, count: 3 * rect.area)
    var set = [UInt8](repeating: 0, count: rect.area)
    for y in 0..<rect.height {
      let row = UnsafeMutableRawPointer(bytes + y * stride).assumingMemoryBound(to: UInt32.self)
      for x in 0..<rect.width where row[x] != 0 {
        let index = y * rect.width + x
        set[index] = 1
        color[3 * index] = UInt8(truncatingIfNeeded: row[x] >> 16)
        color[3 * index + 1] = UInt8(truncatingIfNeeded: row[x] >> 8)
        color[3 * index + 2] = UInt8(truncatingIfNeeded: row[x])
      }
    }
    return (color, set)
  }

  /// A mask with the least rectangle around its set pixels.
  func photoMask() -> PhotoMask {
    var left = rect.maxX
    var right = rect.x
    var top: Int?
    var bottom = rect.y
    for y in rect.y..<rect.maxY {
      runs(row: y, set: true) { run in
        left = min(left, run.lowerBound)
        right = max(right, run.upperBound)
        if top == nil { top = y }
        bottom = y + 1
      }
    }
    guard let top else { return .empty }
    let width = right - left
    let pixels = [UInt8](unsafeUninitializedCapacity: width * (bottom - top)) { buffer, count in
      for y in top..<bottom {
        let row = bytes + (y - rect.y) * stride + (left - rect.x)
        for x in 0..<width { buffer[(y - top) * width + x] = row[x] & 1 }
      }
      count = width * (bottom - top)
    }
    return PhotoMask(x: left, y: top, width: width, height: bottom - top, pixels: pixels)
  }
}
