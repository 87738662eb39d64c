import FeditPlan
import FeditProvenance
import FeditSession

/// One way in which two plans differ in meaning.
public struct PlanDifference: Hashable, Sendable, CustomStringConvertible {
  /// What became of it.
  public enum Kind: String, Hashable, Sendable, Codable {
    case added, removed, changed
  }

  /// What became of it.
  public var kind: Kind
  /// The edit it lies in; nil for what concerns the whole script.
  public var edit: String?
  /// What differs: `seed`, `sketch "left lens"`, `photo`.
  public var subject: String
  /// How, in words; empty where the kind says all.
  public var detail: String

  /// Describes a difference.
  public init(_ kind: Kind, edit: String? = nil, _ subject: String, _ detail: String = "") {
    self.kind = kind
    self.edit = edit
    self.subject = subject
    self.detail = detail
  }

  /// The difference on one line, as `fedit diff` prints it.
  public var description: String {
    let place = edit.map { "edit \"\($0)\": " } ?? ""
    let rest = detail.isEmpty ? "" : ": \(detail)"
    return switch kind {
    case .added: "+ \(place)\(subject)\(rest)"
    case .removed: "- \(place)\(subject)\(rest)"
    case .changed: "~ \(place)\(subject)\(rest)"
    }
  }
}

extension Plan {
  /// The plan with every file's path replaced by what identifies its contents, so that plans are compared
  /// by what they read and not by where it lies.
  ///
  /// - Parameters:
  ///   - model: A hash of the model's weights.
  ///   - digest: A hash of a file's contents.
  /// - Returns: A plan to compare, whose files can't be opened.
  public func identified(model: String, digest: (PlanFile) throws -> String) rethrows -> Plan {
    var plan = self
    plan.photo.file.path = try digest(photo.file)
    plan.model.source = .file(PlanFile(name: self.model.source.name, path: model))
    plan.steps = try steps.map { step in
      guard case .edit(var edit) = step else { return step }
      if let own = edit.expert?.model?.source, case .file(var file) = own {
        file.path = try digest(file)
        edit.expert?.model?.source = .file(file)
      }
      for index in edit.strokes.indices {
        guard case .image(var file, let toPhoto) = edit.strokes[index].content else { continue }
        file.path = try digest(file)
        edit.strokes[index].content = .image(file, toPhoto: toPhoto)
      }
      return .edit(edit)
    }
    return plan
  }

  /// In what another plan differs from this one: photo, model, region, parameters, edits and their
  /// strokes, saves.
  ///
  /// Where a stroke stands in its script does not count, nor what an input is called: files are told apart by
  /// their paths alone, which `identified(model:digest:)` makes stand for their contents.
  public func differences(to other: Plan) -> [PlanDifference] {
    var result: [PlanDifference] = []
    func compare(_ subject: String, _ old: String, _ new: String) {
      if old != new { result.append(PlanDifference(.changed, subject, "\(old) → \(new)")) }
    }
    func compareFiles(_ subject: String, _ old: String, _ new: String) {
      guard old == new else { return compare(subject, old, new) }
      result.append(PlanDifference(.changed, subject, "the contents of \(new) changed"))
    }
    if photo.file.path != other.photo.file.path { compareFiles("photo", photo.words, other.photo.words) }
    if (model.source.path ?? model.source.name) != (other.model.source.path ?? other.model.source.name) {
      compareFiles("model", "'\(model.source.name)'", "'\(other.model.source.name)'")
    }
    compare("region", region.words, other.region.words)

    let parametersBefore = Dictionary(parameters.map { ($0.name, $0) }) { first, _ in first }
    let parametersAfter = Dictionary(other.parameters.map { ($0.name, $0) }) { first, _ in first }
    for parameter in parameters where parametersAfter[parameter.name] == nil {
      result.append(PlanDifference(.removed, "param \(parameter.name)"))
    }
    for parameter in other.parameters {
      guard let before = parametersBefore[parameter.name] else {
        result.append(PlanDifference(.added, "param \(parameter.name)", parameter.value))
        continue
      }
      compare("param \(parameter.name)", before.value, parameter.value)
    }
    result += Self.differences(edits, other.edits)

    let savesBefore = steps.compactMap(\.savedName)
    let savesAfter = other.steps.compactMap(\.savedName)
    for change in savesAfter.difference(from: savesBefore) {
      switch change {
      case .remove(_, let name, _): result.append(PlanDifference(.removed, name))
      case .insert(_, let name, _): result.append(PlanDifference(.added, name))
      }
    }
    return result
  }

