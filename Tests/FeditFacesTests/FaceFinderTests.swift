import FeditFaces
import FeditImage
import FeditNN
import FeditPixels
import FeditPlan
import Foundation
import Testing

/// The face finder, on portraits that the project's own generator made.
@Suite struct FaceFinderTests {
  private static let examples =
    URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path + "/Examples/"
  static let portraits = ["smile", "sunglasses", "hair-colour", "eyebrows", "sketch-only", "colour-only"]

  private static func portrait(_ name: String) throws -> Picture {
    try PictureFile.read(examples + name + "/portrait.png")
  }

  private static func finder(threads: Int = 2) throws -> FaceFinder {
    try FaceFinder.builtIn(pool: ThreadPool(threads: threads))
  }

  /// A wall, and pictures on it, each enlarged by pixels.
  private static func wall(
    _ width: Int, _ height: Int, _ pictures: [(Picture, x: Int, y: Int, zoom: Int)]
  ) -> Picture {
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    for i in 0..<width * height * 3 { pixels[i] = UInt8(150 + (i / 3 / width) % 40) }
    for (picture, x, y, zoom) in pictures {
      for row in 0..<picture.height * zoom where y + row >= 0 && y + row < height {
        for column in 0..<picture.width * zoom where x + column >= 0 && x + column < width {
          let color = picture.rgb8(column / zoom, row / zoom)
          let at = ((y + row) * width + x + column) * 3
          (pixels[at], pixels[at + 1], pixels[at + 2]) = (color.red, color.green, color.blue)
        }
      }
    }
    return Picture(width: width, height: height, samples: .eight(pixels))
  }

  @Test(
    "in an aligned portrait the eyes and the mouth are found where portraits have them", arguments: portraits)
  func aligned(name: String) throws {
    let faces = try Self.finder().faces(in: try Self.portrait(name))
    try #require(faces.count == 1)
    let face = faces[0].geometry
    for (point, x, y) in [(face.leftEye, 0.38, 0.475), (face.rightEye, 0.62, 0.475), (face.mouth, 0.5, 0.72)]
    {
      #expect(abs(point.x - x * 256) < 12 && abs(point.y - y * 256) < 12)
    }
    #expect(faces[0].confidence > 0.5)
  }

