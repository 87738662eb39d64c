import FeditPlan

/// Which squares of the photo the generator sees for an edit, where the script does not say.
///
/// The squares stand on a ladder: the script's own square (side 4.2 eye distances, or the whole photo), halved and
/// halved again down to the generator's size in photo pixels. An edit takes the smallest one that leaves its masks at
/// least as much again on each side, and, where nothing is drawn, has room for eight times their thickness: without a
/// drawing the generator has to see what it is looking at. Corners lie on a grid of eighths of the side, so that a small
/// change of a mask does not move its square. Masks that the script's square does not hold get squares of their own.
struct SquareLadder {
  /// The script's square.
  let base: PlanRegion
  let photo: PlanPhoto
  /// Photo pixels a generator pixel in the script's square.
  private let scale: Double
  /// The direction of the square's upper side.
  private let x: Double
  private let y: Double

  init(_ base: PlanRegion, photo: PlanPhoto) {
    self.base = base
    self.photo = photo
    let map = base.toPhoto
    scale = (map.a * map.a + map.b * map.b).squareRoot()
    x = map.a / scale
    y = map.b / scale
  }

  /// Squares whose side is not a quarter larger than the next count as it.
  private static let least = 1.25

  /// The squares of an edit, in the order in which they run.
  ///
  /// - Parameters:
  ///   - boxes: What each of its mask strokes can reach.
  ///   - thickness: Photo pixels across the thickest of them, where neither sketch nor colour says what is to be made;
  ///     else 0.
  /// - Returns: Empty where the script's own square is the one.
  func squares(for boxes: [Bounds], thickness: Double) -> [PlanRegion] {
    let photoBox = Bounds(from: Point(0, 0), to: Point(Double(photo.width), Double(photo.height)))
    let boxes = boxes.compactMap { $0.intersection(photoBox) }
    guard !boxes.isEmpty else { return [] }
    switch base.origin {
    // Around the masks of all edits already, as large as those ask for.
    case .written, .aroundMasks: return []
    case .face, .wholePhoto, .scaled:
      var result: [PlanRegion] = []
      for group in groups(boxes.map(turned)) { add(group, thickness, to: &result) }
      return result == [base] ? [] : result
    }
  }

  // MARK: In the square's own axes: photo pixels from its corner

  private func turned(_ box: Bounds) -> Bounds {
    func place(_ p: Point) -> Point {
      let (u, v) = (p.x - base.toPhoto.tx, p.y - base.toPhoto.ty)
      return Point(u * x + v * y, v * x - u * y)
    }
    var result = Bounds(from: place(box.low), to: place(box.high))
    result.add(place(Point(box.low.x, box.high.y)))
    result.add(place(Point(box.high.x, box.low.y)))
    return result
  }

  /// What lies in the script's square goes together; of the rest, what lies near to each other.
  private func groups(_ boxes: [Bounds]) -> [Bounds] {
    let side = base.side
    var inside: Bounds?
    var others: [Bounds] = []
    for box in boxes {
      let middle = box.middle
      if (0...side).contains(middle.x), (0...side).contains(middle.y) {
        inside = Bounds.union(inside, box)
      } else {
        others.append(box)
      }
    }
    // Joined until nothing is near to anything.
    var changed = true
    while changed {
      changed = false
      search: for i in others.indices {
        for j in others.indices where j > i {
          let reach = max(others[i].extent, others[j].extent) / 2
          guard others[i].grown(reach).intersection(others[j]) != nil else { continue }
          others[i] = Bounds.union(others[i], others[j]) ?? others[i]
          others.remove(at: j)
          changed = true
          break search
        }
      }
    }
    return (inside.map { [$0] } ?? []) + others
  }