  /// Which edits of two plans belong together: those of one name, then those of the same strokes.
  /// One without a partner is new or gone; the new plan's order, then what is gone.
  private static func pairs(_ old: [PlanEdit], _ new: [PlanEdit]) -> [(old: PlanEdit?, new: PlanEdit?)] {
    var result: [(old: PlanEdit?, new: PlanEdit?)] = []
    var before = Dictionary(old.map { ($0.name, $0) }) { first, _ in first }
    let names = Set(new.map(\.name))
    var removed = old.filter { !names.contains($0.name) }
    for edit in new {
      if let match = before.removeValue(forKey: edit.name) {
        result.append((match, edit))
      } else if let index = removed.firstIndex(where: {
        $0.strokes.map(\.meaning) == edit.strokes.map(\.meaning)
      }) {
        result.append((removed.remove(at: index), edit))
      } else {
        result.append((nil, edit))
      }
    }
    return result + removed.map { ($0, nil) }
  }

  private static func differences(_ old: [PlanEdit], _ new: [PlanEdit]) -> [PlanDifference] {
    func strokes(_ edit: PlanEdit) -> String {
      "\(edit.strokes.count) stroke\(edit.strokes.count == 1 ? "" : "s")"
    }
    return pairs(old, new).flatMap { pair -> [PlanDifference] in
      switch pair {
      case (let before?, let after?): return differences(before, after)
      case (nil, let edit?):
        return [PlanDifference(.added, "edit \"\(edit.name)\"", "\(strokes(edit)), seed \(edit.seed)")]
      case (let edit?, nil): return [PlanDifference(.removed, "edit \"\(edit.name)\"", strokes(edit))]
      case (nil, nil): return []
      }
    }
  }

  /// The strokes that another plan has not, and those that it has beyond this one's, each in its edit; edits
  /// without any are left out.
  public func changedStrokes(to other: Plan) -> (old: [PlanEdit], new: [PlanEdit]) {
    func surplus(_ edit: PlanEdit?, over rest: PlanEdit?) -> PlanEdit? {
      guard var edit else { return nil }
      var counts = Dictionary((rest?.strokes ?? []).map { ($0.meaning, 1) }, uniquingKeysWith: +)
      edit.strokes = edit.strokes.filter { stroke in
        guard let count = counts[stroke.meaning], count > 0 else { return true }
        counts[stroke.meaning] = count - 1
        return false
      }
      return edit.strokes.isEmpty ? nil : edit
    }
    let pairs = Self.pairs(edits, other.edits)
    return (
      pairs.compactMap { surplus($0.old, over: $0.new) }, pairs.compactMap { surplus($0.new, over: $0.old) }
    )
  }

  private static func differences(_ old: PlanEdit, _ new: PlanEdit) -> [PlanDifference] {
    var result: [PlanDifference] = []
    func compare(_ subject: String, _ before: String, _ after: String) {
      if before != after {
        result.append(PlanDifference(.changed, edit: new.name, subject, "\(before) → \(after)"))
      }
    }
    if old.name != new.name {
      result.append(
        PlanDifference(.changed, "edit", "renamed from \"\(old.name)\" to \"\(new.name)\""))
    }
    compare("place in the order (its noise changes)", String(old.index + 1), String(new.index + 1))
    for setting in PlanEdit.settings {
      compare(setting.name, setting.written(old).words, setting.written(new).words)
    }
    func squares(_ edit: PlanEdit) -> String {
      edit.squares.isEmpty ? "the script's region" : edit.squares.map(\.words).joined(separator: ", ")
    }
    compare("squares", squares(old), squares(new))
    compare("strokes that are off", String(old.offCount), String(new.offCount))
    return result
      + StrokeMatching(old.strokes, new.strokes).differences.map {
        var difference = $0
        difference.edit = new.name
        return difference
      }
  }
}

