import FeditImage
import FeditPixels
import FeditPlan
import FeditVision

/// A layer drawn elsewhere, as pixels that are set or not.
struct ImageLayer {
  let width: Int
  let height: Int
  /// 0 or 1 a pixel.
  let isSet: [UInt8]
  private let picture: Picture

  /// Reads a picture as a layer: ``LayerThreshold`` says which pixels are set.
  init(_ picture: Picture, for layer: PlanLayer) {
    width = picture.width
    height = picture.height
    self.picture = picture
    let width = width
    isSet = (0..<width * height).map { index in
      let (x, y) = (index % width, index / width)
      let alpha = picture.alpha8(x, y)
      let isSet =
        layer == .color
        ? LayerThreshold.isSet(alpha: alpha) : LayerThreshold.isSet(picture.rgb8(x, y), alpha: alpha)
      return isSet ? 1 : 0
    }
  }

  /// Draws the layer onto a canvas, each of whose pixels shows the image pixel under its centre.
  ///
  /// - Parameters:
  ///   - toDevice: From the image's unit square to the canvas' pixels.
  ///   - canvas: Where to draw.
  ///   - layer: Which layer it is.
  ///   - isErase: Whether set pixels take away.
  func draw(_ toDevice: Affine, on canvas: Canvas, layer: PlanLayer, isErase: Bool) {
    let pixelMap = Affine.scale(1 / Double(width), 1 / Double(height)).then(toDevice)
    guard width > 0, height > 0, let inverse = pixelMap.inverse else { return }
    var box = Box.nothing
    for corner in [Point(0, 0), Point(1, 0), Point(0, 1), Point(1, 1)] {
      let p = toDevice(corner)
      box.add(p.x, p.y)
    }
    let rect = PixelRect(touching: box, within: canvas.rect)
    if layer == .sketch {
      drawLines(pixelMap, inverse, in: rect, on: canvas, isErase ? .clear : .set)
      return
    }
    func ink(_ index: Int) -> Canvas.Ink {
      if isErase { return .clear }
      guard layer == .color else { return .set }
      let (red, green, blue) = picture.rgb8(index % width, index / width)
      return .color(RGB8(red: red, green: green, blue: blue))
    }
    forEachPixel(of: rect, inverse) { x, y, index in
      if isSet[index] != 0 { canvas.put(x, y, ink(index)) }
    }
  }

  /// Calls `body` with each pixel of `rect` that shows a pixel of the image, and that pixel's index.
  private func forEachPixel(of rect: PixelRect, _ inverse: Affine, _ body: (Int, Int, Int) -> Void) {
    for y in rect.y..<rect.maxY {
      for x in rect.x..<rect.maxX {
        // The tiny shift settles centres that fall between two image pixels the same way everywhere.
        let p = inverse(Point(Double(x) + 0.5, Double(y) + 0.5))
        let column = (p.x + 1e-9).rounded(.down)
        let row = (p.y + 1e-9).rounded(.down)
        guard column >= 0, row >= 0, column < Double(width), row < Double(height) else { continue }
        body(x, y, Int(row) * width + Int(column))
      }
    }
  }

  /// Draws a sketch: lines of one pixel of the canvas, however thick they are in the picture.
  private func drawLines(
    _ pixelMap: Affine, _ inverse: Affine, in rect: PixelRect, on canvas: Canvas, _ ink: Canvas.Ink
  ) {
    guard !rect.isEmpty else { return }
    var plane = Plane(width: rect.width, height: rect.height)
    forEachPixel(of: rect, inverse) { x, y, index in plane[x - rect.x, y - rect.y] = isSet[index] }
    // A line one pixel wide would break up where the image shrinks: each of its pixels is drawn.
    if abs(pixelMap.determinant) < 1 {
      for row in 0..<height {
        for column in 0..<width where isSet[row * width + column] != 0 {
          let p = pixelMap(Point(Double(column) + 0.5, Double(row) + 0.5))
          guard p.x >= Double(rect.x), p.y >= Double(rect.y), p.x < Double(rect.maxX), p.y < Double(rect.maxY)
          else { continue }
          plane[Int(p.x.rounded(.down)) - rect.x, Int(p.y.rounded(.down)) - rect.y] = 1
        }
      }
    }
    plane.thin()
    for y in 0..<rect.height {
      for x in 0..<rect.width where plane[x, y] != 0 { canvas.put(rect.x + x, rect.y + y, ink) }
    }
  }
}
