/// Growing and shrinking areas of pixels by an elliptic pen (Serra 1982), in time that depends on the
/// number of runs in the rows and not on the pen's width.
enum Dilation {
  /// Sets on `target` every pixel whose centre the pen reaches when its middle is on a pixel of `source`.
  ///
  /// - Parameters:
  ///   - source: Whose pixels grow.
  ///   - ofUnset: Whether its unset pixels grow instead.
  ///   - pen: In pixels.
  ///   - target: What is changed.
  ///   - ink: To set or to clear.
  static func dilate(
    _ source: Canvas, ofUnset: Bool = false, by pen: Pen, onto target: Canvas, _ ink: Canvas.Ink
  ) {
    let rows = Int(pen.reachY.rounded(.down))
    // How far the pen's rows reach; nil where the pen ends before the row's centre.
    let spans: [(from: Int, to: Int)?] = (-rows...rows).map { dy in
      pen.span(atRow: Double(dy)).flatMap { span in
        let from = Int(span.from.rounded(.up))
        let to = Int(span.to.rounded(.down))
        return from <= to ? (from, to) : nil
      }
    }
    let rect = target.rect
    // Every row's runs are asked for once for each row of the pen.
    let sourceRows = source.rect.y..<source.rect.maxY
    var runs: [Range<Int>] = []
    var firstRun = [0]
    for y in sourceRows {
      source.runs(row: y, set: !ofUnset) { runs.append($0) }
      firstRun.append(runs.count)
    }
    var starts = [Int32](repeating: 0, count: rect.width + 1)
    for y in rect.y..<rect.maxY {
      var isTouched = false
      for sourceY in sourceRows.clamped(to: y - rows..<y + rows + 1) {
        guard let span = spans[y - sourceY + rows] else { continue }
        let row = sourceY - sourceRows.lowerBound
        for run in runs[firstRun[row]..<firstRun[row + 1]] {
          let from = max(run.lowerBound + span.from, rect.x)
          let to = min(run.upperBound - 1 + span.to, rect.maxX - 1)
          guard from <= to else { continue }
          starts[from - rect.x] += 1
          starts[to - rect.x + 1] -= 1
          isTouched = true
        }
      }
      guard isTouched else { continue }
      var covering: Int32 = 0
      for x in 0..<rect.width {
        covering += starts[x]
        starts[x] = 0
        if covering > 0 { target.put(rect.x + x, y, ink) }
      }
      starts[rect.width] = 0
    }
  }
}
