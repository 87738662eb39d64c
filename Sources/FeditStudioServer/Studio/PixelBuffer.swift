import FeditImage
import FeditPixels
import FeditRaster
import Foundation

/// A picture as windows show it: 8 bits a channel, RGB or RGBA.
struct PixelBuffer: Sendable {
  var width: Int
  var height: Int
  var channels: Int
  private var samples: [UInt8]

  init(_ picture: Picture) {
    width = picture.width
    height = picture.height
    channels = picture.channels
    switch picture.samples {
    case .eight(let all): samples = all
    case .sixteen(let all): samples = all.map(Levels.byte)
    }
  }

  /// All of it.
  var whole: PixelRect { PixelRect(x: 0, y: 0, width: width, height: height) }

  /// The least rectangle that holds all pixels that differ; empty where none does, the whole where the sizes differ.
  func difference(from other: PixelBuffer) -> PixelRect {
    guard width == other.width, height == other.height, channels == other.channels else { return whole }
    let stride = width * channels
    return samples.withUnsafeBytes { a in
      other.samples.withUnsafeBytes { b in
        guard let a = a.baseAddress, let b = b.baseAddress else { return whole }
        func isSame(_ row: Int) -> Bool { memcmp(a + row * stride, b + row * stride, stride) == 0 }
        guard let top = (0..<height).first(where: { !isSame($0) }) else {
          return PixelRect(x: 0, y: 0, width: 0, height: 0)
        }
        let bottom = (top..<height).last { !isSame($0) } ?? top
        var (left, right) = (stride, 0)
        for row in top...bottom {
          let (p, q) = (a + row * stride, b + row * stride)
          // Only what lies outside the rectangle found so far is looked at.
          var x = 0
          while x < left,
            p.load(fromByteOffset: x, as: UInt8.self) == q.load(fromByteOffset: x, as: UInt8.self)
          {
            x += 1
          }
          left = min(left, x)
          x = stride - 1
          while x > right,
            p.load(fromByteOffset: x, as: UInt8.self) == q.load(fromByteOffset: x, as: UInt8.self)
          {
            x -= 1
          }
          right = max(right, x)
        }
        let (first, last) = (left / channels, right / channels)
        return PixelRect(x: first, y: top, width: last - first + 1, height: bottom - top + 1)
      }
    }
  }

  /// The samples in a rectangle, row by row.
  func bytes(of part: PixelRect) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(part.area * channels)
    for y in part.y..<part.y + part.height {
      let start = (y * width + part.x) * channels
      result += samples[start..<start + part.width * channels]
    }
    return result
  }

  /// The pixels in a rectangle as RGBA, transparent where they are those of another picture of the same size.
  func changedBytes(of part: PixelRect, from other: PixelBuffer) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(part.area * 4)
    for y in part.y..<part.y + part.height {
      for x in part.x..<part.x + part.width {
        let at = (y * width + x) * channels
        let isSame = (at..<at + channels).allSatisfy { samples[$0] == other.samples[$0] }
        result += samples[at..<at + 3]
        result.append(isSame ? 0 : channels == 4 ? samples[at + 3] : 255)
      }
    }
    return result
  }

  /// What stands before the samples of a part.
  func head(_ part: PixelRect, version: Int?, stage: String?) -> Outgoing.FrameHead {
    var head = Outgoing.FrameHead(type: "patch", version: version, stage: stage)
    (head.width, head.height) = (width, height)
    (head.x, head.y, head.columns, head.rows) = (part.x, part.y, part.width, part.height)
    head.channels = channels
    return head
  }
}
