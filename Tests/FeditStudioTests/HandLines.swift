import FeditPlan
import FeditTestSupport
import Foundation

/// Lines as a hand draws them: along a known curve, slow at the ends, shaking, in whole pixels, with events that the
/// system has thrown together or left out. The same every time.
enum HandLines {
  /// Where the hand wants to go: from 0 to 1.
  typealias Course = @Sendable (Double) -> Point

  private static func arc(_ center: Point, _ rx: Double, _ ry: Double, _ from: Double, _ to: Double) -> Course
  {
    { t in
      let angle = (from + (to - from) * t) * .pi / 180
      return Point(center.x + rx * cos(angle), center.y + ry * sin(angle))
    }
  }

  private static func wave(_ from: Point, _ to: Point, _ height: Double, _ periods: Double) -> Course {
    { t in
      let side = height * sin(2 * .pi * periods * t)
      let (dx, dy) = (to.x - from.x, to.y - from.y)
      let length = (dx * dx + dy * dy).squareRoot()
      return Point(from.x + dx * t - side * dy / length, from.y + dy * t + side * dx / length)
    }
  }

  private static func petal(_ center: Point, _ radius: Double, _ bumps: Double, _ depth: Double) -> Course {
    { t in
      let angle = 2 * Double.pi * t
      let r = radius * (1 + depth * cos(bumps * angle))
      return Point(center.x + 1.4 * r * cos(angle), center.y + r * sin(angle))
    }
  }

  private static func spiral(_ center: Point, _ from: Double, _ to: Double, _ turns: Double) -> Course {
    { t in
      let angle = 2 * Double.pi * turns * t
      let r = from + (to - from) * t
      return Point(center.x + r * cos(angle), center.y + r * sin(angle))
    }
  }

  /// Twenty curves of a face.
  static let curves: [(name: String, course: Course)] = [
    ("brow", arc(Point(98, 130), 34, 26, 200, 335)),
    ("other brow", arc(Point(158, 128), 32, 22, 340, 205)),
    ("smile", arc(Point(128, 160), 42, 30, 20, 160)),
    ("frown", arc(Point(128, 210), 36, 20, 200, 340)),
    ("mouth", wave(Point(92, 182), Point(164, 182), 6, 1)),
    ("upper lip", wave(Point(94, 180), Point(162, 180), -5, 1.5)),
    ("lips", petal(Point(128, 184), 20, 2, 0.18)),
    ("hair", wave(Point(60, 40), Point(72, 190), 11, 1.5)),
    ("strand", wave(Point(128, 30), Point(206, 140), 9, 0.75)),
    ("fringe", wave(Point(76, 62), Point(182, 66), 7, 2)),
    ("cheek", arc(Point(96, 150), 40, 60, 80, 170)),
    ("chin", arc(Point(128, 180), 58, 62, 25, 155)),
    ("nose", wave(Point(124, 112), Point(128, 156), -7, 0.5)),
    ("nostril", spiral(Point(118, 156), 3, 11, 0.8)),
    ("ear", spiral(Point(212, 140), 12, 24, 0.9)),
    ("hat", wave(Point(50, 84), Point(206, 84), -38, 0.5)),
    ("scarf", wave(Point(40, 226), Point(216, 232), 8, 1)),
    ("beard", petal(Point(128, 206), 34, 3, 0.08)),
    ("patch", petal(Point(98, 122), 19, 3, 0.12)),
    ("collar", wave(Point(70, 250), Point(190, 214), 12, 1)),
  ]