/// Finds which strokes of an edit are the same, changed, gone or new.
private struct StrokeMatching {
  var differences: [PlanDifference] = []

  init(_ old: [PlanStroke], _ new: [PlanStroke]) {
    var removals: [(offset: Int, stroke: PlanStroke)] = []
    var insertions: [(offset: Int, stroke: PlanStroke)] = []
    for change in new.map(\.meaning).difference(from: old.map(\.meaning)) {
      switch change {
      case .remove(let offset, _, _): removals.append((offset, old[offset]))
      case .insert(let offset, _, _): insertions.append((offset, new[offset]))
      }
    }
    var pairs: [(old: (offset: Int, stroke: PlanStroke), new: (offset: Int, stroke: PlanStroke))] = []
    // The surest first: nothing but the order changed; the same label; the same form elsewhere;
    // whatever is drawn into the same layer, in order.
    let rules: [(PlanStroke, PlanStroke) -> Bool] = [
      { $0.meaning == $1.meaning },
      { $0.label != nil && $0.label == $1.label && $0.layer == $1.layer && $0.isErase == $1.isErase },
      {
        $0.layer == $1.layer && $0.isErase == $1.isErase && $0.content.form == $1.content.form
          && $0.shift(to: $1) != nil
      },
      { $0.layer == $1.layer && $0.isErase == $1.isErase && $0.content.form == $1.content.form },
      { $0.layer == $1.layer && $0.isErase == $1.isErase },
    ]
    for rule in rules {
      var rest: [(offset: Int, stroke: PlanStroke)] = []
      for removal in removals {
        // Long lists of unlike strokes are not compared each with each.
        if let index = insertions.prefix(200).firstIndex(where: { rule(removal.stroke, $0.stroke) }) {
          pairs.append((removal, insertions.remove(at: index)))
        } else {
          rest.append(removal)
        }
      }
      removals = rest
    }
    var found: [(place: Int, difference: PlanDifference)] = []
    for (before, after) in pairs {
      found.append(
        (
          after.offset,
          PlanDifference(.changed, after.stroke.title, Self.changes(before.stroke, after.stroke))
        ))
    }
    for insertion in insertions {
      found.append(
        (insertion.offset, PlanDifference(.added, insertion.stroke.title, insertion.stroke.content.words)))
    }
    for removal in removals {
      found.append(
        (removal.offset, PlanDifference(.removed, removal.stroke.title, removal.stroke.content.words)))
    }
    differences = found.sorted { $0.place < $1.place }.map(\.difference)
  }

