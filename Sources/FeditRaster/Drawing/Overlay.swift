import FeditImage
import FeditPixels
import FeditPlan

/// An edit's strokes over the photo, to look at: the mask as a tint, colours as they are, sketch lines white with
/// a dark edge so that they show on any ground.
public struct Overlay: Sendable {
  /// What part of the photo is shown, and how large.
  public struct View: Hashable, Sendable {
    /// Columns of the drawing.
    public var width: Int
    /// Rows of the drawing.
    public var height: Int
    /// From the drawing's pixels to the photo's.
    public var toPhoto: Affine

    /// A view of a size and the map to the photo.
    public init(width: Int, height: Int, toPhoto: Affine) {
      self.width = width
      self.height = height
      self.toPhoto = toPhoto
    }

    /// The whole photo, its longer side this many pixels.
    public static func photo(_ photo: PlanPhoto, longerSide: Int = 768) -> View {
      let scale = Double(max(longerSide, 1)) / Double(max(photo.width, photo.height, 1))
      let width = max(1, Int((Double(photo.width) * scale).rounded()))
      let height = max(1, Int((Double(photo.height) * scale).rounded()))
      return View(
        width: width, height: height,
        toPhoto: .scale(Double(photo.width) / Double(width), Double(photo.height) / Double(height)))
    }

    /// The square that the generator sees, upright as the generator sees it.
    public static func region(_ region: PlanRegion, side: Int = 512) -> View {
      let scale = Double(region.size) / Double(max(side, 1))
      return View(
        width: max(side, 1), height: max(side, 1), toPhoto: Affine.scale(scale, scale).then(region.toPhoto))
    }

    /// Whole photo pixels around some squares that generators see; the whole photo where that is no more than
    /// twice as large.
    public static func around(_ regions: [PlanRegion], of photo: PlanPhoto) -> View {
      let corners = regions.flatMap { region -> [Point] in
        let size = Double(region.size)
        return [Point(0, 0), Point(size, 0), Point(size, size), Point(0, size)].map { region.toPhoto($0) }
      }
      return around(corners, of: photo, margin: 0)
    }

    /// Whole photo pixels around some places.
    ///
    /// - Parameters:
    ///   - places: In photo pixels; none is the whole photo.
    ///   - photo: Limits the view.
    ///   - margin: Pixels more on each side.
    ///   - share: From which share of the photo's area on the whole photo is shown instead.
    /// - Returns: A view as large as what it shows.
    public static func around(
      _ places: [Point], of photo: PlanPhoto, margin: Int, wholeFrom share: Double = 0.5
    ) -> View {
      let whole = PixelRect(x: 0, y: 0, width: photo.width, height: photo.height)
      var box = Box.nothing
      for place in places where place.x.isFinite && place.y.isFinite { box.add(place.x, place.y) }
      var rect = whole
      if box.lowX <= box.highX {
        rect = PixelRect(touching: box, within: whole).expanded(by: max(margin, 0)).intersection(whole)
      }
      if rect.isEmpty || Double(rect.area) > share * Double(whole.area) { rect = whole }
      return View(
        width: rect.width, height: rect.height, toPhoto: .translation(Double(rect.x), Double(rect.y)))
    }

    /// The same part of the photo, as large as fits into a box.
    public func fitted(width limitX: Int, height limitY: Int) -> View {
      let scale = min(Double(limitX) / Double(width), Double(limitY) / Double(height))
      let newWidth = max(1, Int((Double(width) * scale).rounded()))
      let newHeight = max(1, Int((Double(height) * scale).rounded()))
      return View(
        width: newWidth, height: newHeight,
        toPhoto: Affine.scale(Double(width) / Double(newWidth), Double(height) / Double(newHeight)).then(
          toPhoto))
    }

    /// What of the photo the view shows, alone.
    public func picture(of photo: Picture) -> Picture {
      let levels = Resampler.sample(photo, toPhoto: toPhoto, width: width, height: height)
      return Picture(width: width, height: height, samples: .eight(levels.map { UInt8($0.rounded()) }))
    }
  }