  private func add(_ box: Bounds, _ thickness: Double, to result: inout [PlanRegion]) {
    let native = Double(base.size)
    let extent = max(box.extent, 1)
    // From the finest rung on; a corner on the grid is up to a sixteenth off the middle on each side.
    var side = base.side >= native * Self.least ? native : base.side
    while side < base.side {
      if side * 7 / 8 >= max(3 * extent, 8 * thickness) {
        result.append(square(around: box, side: side))
        return
      }
      side = rung(above: side)
    }
    let slack = 1e-6 * base.side
    let isLarge = base.side >= native * Self.least
    if box.low.x >= -slack, box.low.y >= -slack, box.high.x <= base.side + slack,
      box.high.y <= base.side + slack
    {
      result.append(base)
    } else if !(0...base.side).contains(box.middle.x) || !(0...base.side).contains(box.middle.y),
      isLarge || extent <= base.side * 7 / 8
    {
      // Not about this face: its own surroundings count, half as much on each side.
      var side = base.side
      while isLarge, side * 7 / 8 < 2 * extent { side *= 2 }
      result.append(square(around: box, side: side))
    } else if extent <= base.side * 7 / 8 {
      result.append(shifted(to: box))
    } else if isLarge {
      var side = base.side * 2
      while side < 1.25 * extent { side *= 2 }
      result.append(square(around: box, side: side))
    } else {
      cover(box, &result)
    }
  }

  /// The next larger side of the ladder.
  private func rung(above side: Double) -> Double {
    var result = base.side
    while result / 2 > side, result / 2 >= Double(base.size) * Self.least { result /= 2 }
    return result
  }

  /// A square with the box in its middle, its corner on the grid; inside the photo where it is upright and fits.
  private func square(around box: Bounds, side: Double) -> PlanRegion {
    let grain = side / 8
    func corner(_ middle: Double) -> Double { ((middle - side / 2) / grain).rounded() * grain }
    var place = Point(corner(box.middle.x), corner(box.middle.y))
    if y == 0, x > 0 {
      func kept(_ value: Double, _ origin: Double, _ length: Int) -> Double {
        side <= Double(length) ? min(max(value, -origin), Double(length) - side - origin) : value
      }
      place = Point(
        kept(place.x, base.toPhoto.tx, photo.width), kept(place.y, base.toPhoto.ty, photo.height))
    }
    return region(at: place, side: side)
  }

  /// The script's square, moved by as few eighths as bring the box inside.
  private func shifted(to box: Bounds) -> PlanRegion {
    let grain = base.side / 8
    func corner(_ low: Double, _ high: Double) -> Double {
      if low < 0 { return (low / grain).rounded(.down) * grain }
      return high > base.side ? ((high - base.side) / grain).rounded(.up) * grain : 0
    }
    return region(at: Point(corner(box.low.x, box.high.x), corner(box.low.y, box.high.y)), side: base.side)
  }

  /// The script's square first, then others of its size beside it until the box is covered.
  private func cover(_ box: Bounds, _ result: inout [PlanRegion]) {
    let side = base.side
    func places(_ low: Double, _ high: Double) -> [Double] {
      var places = [0.0]
      while let last = places.max(), last + side < high {
        places.append(last + min(side * 7 / 8, high - last - side))
      }
      while let first = places.min(), first > low { places.append(first - min(side * 7 / 8, first - low)) }
      return places
    }
    let columns = places(box.low.x, box.high.x)
    for v in places(box.low.y, box.high.y) {
      for u in columns { result.append(u == 0 && v == 0 ? base : region(at: Point(u, v), side: side)) }
    }
  }

  private func region(at place: Point, side: Double) -> PlanRegion {
    var side = side
    var corner = Point(
      base.toPhoto.tx + place.x * x - place.y * y, base.toPhoto.ty + place.x * y + place.y * x)
    if y == 0 {
      // In whole pixels, so that a line of the script can say it.
      side = side.rounded()
      corner = Point(corner.x.rounded(), corner.y.rounded())
    }
    let scale = side / Double(base.size)
    return PlanRegion(
      toPhoto: Affine(a: x * scale, b: y * scale, c: -y * scale, d: x * scale, tx: corner.x, ty: corner.y),
      side: side, size: base.size, origin: .scaled)
  }
}

extension Bounds {
  var width: Double { high.x - low.x }
  var height: Double { high.y - low.y }
  var extent: Double { max(width, height) }
  var middle: Point { Point((low.x + high.x) / 2, (low.y + high.y) / 2) }

  func grown(_ margin: Double) -> Bounds {
    Bounds(from: Point(low.x - margin, low.y - margin), to: Point(high.x + margin, high.y + margin))
  }

  /// nil where the two have nothing in common.
  func intersection(_ other: Bounds) -> Bounds? {
    let (left, top) = (max(low.x, other.low.x), max(low.y, other.low.y))
    let (right, bottom) = (min(high.x, other.high.x), min(high.y, other.high.y))
    return left <= right && top <= bottom ? Bounds(from: Point(left, top), to: Point(right, bottom)) : nil
  }
}
