import FeditNN
import FeditPixels

/// A task with what fills of it are compared with, worked out once.
struct MeasuredTask {
  let sample: TrainingSample
  let mask: Plane
  /// RGB in whole levels.
  let photo: [Float]
  let metrics: FillMetrics
  private let features: FeatureDistance?
  private let own: [BatchMap]?
  private let window: FeatureWindow

  /// - Parameters:
  ///   - sample: The task.
  ///   - features: nil without VGG weights.
  init(_ sample: TrainingSample, features: FeatureDistance?) {
    self.sample = sample
    self.features = features
    mask = Plane(width: sample.size, height: sample.size, pixels: sample.mask.map { $0 != 0 ? 1 : 0 })
    let photo = Evaluation.composited(sample) { p, c in sample.image[p * 3 + c] }
    self.photo = photo
    metrics = FillMetrics(size: sample.size, mask: mask, photo: photo)
    let window = FeatureWindow(around: mask)
    self.window = window
    own = features.map { window.features(of: photo, by: $0) }
  }

  /// What a fill comes to.
  ///
  /// - Parameter result: RGB in levels 0…255, the photo outside the mask.
  /// - Returns: All figures but ink.
  func figures(_ result: [Float]) -> Evaluation.Figures {
    var figures = Evaluation.Figures(
      psnr: metrics.psnr(result), l1: metrics.l1(result), ssim: metrics.ssim(result))
    if let features, let own {
      figures.features = features.distance(
        window.features(of: result, by: features), own, mask: window.mask)
    }
    figures.colorError = metrics.colorError(result, color: sample.color, set: sample.colorSet)
    return figures
  }
}

/// The part of a picture that features inside a mask depend on: those of conv3_3 reach 20 pixels far.
struct FeatureWindow {
  /// The whole picture's side.
  private let side: Int
  private let columns: Range<Int>
  private let rows: Range<Int>
  /// The mask in the window.
  let mask: Plane

  /// The box around a mask with room, its borders on the grid of the deepest layer.
  init(around mask: Plane) {
    var (low, high) = ((x: mask.width, y: mask.height), (x: 0, y: 0))
    for y in 0..<mask.height {
      for x in 0..<mask.width where mask[x, y] != 0 {
        low = (min(low.x, x), min(low.y, y))
        high = (max(high.x, x + 1), max(high.y, y + 1))
      }
    }
    func range(_ low: Int, _ high: Int, _ length: Int) -> Range<Int> {
      guard low < high else { return 0..<length }
      return max(0, low - 24) / 8 * 8..<min(length, (high + 24 + 7) / 8 * 8)
    }
    let columns = range(low.x, high.x, mask.width)
    let rows = range(low.y, high.y, mask.height)
    (side, self.columns, self.rows) = (mask.width, columns, rows)
    var part = Plane(width: columns.count, height: rows.count)
    for y in rows {
      for x in columns { part[x - columns.lowerBound, y - rows.lowerBound] = mask[x, y] }
    }
    self.mask = part
  }

  /// A picture's features in the window.
  func features(of picture: [Float], by distance: FeatureDistance) -> [BatchMap] {
    var part: [Float] = []
    part.reserveCapacity(3 * columns.count * rows.count)
    for y in rows {
      let row = y * side
      part += picture[3 * (row + columns.lowerBound)..<3 * (row + columns.upperBound)]
    }
    return distance.features(part, width: columns.count, height: rows.count)
  }
}
