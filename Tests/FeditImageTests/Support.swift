import FeditImage
import FeditTestSupport
import Foundation

/// A file beside the tests.
func fixture(_ name: String) throws -> [UInt8] {
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
  return try [UInt8](Data(contentsOf: folder.appendingPathComponent(name)))
}

/// Builds PNG files chunk by chunk, by the specification alone, so that what is read can be checked against it.
struct PNGBuilder {
  var width: Int
  var height: Int
  var depth: Int
  /// 0 grey, 2 RGB, 3 palette, 4 grey and alpha, 6 RGBA.
  var type: Int
  var isInterlaced = false
  /// Stand between header and image data.
  var chunks: [(String, [UInt8])] = []

  var channels: Int { [0: 1, 2: 3, 3: 1, 4: 2, 6: 4][type] ?? 1 }

  var header: [UInt8] {
    var data = big(width) + big(height)
    data += [UInt8(depth), UInt8(type), 0, 0, isInterlaced ? 1 : 0]
    return data
  }

  /// The file, from the sample at x, y, channel in the file's own depth.
  func build(_ sample: (Int, Int, Int) -> Int) -> [UInt8] {
    var bytes = PNGBytes.signature + PNGBytes.chunk("IHDR", header)
    for (name, data) in chunks { bytes += PNGBytes.chunk(name, data) }
    return bytes + PNGBytes.chunk("IDAT", ZlibBytes.stored(raw(sample))) + PNGBytes.chunk("IEND", [])
  }

  /// Filtered rows (filter 0), pass after pass.
  func raw(_ sample: (Int, Int, Int) -> Int) -> [UInt8] {
    // Adam7: where a pass begins and how far its pixels are apart.
    let passes =
      isInterlaced
      ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
      : [(0, 0, 1, 1)]
    var bytes: [UInt8] = []
    for (left, top, stepX, stepY) in passes where left < width && top < height {
      for y in stride(from: top, to: height, by: stepY) {
        bytes.append(0)
        var bits = 0
        var count = 0
        for x in stride(from: left, to: width, by: stepX) {
          for c in 0..<channels {
            bits = bits << depth | sample(x, y, c)
            count += depth
            while count >= 8 {
              bytes.append(UInt8(truncatingIfNeeded: bits >> (count - 8)))
              count -= 8
            }
            bits &= 0xFFFF
          }
        }
        if count > 0 { bytes.append(UInt8(truncatingIfNeeded: bits << (8 - count))) }
      }
    }
    return bytes
  }

  /// The chunks of a file in order; nil where it is no whole PNG file.
  static func parse(_ bytes: [UInt8]) -> [(name: String, data: [UInt8])]? {
    guard bytes.starts(with: PNGBytes.signature) else { return nil }
    var found: [(String, [UInt8])] = []
    var rest = bytes.dropFirst(8)
    while rest.count >= 12 {
      let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      guard length <= rest.count - 12 else { return nil }
      let body = rest.dropFirst(4).prefix(4 + length)
      let sum = rest.dropFirst(8 + length).prefix(4)
      guard sum.elementsEqual(big(Int(PNGBytes.crc(body)))) else { return nil }
      found.append((String(decoding: body.prefix(4), as: UTF8.self), Array(body.dropFirst(4))))
      rest = rest.dropFirst(12 + length)
    }
    return rest.isEmpty && found.last?.0 == "IEND" ? found : nil
  }

  static func names(_ bytes: [UInt8]) -> [String] { parse(bytes)?.map(\.name) ?? [] }
}

/// A TIFF block with an orientation and a resolution, as EXIF has it.
func exif(orientation: Int, dpi: Int? = nil, little: Bool = true) -> [UInt8] {
  func number(_ value: Int, _ bytes: Int) -> [UInt8] {
    little ? big(value, bytes).reversed() : big(value, bytes)
  }
  func entry(_ tag: Int, _ type: Int, _ value: [UInt8]) -> [UInt8] {
    number(tag, 2) + number(type, 2) + number(1, 4) + value
  }
  let entries = dpi == nil ? 1 : 4
  var block = Array((little ? "II" : "MM").utf8) + number(42, 2) + number(8, 4) + number(entries, 2)
  block += entry(0x0112, 3, number(orientation, 2) + [0, 0])
  if let dpi {
    let after = number(8 + 2 + entries * 12 + 4, 4)
    block += entry(0x011A, 5, after)
    block += entry(0x011B, 5, after)
    block += entry(0x0128, 3, number(2, 2) + [0, 0])
    block += number(0, 4) + number(dpi, 4) + number(1, 4)
  } else {
    block += number(0, 4)
  }
  return block
}

/// A JPEG file with segments put in after its start marker.
func jpeg(_ bytes: [UInt8], inserting segments: [(marker: UInt8, data: [UInt8])]) -> [UInt8] {
  var added: [UInt8] = []
  for (marker, data) in segments { added += [0xFF, marker] + big(data.count + 2, 2) + data }
  return Array(bytes[..<2]) + added + Array(bytes[2...])
}

/// An ICC profile without tags: a header as ICC.1 has it, `size` bytes long.
func iccProfile(space: String, size: Int = 132) -> [UInt8] {
  var profile = [UInt8](repeating: 0, count: size)
  func put(_ offset: Int, _ bytes: [UInt8]) {
    profile.replaceSubrange(offset..<offset + bytes.count, with: bytes)
  }
  put(0, big(size))
  put(8, [4, 0x30, 0, 0])
  put(12, Array("mntr".utf8))
  put(16, Array(space.utf8))
  put(20, Array("XYZ ".utf8))
  put(36, Array("acsp".utf8))
  // The D50 illuminant.
  put(68, [0, 0, 0xF6, 0xD6, 0, 1, 0, 0, 0, 0, 0xD3, 0x2D])
  for i in 132..<max(size, 132) where i < size { profile[i] = UInt8(truncatingIfNeeded: i &* 31) }
  return profile
}

/// An iCCP chunk's data.
func iccChunk(_ profile: [UInt8]) -> [UInt8] { Array("p\0\0".utf8) + ZlibBytes.stored(profile) }

/// A picture of smooth waves and sharp edges, 8 bits.
func waves(_ width: Int, _ height: Int, hasAlpha: Bool = false) -> Picture {
  var samples: [UInt8] = []
  for y in 0..<height {
    for x in 0..<width {
      let edge = (x / 7 + y / 5) % 3 == 0 ? 60 : 0
      samples.append(UInt8((x * 5 + y * 2) % 160 + edge))
      samples.append(UInt8((x * x / 9 + y * 3) % 200))
      samples.append(UInt8(min(255, abs((x * 4 - y * 6) % 250))))
      if hasAlpha { samples.append(UInt8((x * 3 + y) % 256)) }
    }
  }
  return Picture(width: width, height: height, hasAlpha: hasAlpha, samples: .eight(samples))
}

/// 16 bits with something in the low ones.
func deepWaves(_ width: Int, _ height: Int, hasAlpha: Bool = false) -> Picture {
  var picture = waves(width, height, hasAlpha: hasAlpha)
  guard case .eight(let samples) = picture.samples else { return picture }
  picture.samples = .sixteen(samples.enumerated().map { UInt16($1) << 8 | UInt16(($0 * 37) % 256) })
  return picture
}

func error(_ body: () throws -> some Any) -> PictureError? {
  do {
    _ = try body()
    return nil
  } catch {
    return error as? PictureError
  }
}
