import FeditFiles
import FeditPlan

extension Plan {
  /// The SHA-256 of what the plan draws: sizes of the photo and the model, region, edits with their
  /// strokes, and saves, written out as `PlanText` does.
  ///
  /// It does not depend on where files lie or where strokes stand in the script, nor on edits that draw
  /// nothing, so that a self-contained script has the digest of the program that it was made from.
  ///
  /// - Parameter end: how many steps count, and then only edits: what the picture saved by the step
  ///   with that index is made of. nil counts all, with the saves.
  /// - Returns: 64 hexadecimal digits.
  public func digest(before end: Int? = nil) -> String {
    var text = PlanText()
    text.line("plan", 1)
    text.line("photo", Double(photo.width), Double(photo.height))
    text.line("model", Double(model.size))
    text.line("region", region.toPhoto, [region.side, Double(region.size)])
    for step in steps.prefix(end ?? steps.count) {
      switch step {
      case .edit(let edit): if !edit.strokes.isEmpty { text.add(edit) }
      case .save(let file, let quality):
        guard end == nil else { continue }
        text.line("save", name: file.name)
        // Only where it is written, so that digests of older plans hold.
        if let quality { text.line("quality", Double(quality)) }
      case .saveLayers(let file): if end == nil { text.line("layers", name: file.name) }
      }
    }
    return SHA256.hex(text.bytes)
  }
}

/// A plan as text of one meaning: a word and its values a line; numbers with the fewest digits that read
/// back as the same; names with their length before them, so that none can end a line.
private struct PlanText {
  var bytes: [UInt8] = []

  private mutating func add(_ text: String) { bytes += text.utf8 }

  private mutating func add(_ number: Double) {
    bytes.append(0x20)
    // One zero.
    add(String(number == 0 ? 0 : number))
  }

  private mutating func add(_ map: Affine) {
    for number in [map.a, map.b, map.c, map.d, map.tx, map.ty] { add(number) }
  }

  private mutating func add(_ point: Point) {
    add(point.x)
    add(point.y)
  }

  private mutating func add(name: String) { add(" \(name.utf8.count):\(name)") }

  mutating func line(_ word: String, _ numbers: Double...) {
    add(word)
    for number in numbers { add(number) }
    bytes.append(0x0A)
  }

  mutating func line(_ word: String, _ map: Affine, _ numbers: [Double] = []) {
    add(word)
    add(map)
    for number in numbers { add(number) }
    bytes.append(0x0A)
  }

  mutating func line(_ word: String, name: String) {
    add(word)
    add(name: name)
    bytes.append(0x0A)
  }

  mutating func add(_ edit: PlanEdit) {
    // A seed has 64 bits, more than numbers have.
    line("edit \(edit.index) \(edit.seed) \(edit.offCount)", name: edit.name)
    for setting in PlanEdit.settings where setting.digest != .elsewhere {
      switch setting.written(edit) {
      case .automatic: if setting.digest == .always { line("\(setting.name) automatic") }
      case .word(let word): line("\(setting.name) \(word)")
      case .whole(let number): line("\(setting.name) \(number)")
      case .amount(let number), .pixels(_, let number): line(setting.name, number)
      }
    }
    // Only what differs from the script's square, so that digests of older plans hold.
    if let expert = edit.expert {
      line("expert", name: RecordedPaths.last(expert.name))
      if let model = expert.model { line("size", Double(model.size)) }
    }
    if let axis = edit.axis {
      line("axis", axis.middle.x, axis.middle.y, axis.across.x, axis.across.y, axis.eyeDistance)
    }
    for square in edit.squares { line("square", square.toPhoto, [square.side, Double(square.size)]) }
    for stroke in edit.strokes { add(stroke) }
  }

  private mutating func add(_ stroke: PlanStroke) {
    add(stroke.isErase ? "erase " : "stroke ")
    add(stroke.layer.rawValue)
    if let color = stroke.color { add(" color \(color.red) \(color.green) \(color.blue)") }
    if let brush = stroke.brush {
      add(" brush")
      add(brush.width)
      add(brush.pen)
    }
    if let label = stroke.label {
      add(" label")
      add(name: label)
    }
    bytes.append(0x0A)
    switch stroke.content {
    case .shape(let shape): add(shape)
    case .image(let file, let map):
      // From another folder it has another path; what is in it, the lock says.
      line("image", name: RecordedPaths.last(file.name))
      line("at", map)
    }
    if let warp = stroke.warp {
      line("to", warp.reach)
      add(warp.target)
    }
  }

  /// Operators before what they combine.
  private mutating func add(_ shape: PlanShape) {
    switch shape {
    case .union(let a, let b): add("union\n", a, b)
    case .subtraction(let a, let b): add("subtraction\n", a, b)
    case .intersection(let a, let b): add("intersection\n", a, b)
    case .grown(let inner, let radius, let pen):
      line("grown", pen, [radius])
      add(inner)
    case .path(let path):
      add(path.isClosed ? "area" : "line")
      for element in path.elements {
        add(" \(element.letter)")
        for point in element.points { add(point) }
      }
      bytes.append(0x0A)
    }
  }

  private mutating func add(_ word: String, _ a: PlanShape, _ b: PlanShape) {
    add(word)
    add(a)
    add(b)
  }
}
