import FeditPlan

extension PlanEdit {
  /// Whether any stroke draws into the mask.
  var hasMask: Bool { strokes.contains(where: \.masks) }

  /// Whether any stroke changes the picture without the generator.
  var retouches: Bool { strokes.contains { $0.layer.isRetouching } }

  /// Whether any stroke is filled with what lies around it.
  var heals: Bool { strokes.contains { $0.layer == .heal } }

  /// Whether any stroke moves the picture.
  var warps: Bool { strokes.contains { $0.layer == .warp } }

  /// Whether any stroke gives the picture itself a colour.
  var recolors: Bool { strokes.contains { $0.layer == .recolor } }

  /// The edit without what does not change its pixels.
  var withoutPlaces: PlanEdit {
    var edit = self
    edit.name = ""
    edit.offCount = 0
    for index in edit.strokes.indices {
      edit.strokes[index].file = ""
      edit.strokes[index].line = 0
      edit.strokes[index].column = 0
      edit.strokes[index].label = nil
    }
    return edit
  }

  /// The state of the pictures that its strokes name.
  var imageStamps: [String: FileStamp?] {
    var result: [String: FileStamp?] = [:]
    for case .image(let file, _) in strokes.map(\.content) {
      result.updateValue(FileStamp(file.path), forKey: file.path)
    }
    return result
  }
}

/// Wall-clock time from one lap to the next.
struct Stopwatch {
  private var last = ContinuousClock.now

  mutating func lap() -> Double {
    let now = ContinuousClock.now
    defer { last = now }
    return (now - last) / .seconds(1)
  }
}