  /// How a stroke changed.
  private static func changes(_ old: PlanStroke, _ new: PlanStroke) -> String {
    var parts: [String] = []
    if old.label != new.label {
      parts.append(
        "label \(old.label.map { "\"\($0)\"" } ?? "none") → \(new.label.map { "\"\($0)\"" } ?? "none")")
    }
    parts += contentChanges(old, new)
    if let before = old.warp, let after = new.warp {
      let (from, to) = (old.drawing(before.target), new.drawing(after.target))
      parts += contentChanges(from, to).map { "target \($0)" }
      let reaches = (before.reach.short, after.reach.short)
      if reaches.0 != reaches.1 { parts.append("reach \(reaches.0) → \(reaches.1) px") }
    }
    if old.color != new.color {
      parts.append("color \(old.color.map(colorText) ?? "none") → \(new.color.map(colorText) ?? "none")")
    }
    if old.brush != new.brush {
      func words(_ brush: PlanStroke.Brush?) -> String {
        brush.map { "\(($0.width * $0.pen.scaleFactor).short) px" } ?? "default"
      }
      let (before, after) = (words(old.brush), words(new.brush))
      parts.append(before == after ? "brush of another form" : "brush \(before) → \(after)")
    }
    return parts.isEmpty ? "drawn in another order" : parts.joined(separator: "; ")
  }

  /// How what is drawn changed; empty where it did not.
  private static func contentChanges(_ old: PlanStroke, _ new: PlanStroke) -> [String] {
    var parts: [String] = []
    if old.content != new.content {
      let margins = zip(old.content.margins, new.content.margins).first { abs($0 - $1) >= 0.005 }
      if let shift = old.shift(to: new) {
        if max(abs(shift.x), abs(shift.y)) >= 0.005 {
          parts.append("moved by (\(shift.x.short), \(shift.y.short)) px")
        } else if margins == nil {
          parts.append("moved by less than 0.01 px")
        }
      } else if let words = old.resizing(to: new) {
        parts.append(words)
      } else if old.content.form == new.content.form, let distance = old.farthest(to: new) {
        parts.append("shape changed, by up to \(distance.short) px")
      } else if old.content.words == new.content.words, case .image = new.content {
        parts.append("contents, size or turn of \(new.content.words) changed")
      } else {
        parts.append("shape \(old.content.words) → \(new.content.words)")
      }
      if let margins, old.content.form == new.content.form {
        parts.append("grown by \(margins.0.short) → \(margins.1.short) px")
      }
    }
    return parts
  }
}

// MARK: Words

extension PlanStroke {
  /// The stroke without where it stands.
  fileprivate var meaning: PlanStroke {
    var copy = self
    copy.file = ""
    copy.line = 0
    copy.column = 0
    if case .image(let file, let toPhoto) = content {
      copy.content = .image(PlanFile(name: "", path: file.path), toPhoto: toPhoto)
    }
    return copy
  }

  /// The stroke with another shape.
  fileprivate func drawing(_ shape: PlanShape) -> PlanStroke {
    var copy = self
    copy.content = .shape(shape)
    return copy
  }

  fileprivate var title: String {
    let name = (isErase ? "erase " : "") + layer.rawValue
    return label.map { "\(name) \"\($0)\"" } ?? "\(name) (line \(line))"
  }

  /// The vector by which all points moved; nil where they did not move alike.
  fileprivate func shift(to other: PlanStroke) -> Point? {
    let a = content.points
    let b = other.content.points
    guard a.count == b.count, let p = a.first, let q = b.first, content.form == other.content.form else {
      return nil
    }
    let shift = Point(q.x - p.x, q.y - p.y)
    let isAlike = zip(a, b).allSatisfy {
      abs($1.x - $0.x - shift.x) < 1e-6 && abs($1.y - $0.y - shift.y) < 1e-6
    }
    return isAlike ? shift : nil
  }

  /// By how much it was scaled about its middle, and moved; nil where it changed in another way.
  fileprivate func resizing(to other: PlanStroke) -> String? {
    let a = content.points
    let b = other.content.points
    // Any two points can be scaled into any other two.
    guard a.count == b.count, a.count > 2, content.form == other.content.form,
      let x = Self.scaling(a.map(\.x), b.map(\.x)), let y = Self.scaling(a.map(\.y), b.map(\.y))
    else { return nil }
    func percent(_ factor: Double) -> String { "\((factor * 100).short) %" }
    let size =
      abs(x.factor - y.factor) < 1e-6 ? percent(x.factor) : "\(percent(x.factor)) by \(percent(y.factor))"
    let isMoved = max(abs(x.shift), abs(y.shift)) > 1e-6
    return "resized to \(size)" + (isMoved ? ", middle moved by (\(x.shift.short), \(y.shift.short)) px" : "")
  }

