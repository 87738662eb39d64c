import FeditImage
import FeditPlan

/// An edit's strokes over the photo, to look at: the mask as a tint, colours as they are, sketch lines white with
/// a dark edge so that they show on any ground.
public struct Overlay: Sendable {
  /// What part of the photo is shown, and how large.
  public struct View: Hashable, Sendable {
    /// Pixels of the drawing.
    public var width: Int
    public var height: Int
    /// From the drawing's pixels to the photo's.
    public var toPhoto: Affine

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

    /// What of the photo the view shows, alone.
    public func picture(of photo: Picture) -> Picture {
      let levels = Resampler.sample(photo, toPhoto: toPhoto, width: width, height: height)
      return Picture(width: width, height: height, samples: .eight(levels.map { UInt8($0.rounded()) }))
    }
  }

  /// The mask's tint.
  public var maskColor = PlanColor(red: 0, green: 150, blue: 255)
  /// How much of it is mixed in, 0…1; its edge is stronger.
  public var maskOpacity = 0.35
  /// How opaque colours are, 0…1.
  public var colorOpacity = 0.85
  /// Whether the region's square is outlined, where the view shows more.
  public var showsRegion = true

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
    guard let toView = view.toPhoto.inverse else { throw .badRegion }
    var sheet = PixelSheet(view.picture(of: picture))
    // Four samples a pixel in each direction make lines smooth.
    let samples = 4
    let map = toView.then(.scale(Double(samples), Double(samples)))
    let frame = PixelRect(x: 0, y: 0, width: view.width * samples, height: view.height * samples)
    let painter = StrokePainter(map: map, region: region, images: images)
    // In photo pixels: what a pixel of the drawing and of the generator is.
    let viewPixel = abs(view.toPhoto.determinant).squareRoot()
    let generatorPixel = region.side / Double(region.size)
    for edit in edits {
      if let mask = try painter.mask(edit, in: frame) { tint(&sheet, mask, samples) }
      var lines = edit
      lines.strokes = edit.strokes.map { stroke in
        guard stroke.layer == .sketch, stroke.brush == nil else { return stroke }
        var stroke = stroke
        stroke.brush = .init(width: max(generatorPixel, 1.6 * viewPixel), pen: .identity)
        return stroke
      }
      let (sketch, color) = try painter.sketchAndColor(lines, in: frame)
      if let color { paint(&sheet, color, samples) }
      if let sketch { draw(&sheet, sketch, samples) }
    }
    if showsRegion { outline(&sheet, region, toView) }
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
    let color = (maskColor.red, maskColor.green, maskColor.blue)
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
        sheet.blend(x, y, color, share * (isEdge ? edge : inner) / 255)
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
        sheet.blend(
          x, y, (UInt8(red / count), UInt8(green / count), UInt8(blue / count)),
          opacity * count / (samples * samples))
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
        if halo > 0 { sheet.blend(x, y, (0, 0, 0), halo * 150 / 255) }
      }
    }
    for y in 0..<height {
      for x in 0..<width { sheet.blend(x, y, (255, 255, 255), shares[y * width + x]) }
    }
  }

  /// A dashed square around what the generator sees.
  private func outline(_ sheet: inout PixelSheet, _ region: PlanRegion, _ toView: Affine) {
    let size = Double(region.size)
    let corners = [Point(0, 0), Point(size, 0), Point(size, size), Point(0, size), Point(0, 0)].map {
      toView(region.toPhoto($0))
    }
    // Where the view shows no more than the region, the picture's own edge says it.
    let isEdge = corners.allSatisfy { p in
      (p.x < 1 || p.x > Double(sheet.width) - 1) && (p.y < 1 || p.y > Double(sheet.height) - 1)
    }
    if isEdge { return }
    let tracer = LineTracer(rect: PixelRect(x: 0, y: 0, width: sheet.width, height: sheet.height))
    for (from, to) in zip(corners, corners.dropFirst()) {
      var index = 0
      tracer.trace(Polyline(points: [from, to], isClosed: false)) { x, y in
        sheet.blend(x, y, index / 6 % 2 == 0 ? (255, 255, 255) : (0, 0, 0), 190)
        index += 1
      }
    }
  }
}
