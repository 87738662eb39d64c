import FeditTestSupport

/// Random areas and drawings on a square frame.
struct Drawing {
  let size: Int
  var numbers: Numbers

  init(size: Int, seed: UInt64) {
    self.size = size
    numbers = Numbers(seed)
  }

  /// Masks whose kind goes round with `index`: rectangles at each border and in each corner, ellipses, brush
  /// strokes, islands, single pixels, nearly everything, and pixels strewn all over.
  mutating func mask(_ index: Int) -> [Float] {
    var mask = [Float](repeating: 0, count: size * size)
    let n = size
    func side() -> Int { Int.random(in: 1...n / 2, using: &numbers) }
    func place(_ length: Int) -> Int { Int.random(in: 0...n - length, using: &numbers) }
    let (w, h) = (side(), side())
    switch index % 14 {
    case 0: fill(&mask, x: 0, y: place(h), w, h)
    case 1: fill(&mask, x: n - w, y: place(h), w, h)
    case 2: fill(&mask, x: place(w), y: 0, w, h)
    case 3: fill(&mask, x: place(w), y: n - h, w, h)
    case 4: fill(&mask, x: 0, y: 0, w, h)
    case 5: fill(&mask, x: n - w, y: n - h, w, h)
    case 6: ellipse(&mask)
    case 7: stroke(&mask, value: 1, thickness: 12)
    case 8: for _ in 0..<5 { ellipse(&mask, largest: n / 16) }
    case 9: mask[place(1) * n + place(1)] = 1
    case 10:
      mask = [Float](repeating: 1, count: n * n)
      fill(&mask, x: place(w), y: place(h), w, h, value: 0)
    case 11: for p in mask.indices where Int.random(in: 0..<400, using: &numbers) == 0 { mask[p] = 1 }
    // A row and a column that cross the frame from border to border.
    case 12:
      fill(&mask, x: 0, y: place(3), n, 3)
      fill(&mask, x: place(3), y: 0, 3, n)
    default: fill(&mask, x: place(w), y: place(h), w, h)
    }
    return mask
  }

  func fill(_ values: inout [Float], x: Int, y: Int, _ w: Int, _ h: Int, value: Float = 1) {
    for row in y..<y + h { for column in x..<x + w { values[row * size + column] = value } }
  }

  mutating func ellipse(_ values: inout [Float], value: Float = 1, largest: Int? = nil) {
    let reach = 2...(largest ?? size / 4)
    let (a, b) = (Int.random(in: reach, using: &numbers), Int.random(in: reach, using: &numbers))
    let (cx, cy) = (Int.random(in: 0..<size, using: &numbers), Int.random(in: 0..<size, using: &numbers))
    for y in max(0, cy - b)...min(size - 1, cy + b) {
      for x in max(0, cx - a)...min(size - 1, cx + a) {
        let (dx, dy) = (Double(x - cx) / Double(a), Double(y - cy) / Double(b))
        if dx * dx + dy * dy <= 1 { values[y * size + x] = value }
      }
    }
  }

  /// A line between two random points, `thickness` pixels wide.
  mutating func stroke(_ values: inout [Float], value: Float, thickness: Int = 1) {
    func point() -> Int { Int.random(in: 0..<size, using: &numbers) }
    let (x0, y0, x1, y1) = (point(), point(), point(), point())
    let steps = max(1, max(abs(x1 - x0), abs(y1 - y0)))
    for i in 0...steps {
      let (cx, cy) = (x0 + (x1 - x0) * i / steps, y0 + (y1 - y0) * i / steps)
      for y in max(0, cy - thickness / 2)..<min(size, cy + (thickness + 1) / 2) {
        for x in max(0, cx - thickness / 2)..<min(size, cx + (thickness + 1) / 2) {
          values[y * size + x] = value
        }
      }
    }
  }
}