  /// The factor and the shift of the middle that turn some coordinates into others; nil where there is none.
  private static func scaling(_ a: [Double], _ b: [Double]) -> (factor: Double, shift: Double)? {
    guard let lowA = a.min(), let highA = a.max(), let lowB = b.min(), let highB = b.max(),
      highA - lowA > 1e-9, highB - lowB > 1e-9
    else { return nil }
    let factor = (highB - lowB) / (highA - lowA)
    let (middleA, middleB) = ((lowA + highA) / 2, (lowB + highB) / 2)
    let isScaled = zip(a, b).allSatisfy { abs(middleB + factor * ($0 - middleA) - $1) < 1e-6 }
    return isScaled ? (factor, middleB - middleA) : nil
  }

  /// How far the farthest of the points moved.
  fileprivate func farthest(to other: PlanStroke) -> Double? {
    let a = content.points
    let b = other.content.points
    guard a.count == b.count, !a.isEmpty else { return nil }
    return zip(a, b).map { (($1.x - $0.x) * ($1.x - $0.x) + ($1.y - $0.y) * ($1.y - $0.y)).squareRoot() }
      .max()
  }
}

extension PlanStroke.Content {
  /// Its make-up without coordinates.
  fileprivate var form: String {
    switch self {
    case .image(let file, let map): "image \(file.path) \(map.a) \(map.b) \(map.c) \(map.d)"
    case .shape(let shape): shape.form
    }
  }

  fileprivate var points: [Point] {
    switch self {
    case .image(_, let map): [map(Point(0, 0))]
    case .shape(let shape): shape.points
    }
  }

  fileprivate var margins: [Double] {
    switch self {
    case .image: []
    case .shape(let shape): shape.margins
    }
  }

  /// A short description: what it is and where.
  fileprivate var words: String {
    switch self {
    case .image(let file, _): return "image '\(file.name)'"
    case .shape(let shape):
      let points = shape.points
      guard let left = points.map(\.x).min(), let right = points.map(\.x).max(),
        let top = points.map(\.y).min(), let bottom = points.map(\.y).max()
      else { return "nothing" }
      let kind = shape.isClosed ? "area" : "line"
      return "\(kind) from (\(left.short), \(top.short)) to (\(right.short), \(bottom.short))"
    }
  }
}

extension PlanShape {
  fileprivate var form: String {
    switch self {
    case .path(let path):
      return path.elements.map(\.letter).joined() + (path.isClosed ? "." : "")
    case .union(let a, let b): return "(\(a.form)+\(b.form))"
    case .subtraction(let a, let b): return "(\(a.form)-\(b.form))"
    case .intersection(let a, let b): return "(\(a.form)&\(b.form))"
    case .grown(let a, _, _): return "(\(a.form)~)"
    }
  }

  /// How far its parts are grown, in photo pixels, in the order of its form.
  fileprivate var margins: [Double] {
    switch self {
    case .path: []
    case .union(let a, let b), .subtraction(let a, let b), .intersection(let a, let b): a.margins + b.margins
    case .grown(let a, let radius, let pen): a.margins + [radius * pen.scaleFactor]
    }
  }

  fileprivate var points: [Point] { paths.flatMap(\.elements).flatMap(\.points) }
}

extension EditSetting.Value {
  fileprivate var words: String {
    switch self {
    case .automatic: "automatic"
    case .word(let word): word
    case .whole(let number): String(number)
    case .amount(let amount): amount.short
    case .pixels(let word, let width): "\(word) \(width.short) px"
    }
  }
}

extension PlanPhoto {
  fileprivate var words: String { "'\(file.name)' (\(width)×\(height))" }
}

extension PlanRegion {
  fileprivate var words: String {
    let corner = toPhoto(Point(0, 0))
    let angle = toPhoto.b == 0 && toPhoto.c == 0 ? "" : ", turned"
    return "(\(corner.x.short), \(corner.y.short)) size \(side.short) at \(size)\(angle)"
  }
}

extension PlanStep {
  fileprivate var savedName: String? {
    switch self {
    case .edit: nil
    case .save(let file, let quality): "save '\(file.name)'" + (quality.map { " quality \($0)" } ?? "")
    case .saveLayers(let file): "save layers '\(file.name)'"
    }
  }
}

extension Double {
  /// At most two decimals.
  fileprivate var short: String { numberText(self, decimals: 2) }
}