  @Test("every outline goes round once, and eyes, brows and lips lie inside the face's")
  func outlines() throws {
    let face = try #require(try Self.finder().faces(in: try Self.portrait("smile")).first).geometry
    #expect(Set(face.contours.keys) == Set(FaceContour.allCases))
    let outer = try #require(face.contours[.faceShape])
    let (left, right) = (outer.map(\.x).min() ?? 0, outer.map(\.x).max() ?? 0)
    let (top, bottom) = (outer.map(\.y).min() ?? 0, outer.map(\.y).max() ?? 0)
    for contour in FaceContour.allCases where contour != .faceShape {
      for point in try #require(face.contours[contour]) {
        #expect(point.x > left && point.x < right && point.y > top && point.y < bottom)
      }
    }
    #expect(face.leftEye.x < face.rightEye.x && face.mouth.y > face.leftEye.y)
  }

  @Test("a face is found where the picture lies, and twice as large where it is enlarged twice")
  func moved() throws {
    let portrait = try Self.portrait("smile")
    let finder = try Self.finder()
    let own = try #require(try finder.faces(in: portrait).first).geometry
    let scene = Self.wall(1600, 1200, [(portrait, 700, 300, 2)])
    let found = try finder.faces(in: scene)
    try #require(found.count == 1)
    #expect(abs(found[0].geometry.leftEye.x - (700 + 2 * own.leftEye.x)) < 8)
    #expect(abs(found[0].geometry.mouth.y - (300 + 2 * own.mouth.y)) < 8)
  }

  @Test("of several faces all are found, the largest first; without 'all' the largest is among them")
  func several() throws {
    let portraits = try Self.portraits.prefix(4).map { try Self.portrait($0) }
    let places = portraits.enumerated().map { ($1, x: 30 + 300 * $0, y: 60, zoom: 1) }
    let scene = Self.wall(1900, 900, places + [(portraits[0], x: 1250, y: 300, zoom: 2)])
    let all = try Self.finder().faces(in: scene)
    #expect(all.count == 5)
    #expect(try #require(all.first).geometry.leftEye.x > 1250)
    let few = try Self.finder().faces(in: scene, all: false)
    #expect(try #require(few.first) == all[0])
  }

  @Test("the same numbers with any number of threads")
  func threads() throws {
    let portrait = try Self.portrait("sunglasses")
    let one = try Self.finder(threads: 1).faces(in: portrait)
    #expect(one == (try Self.finder(threads: 5).faces(in: portrait)))
  }

  @Test("16 bits and alpha change nothing")
  func deep() throws {
    let portrait = try Self.portrait("smile")
    guard case .eight(let samples) = portrait.samples, !portrait.hasAlpha else { return #expect(Bool(false)) }
    let finder = try Self.finder()
    let plain = try finder.faces(in: portrait)
    let deep = Picture(width: 256, height: 256, samples: .sixteen(samples.map { UInt16($0) * 257 }))
    #expect(try finder.faces(in: deep) == plain)
    var withAlpha: [UInt8] = []
    for i in 0..<256 * 256 { withAlpha += [samples[3 * i], samples[3 * i + 1], samples[3 * i + 2], 255] }
    let clear = Picture(width: 256, height: 256, hasAlpha: true, samples: .eight(withAlpha))
    #expect(try finder.faces(in: clear) == plain)
  }

  @Test("nothing is claimed in a tiny picture, a plain one, stripes or noise")
  func nothing() throws {
    let finder = try Self.finder()
    var state: UInt32 = 7
    func noise() -> UInt8 {
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(state >> 24)
    }
    for (width, height) in [(1, 1), (8, 8), (3, 400), (400, 3), (640, 480)] {
      let count = width * height * 3
      let pictures = [
        [UInt8](repeating: 90, count: count), (0..<count).map { UInt8($0 / 3 / 9 % 2 * 200) },
        (0..<count).map { _ in noise() },
      ]
      for samples in pictures {
        let picture = Picture(width: width, height: height, samples: .eight(samples))
        #expect(try finder.faces(in: picture).isEmpty)
      }
    }
  }

  @Test("a face that the border cuts through the eyes or the mouth is not passed off as found")
  func cut() throws {
    let portrait = try Self.portrait("smile")
    let finder = try Self.finder()
    for (x, y) in [(-180, 60), (330, 60), (60, -150), (60, 290)] {
      let scene = Self.wall(420, 420, [(portrait, x, y, 1)])
      for face in try finder.faces(in: scene) {
        for point in [face.geometry.leftEye, face.geometry.rightEye, face.geometry.mouth] {
          #expect(point.x >= 0 && point.y >= 0 && point.x <= 420 && point.y <= 420)
        }
      }
    }
  }

  /// A picture drawn of filled polygons, a sample a pixel, by the even-odd rule.
  private static func drawing(
    _ side: Int, _ ground: (UInt8, UInt8, UInt8),
    _ polygons: [(color: (UInt8, UInt8, UInt8), points: [(x: Double, y: Double)])]
  ) -> Picture {
    var pixels: [UInt8] = []
    for y in 0..<side {
      for x in 0..<side {
        var color = ground
        for polygon in polygons {
          var isInside = false
          for (a, b) in zip(polygon.points, polygon.points.dropFirst() + polygon.points.prefix(1)) {
            let v = Double(y) + 0.5
            guard (a.y > v) != (b.y > v) else { continue }
            if Double(x) + 0.5 < a.x + (v - a.y) / (b.y - a.y) * (b.x - a.x) { isInside.toggle() }
          }
          if isInside { color = polygon.color }
        }
        pixels += [color.0, color.1, color.2]
      }
    }
    return Picture(width: side, height: side, samples: .eight(pixels))
  }

  private static func ellipse(
    _ x: Double, _ y: Double, _ a: Double, _ b: Double
  ) -> [(x: Double, y: Double)] {
    (0..<40).map { (x + a * cos(Double($0) * .pi / 20), y + b * sin(Double($0) * .pi / 20)) }
  }

  @Test("a head from the side, with one eye and half a mouth, is no face that could be placed")
  func profile() throws {
    let head: [(x: Double, y: Double)] = [
      (140, 60), (230, 60), (270, 110), (275, 160), (310, 205), (285, 220), (292, 240), (284, 250),
      (290, 268),
      (270, 310), (215, 320), (215, 390), (110, 390), (105, 200),
    ]
    let hair: [(x: Double, y: Double)] = [
      (90, 40), (240, 40), (262, 100), (160, 120), (140, 230), (90, 230),
    ]
    let mouth: [(x: Double, y: Double)] = [(262, 246), (286, 248), (286, 252), (262, 250)]
    let picture = Self.drawing(
      400, (120, 140, 160),
      [
        ((205, 160, 130), head), ((40, 30, 25), Self.ellipse(254, 165, 8, 5)), ((120, 60, 60), mouth),
        ((40, 30, 25), hair),
      ])
    #expect(try Self.finder().faces(in: picture).isEmpty)
  }

  @Test("a face in a drawing is found where it is drawn, or not at all")
  func drawn() throws {
    let rim: (UInt8, UInt8, UInt8) = (20, 20, 20)
    let (left, right, mouth) = (Point(150, 174), Point(250, 174), Point(200, 272))
    let picture = Self.drawing(
      400, (255, 255, 255),
      [
        (rim, Self.ellipse(200, 200, 120, 140)), ((255, 255, 255), Self.ellipse(200, 200, 116, 136)),
        (rim, Self.ellipse(left.x, left.y, 14, 14)), (rim, Self.ellipse(right.x, right.y, 14, 14)),
        (rim, Self.ellipse(mouth.x, mouth.y, 50, 10)),
      ])
    for face in try Self.finder().faces(in: picture) {
      for (found, place) in [
        (face.geometry.leftEye, left), (face.geometry.rightEye, right), (face.geometry.mouth, mouth),
      ] {
        #expect(abs(found.x - place.x) < 20 && abs(found.y - place.y) < 20)
      }
    }
  }

  @Test("outlines of a face whose places are given are those that are found there")
  func given() throws {
    let portrait = try Self.portrait("smile")
    let finder = try Self.finder()
    let found = try #require(try finder.faces(in: portrait).first).geometry
    let outlines = try finder.outlines(
      of: FaceGeometry(leftEye: found.leftEye, rightEye: found.rightEye, mouth: found.mouth), in: portrait)
    for contour in FaceContour.allCases {
      let (a, b) = (try #require(outlines[contour]), try #require(found.contours[contour]))
      #expect(zip(a, b).allSatisfy { abs($0.x - $1.x) < 4 && abs($0.y - $1.y) < 4 })
    }
  }
}

/// What the networks are asked for.
@Suite struct FacePointTests {
  @Test("mirroring twice gives every point back, and exchanges the eyes")
  func mirrored() {
    let mirror = FacePoints.mirrored
    #expect(mirror.count == FacePoints.count)
    #expect(mirror.indices.allSatisfy { mirror[mirror[$0]] == $0 })
    #expect(mirror[FacePoints.first(.leftEyeShape)] == FacePoints.first(.rightEyeShape))
  }

  @Test("a square around a face has its middle, its size and its direction")
  func square() throws {
    let face = try #require(
      FaceAlignment(leftEye: Point(100, 100), rightEye: Point(100, 200), mouth: Point(0, 150)))
    #expect(face.center == Point(50, 150) && face.axis == Point(0, 1) && face.size == 100)
    let map = face.square(side: 128)
    let middle = map(Point(64, 64))
    #expect(abs(middle.x - 58) < 1e-9 && abs(middle.y - 150) < 1e-9)
    #expect(abs(map.determinant - (300.0 / 128) * (300.0 / 128)) < 1e-9)
    // To the right in the square is along the eye line.
    #expect(map(Point(128, 64)).y > middle.y)
  }

  @Test("half-size levels are means of four pixels, and a scaled map draws the same place")
  func pyramid() {
    let plane = ColorPlaneFixture.ramp(64, 48)
    let pyramid = PixelPyramid(plane, least: 8)
    #expect(pyramid.levels.map(\.width) == [64, 32, 16, 8])
    #expect(pyramid.levels[1][3, 5].red == 20)
  }
}

enum ColorPlaneFixture {
  /// Red grows by three a column.
  static func ramp(_ width: Int, _ height: Int) -> ColorPlane {
    ColorPlane(
      width: width, height: height,
      pixels: (0..<width * height).flatMap { [UInt8(3 * ($0 % width)), 40, 80] })
  }
}