  private static let others: [String: [Point]] = [
    "straight": wobbly(30, seed: 1) { Point(60 + 90 * $0, 100 + 24 * $0) },
    "circle": wobbly(80, seed: 2) { arc(Point(128, 122), 24, 24, -90, 272)($0) },
    "ellipse": wobbly(80, seed: 3) { arc(Point(128, 122), 34, 18, 0, 360)($0) },
    "leaning": wobbly(80, seed: 4) { t in
      let p = arc(Point(0, 0), 36, 16, 0, 360)(t)
      return Point(128 + 0.866 * p.x - 0.5 * p.y, 122 + 0.5 * p.x + 0.866 * p.y)
    },
    "zigzag": wobbly(60, seed: 5) { polyline([(60, 100), (90, 140), (120, 100), (150, 140)], $0) },
    "box": wobbly(90, seed: 6) { polyline([(70, 80), (150, 80), (150, 130), (70, 130), (70, 80)], $0) },
    "almond": wobbly(90, seed: 7) { t in
      t < 0.5
        ? arc(Point(98, 142), 30, 30, 214, 326)(2 * t) : arc(Point(98, 108.5), 30, 30, 34, 146)(2 * t - 1)
    },
    "hook": wobbly(60, seed: 8) { t in
      t < 0.6
        ? Point(80 + 70 * t / 0.6, 80)
        : arc(Point(150, 100), 30, 20, 270, 360)((t - 0.6) / 0.4)
          + Point(0, 40 * (t - 0.6))
    },
    "tick": [Point(40, 40), Point(41, 41)],
    "still": [Point(40, 40), Point(40, 40), Point(40, 40)],
    "single": [Point(40, 40)],
    "nowhere": [Point(.nan, 3), Point(4, 5)],
    "two": [Point(40, 40), Point(90, 60)],
  ]

  /// A line by its name.
  static func named(_ name: String) -> [Point] {
    let name = name.replacingOccurrences(of: "-", with: " ")
    if let index = curves.firstIndex(where: { $0.name == name }) { return recorded(index) }
    return others[name] ?? []
  }

  /// What is recorded of one of the twenty.
  static func recorded(_ index: Int) -> [Point] {
    let course = curves[index].course
    let length = (0..<200).reduce(0.0) { sum, k in
      let (a, b) = (course(Double(k) / 200), course(Double(k + 1) / 200))
      return sum + ((a.x - b.x) * (a.x - b.x) + (a.y - b.y) * (a.y - b.y)).squareRoot()
    }
    return wobbly(Int(length / 1.5) + 20, seed: UInt64(100 + index), course)
  }

  private static func polyline(_ corners: [(Double, Double)], _ t: Double) -> Point {
    let place = min(t, 0.999_999) * Double(corners.count - 1)
    let (a, b) = (corners[Int(place)], corners[Int(place) + 1])
    let share = place - place.rounded(.down)
    return Point(a.0 + (b.0 - a.0) * share, a.1 + (b.1 - a.1) * share)
  }

  /// Along a course with the speed of a hand (least jerk, Flash and Hogan 1985), its tremor and the mouse's steps.
  private static func wobbly(_ count: Int, seed: UInt64, _ course: Course) -> [Point] {
    var numbers = Numbers(seed)
    let phase = (Double(numbers.float()) * 3, Double(numbers.float()) * 3)
    var result: [Point] = []
    for index in 0...count {
      let s = Double(index) / Double(count)
      // Half of the way as least jerk has it, so that the ends are slow without being stops.
      let t = 0.5 * s + 0.5 * s * s * s * (10 - 15 * s + 6 * s * s)
      let p = course(t)
      let time = Double(index) / 120
      // A tremor of 9 Hz, and noise of each event.
      let x = p.x + 0.3 * sin(2 * .pi * 9 * time + phase.0) + 0.25 * Double(numbers.float())
      let y = p.y + 0.3 * sin(2 * .pi * 9 * time + phase.1) + 0.25 * Double(numbers.float())
      // Some events come together, some are lost.
      if numbers.next() % 11 == 0 { continue }
      result.append(Point(x.rounded(), y.rounded()))
      if numbers.next() % 13 == 0, let last = result.last { result.append(last) }
    }
    return result
  }
}

extension Point {
  fileprivate static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }
}