  /// The mask's tint.
  public var maskColor = RGB8(red: 0, green: 150, blue: 255)
  /// How much of it is mixed in, 0…1; its edge is stronger.
  public var maskOpacity = 0.35
  /// How opaque colours are, 0…1.
  public var colorOpacity = 0.85
  /// The one colour for mask, lines and colours, to tell strokes of two scripts apart; nil draws each as it is.
  public var ink: RGB8?
  /// Whether the squares that the generator sees are outlined, where the view shows more.
  public var showsRegion = true

  /// The colours in which the commands draw.
  public init() {}

  /// Draws the strokes of edits over a picture.
  ///
  /// - Parameters:
  ///   - edits: Whose strokes are drawn, one edit over the other.
  ///   - picture: The photo, or an edited one of its size.
  ///   - region: The square that the generator sees.
  ///   - images: Pictures of `image(…)` strokes by absolute path.
  ///   - view: What part is shown.
  /// - Returns: 8-bit RGB in the view's size.
  /// - Throws: `RasterError` where an image is missing or memory ends.
  public func draw(
    _ edits: [PlanEdit], over picture: Picture, region: PlanRegion, images: [String: Picture], view: View
  ) throws(RasterError) -> Picture {
    try draw(edits, onto: view.picture(of: picture), region: region, images: images, view: view)
  }

  /// Draws the strokes of edits onto a picture of the view's size.
  ///
  /// - Parameters:
  ///   - edits: Whose strokes are drawn, one edit over the other.
  ///   - base: What lies below: a part of the photo, as the view shows it.
  ///   - region: The square that the generator sees.
  ///   - images: Pictures of `image(…)` strokes by absolute path.
  ///   - view: What part of the photo the base is.
  /// - Returns: 8-bit RGB in the view's size.
  /// - Throws: `RasterError` where an image is missing or memory ends.
  public func draw(
    _ edits: [PlanEdit], onto base: Picture, region: PlanRegion, images: [String: Picture], view: View
  ) throws(RasterError) -> Picture {
    precondition(base.width == view.width && base.height == view.height, "the base is not of the view's size")
    guard let toView = view.toPhoto.inverse else { throw .badRegion }
    var sheet = PixelSheet(base)
    // Four samples a pixel in each direction make lines smooth.
    let samples = 4
    let map = toView.then(.scale(Double(samples), Double(samples)))
    let frame = PixelRect(x: 0, y: 0, width: view.width * samples, height: view.height * samples)
    let painter = StrokePainter(map: map, region: region, images: images)
    // In photo pixels: what a pixel of the drawing and of the generator is.
    let viewPixel = view.toPhoto.scaleFactor
    let generatorPixel = region.side / Double(region.size)
    for edit in edits {
      if let mask = try painter.mask(edit, in: frame) { tint(&sheet, mask, samples) }
      var lines = edit
      lines.strokes = edit.strokes.map { stroke in
        var stroke = stroke
        // Where a warp takes its shape is drawn as lines are.
        if let warp = stroke.warp { (stroke.layer, stroke.content) = (.sketch, .shape(warp.target)) }
        guard stroke.layer == .sketch, stroke.brush == nil else { return stroke }
        stroke.brush = .init(width: max(generatorPixel, 1.6 * viewPixel), pen: .identity)
        return stroke
      }
      let (sketch, color) = try painter.sketchAndColor(lines, in: frame)
      if let color { paint(&sheet, color, samples) }
      if let sketch { draw(&sheet, sketch, samples) }
    }
    if showsRegion {
      var squares: [PlanRegion] = []
      for square in edits.flatMap({ $0.squares.isEmpty ? [region] : $0.squares })
      where !squares.contains(square) {
        squares.append(square)
      }
      for square in squares.isEmpty ? [region] : squares { outline(&sheet, square, toView) }
    }
    return sheet.picture
  }

  /// How many of a pixel's samples are set, 0…255.
  private func coverage(_ canvas: Canvas, _ x: Int, _ y: Int, _ samples: Int) -> Int {
    var count = 0
    for v in y * samples..<(y + 1) * samples {
      for u in x * samples..<(x + 1) * samples where canvas.isSet(u, v) { count += 1 }
    }
    return count * 255 / (samples * samples)
  }

