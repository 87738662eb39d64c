import FeditImage
import FeditRaster

/// The samples of a rectangle of a picture.
struct PicturePatch: Sendable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int
  private var samples: Picture.Samples

  /// - Precondition: the rectangle lies inside the picture.
  init(of picture: Picture, x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
    let channels = picture.channels
    func rows<Sample>(_ all: [Sample]) -> [Sample] {
      var part: [Sample] = []
      part.reserveCapacity(width * height * channels)
      for row in y..<y + height {
        let start = (row * picture.width + x) * channels
        part += all[start..<start + width * channels]
      }
      return part
    }
    switch picture.samples {
    case .eight(let all): samples = .eight(rows(all))
    case .sixteen(let all): samples = .sixteen(rows(all))
    }
  }

  /// What some masks hold; nil where they hold nothing.
  init?(of picture: Picture, around masks: [PhotoMask]) {
    guard let first = masks.first?.rect else { return nil }
    let all = masks.dropFirst().reduce(first) { $0.union($1.rect) }
    self.init(of: picture, x: all.x, y: all.y, width: all.width, height: all.height)
  }

  /// Puts the samples back where they were, into a picture of the same size and depth.
  func put(into picture: inout Picture) {
    let length = width * picture.channels
    let stride = picture.width * picture.channels
    let first = y * stride + x * picture.channels
    func put<Sample>(_ part: [Sample], _ all: inout [Sample]) {
      for row in 0..<height {
        let start = first + row * stride
        all.replaceSubrange(start..<start + length, with: part[row * length..<(row + 1) * length])
      }
    }
    // The picture gives its samples away meanwhile, so that they are not copied.
    switch samples {
    case .eight(let part):
      guard case .eight(var all) = picture.samples else { preconditionFailure("a patch of another depth") }
      picture.samples = .eight([])
      put(part, &all)
      picture.samples = .eight(all)
    case .sixteen(let part):
      guard case .sixteen(var all) = picture.samples else { preconditionFailure("a patch of another depth") }
      picture.samples = .sixteen([])
      put(part, &all)
      picture.samples = .sixteen(all)
    }
  }

  var byteCount: Int {
    switch samples {
    case .eight(let part): part.count
    case .sixteen(let part): 2 * part.count
    }
  }
}
