import FeditFiles
import FeditImage
import FeditPixels
import FeditPlan
import Synchronization

/// Decoded pictures by path, each until its file changes or it is let go.
final class PictureCache: Sendable {
  private struct Entry {
    var stamp: FileStamp?
    var size: (width: Int, height: Int)?
    var picture: Picture?
  }

  private let entries = Mutex<[String: Entry]>([:])
  let limits: PictureLimits

  init(limits: PictureLimits) { self.limits = limits }

  /// The size that a picture has after EXIF orientation; only its header is read.
  func size(_ path: String) throws(PictureError) -> (width: Int, height: Int) {
    let stamp = FileStamp(path)
    let known = entries.withLock { $0[path] }
    if let known, known.stamp == stamp, let size = known.size { return size }
    let size = try PictureFile.size(path, limits: limits)
    entries.withLock { $0[path] = Entry(stamp: stamp, size: size, picture: nil) }
    return size
  }

  /// The decoded picture.
  func picture(_ path: String) throws(PictureError) -> Picture {
    let stamp = FileStamp(path)
    let known = entries.withLock { $0[path] }
    if let known, known.stamp == stamp, let picture = known.picture { return picture }
    let picture = try PictureFile.read(path, limits: limits)
    let entry = Entry(stamp: stamp, size: (picture.width, picture.height), picture: picture)
    entries.withLock { $0[path] = entry }
    return picture
  }

  /// Takes a picture that is no file, under a path at which there is none.
  func hold(_ picture: Picture, as path: String) {
    let entry = Entry(stamp: nil, size: (picture.width, picture.height), picture: picture)
    entries.withLock { $0[path] = entry }
  }

  /// Lets go of all pictures but those of some paths.
  func keepOnly(_ paths: Set<String>) {
    entries.withLock { entries in entries = entries.filter { paths.contains($0.key) } }
  }
}

extension Picture {
  /// The median, channel by channel, of the 5×5 pixels around a place in pixels.
  func median(around point: Point) -> RGB8 {
    let x = min(max(Int(point.x.rounded(.down)), 0), width - 1)
    let y = min(max(Int(point.y.rounded(.down)), 0), height - 1)
    var channels: [[UInt8]] = [[], [], []]
    for row in -2...2 {
      for column in -2...2 {
        let pixel = rgb8(mirrored(x + column, width), mirrored(y + row, height))
        channels[0].append(pixel.red)
        channels[1].append(pixel.green)
        channels[2].append(pixel.blue)
      }
    }
    let medians = channels.map { $0.sorted()[12] }
    return RGB8(red: medians[0], green: medians[1], blue: medians[2])
  }
}