  private func tint(_ sheet: inout PixelSheet, _ mask: Canvas, _ samples: Int) {
    let tint = ink ?? maskColor
    let color = (tint.red, tint.green, tint.blue)
    let inner = Int(min(max(maskOpacity, 0), 1) * 255)
    let edge = min(255, inner * 2)
    let columns = floorDivide(mask.rect.x, samples)...floorDivide(mask.rect.maxX, samples)
    for y in floorDivide(mask.rect.y, samples)...floorDivide(mask.rect.maxY, samples) {
      for x in columns {
        let share = coverage(mask, x, y, samples)
        guard share > 0 else { continue }
        let isEdge = [(-1, 0), (1, 0), (0, -1), (0, 1)].contains {
          // The drawing's own edge is none.
          let (u, v) = (x + $0.0, y + $0.1)
          return u >= 0 && v >= 0 && u < sheet.width && v < sheet.height
            && !mask.isSet(u * samples + samples / 2, v * samples + samples / 2)
        }
        sheet.mix(x, y, color, share * (isEdge ? edge : inner) / 255)
      }
    }
  }

  private func paint(_ sheet: inout PixelSheet, _ canvas: Canvas, _ samples: Int) {
    let opacity = Int(min(max(colorOpacity, 0), 1) * 255)
    for y in 0..<sheet.height {
      for x in 0..<sheet.width {
        var (count, red, green, blue) = (0, 0, 0, 0)
        for v in y * samples..<(y + 1) * samples {
          let row = UnsafeRawPointer(canvas.bytes + v * canvas.stride).assumingMemoryBound(to: UInt32.self)
          for u in x * samples..<(x + 1) * samples where row[u] != 0 {
            count += 1
            red += Int(row[u] >> 16 & 255)
            green += Int(row[u] >> 8 & 255)
            blue += Int(row[u] & 255)
          }
        }
        guard count > 0 else { continue }
        let color =
          ink.map { ($0.red, $0.green, $0.blue) } ?? (
            UInt8(red / count), UInt8(green / count), UInt8(blue / count)
          )
        sheet.mix(x, y, color, opacity * count / (samples * samples))
      }
    }
  }

  private func draw(_ sheet: inout PixelSheet, _ canvas: Canvas, _ samples: Int) {
    let (width, height) = (sheet.width, sheet.height)
    var shares = [Int](repeating: 0, count: width * height)
    for y in 0..<height {
      for x in 0..<width { shares[y * width + x] = coverage(canvas, x, y, samples) }
    }
    // The dark edge first: what the line's neighbours have.
    for y in 0..<height {
      for x in 0..<width {
        var halo = 0
        for v in max(y - 1, 0)...min(y + 1, height - 1) {
          for u in max(x - 1, 0)...min(x + 1, width - 1) { halo = max(halo, shares[v * width + u]) }
        }
        if halo > 0 { sheet.mix(x, y, (0, 0, 0), halo * 150 / 255) }
      }
    }
    let line = ink.map { ($0.red, $0.green, $0.blue) } ?? (255, 255, 255)
    for y in 0..<height {
      for x in 0..<width { sheet.mix(x, y, line, shares[y * width + x]) }
    }
  }

  /// A dashed square around what the generator sees.
  private func outline(_ sheet: inout PixelSheet, _ region: PlanRegion, _ toView: Affine) {
    let size = Double(region.size)
    let corners = [Point(0, 0), Point(size, 0), Point(size, size), Point(0, size), Point(0, 0)].map {
      toView(region.toPhoto($0))
    }
    // Where the view shows hardly more than the region, the picture's own edge says it.
    let (width, height) = (Double(sheet.width), Double(sheet.height))
    let near = max(1, 0.02 * max(width, height))
    let isEdge = corners.allSatisfy { p in
      (p.x < near || p.x > width - near) && (p.y < near || p.y > height - near)
    }
    if isEdge { return }
    let tracer = LineTracer(rect: PixelRect(x: 0, y: 0, width: sheet.width, height: sheet.height))
    for (from, to) in zip(corners, corners.dropFirst()) {
      var index = 0
      tracer.trace(Polyline(points: [from, to], isClosed: false)) { x, y in
        sheet.mix(x, y, index / 6 % 2 == 0 ? (255, 255, 255) : (0, 0, 0), 190)
        index += 1
      }
    }
  }
}
