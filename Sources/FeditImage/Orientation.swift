/// EXIF's orientations (TIFF 6.0, tag 274): where the stored first row and column lie.
enum Orientation {
  /// Turns stored pixels upright.
  ///
  /// - Parameters:
  ///   - pixels: `width * height * channels` samples as stored.
  ///   - width: as stored.
  ///   - height: as stored.
  ///   - channels: samples a pixel.
  ///   - orientation: 1...8.
  /// - Returns: as many samples; for 5...8 the rows have `height` pixels.
  static func upright<Sample: FixedWidthInteger>(
    _ pixels: [Sample], width: Int, height: Int, channels: Int, orientation: Int
  ) -> [Sample] {
    guard orientation > 1 else { return pixels }
    // Stored (x, y) goes to start + x * stepX + y * stepY, in samples.
    let outWidth = orientation >= 5 ? height : width
    let last = (x: width - 1, y: height - 1)
    let (start, stepX, stepY): (Int, Int, Int) =
      switch orientation {
      case 2: (last.x, -1, outWidth)
      case 3: (last.y * outWidth + last.x, -1, -outWidth)
      case 4: (last.y * outWidth, 1, -outWidth)
      case 5: (0, outWidth, 1)
      case 6: (last.y, outWidth, -1)
      case 7: (last.x * outWidth + last.y, -outWidth, -1)
      default: (last.x * outWidth, -outWidth, 1)
      }
    let tile = 32
    return [Sample](unsafeUninitializedCapacity: pixels.count) { target, count in
      pixels.withUnsafeBufferPointer { source in
        for top in stride(from: 0, to: height, by: tile) {
          for left in stride(from: 0, to: width, by: tile) {
            for y in top..<min(top + tile, height) {
              var from = (y * width + left) * channels
              var to = (start + left * stepX + y * stepY) * channels
              for _ in left..<min(left + tile, width) {
                for c in 0..<channels { target[to + c] = source[from + c] }
                from += channels
                to += stepX * channels
              }
            }
          }
        }
      }
      count = pixels.count
    }
  }
}
