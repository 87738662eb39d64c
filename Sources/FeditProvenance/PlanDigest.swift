import FeditFiles
import FeditPlan
import Foundation

extension Plan {
  /// The SHA-256 of what the plan draws, as JSON with sorted keys: size of the photo and the model,
  /// region, edits with their strokes, and saves.
  ///
  /// It does not depend on where files lie or where strokes stand in the script, nor on edits that draw
  /// nothing, so that a self-contained script has the digest of the program that it was made from.
  ///
  /// - Parameter end: how many steps count, and then only edits: what the picture saved by the step
  ///   with that index is made of. nil counts all, with the saves.
  /// - Returns: 64 hexadecimal digits.
  /// - Throws: `EncodingError`, which no plan gives reason for.
  public func digest(before end: Int? = nil) throws -> String {
    var plan = self
    plan.photo.file = PlanFile(name: "", path: "")
    plan.model.source = .builtIn("")
    plan.region.origin = .written
    plan.parameters = []
    plan.inputs = []
    plan.steps = steps.prefix(end ?? steps.count).compactMap { step in
      switch step {
      case .edit(let edit): edit.strokes.isEmpty ? nil : .edit(edit.withoutFiles)
      case .save(let file): end == nil ? .save(PlanFile(name: file.name, path: "")) : nil
      case .saveLayers(let file): end == nil ? .saveLayers(PlanFile(name: file.name, path: "")) : nil
      }
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return SHA256.hex(Array(try encoder.encode(plan)))
  }
}

extension PlanEdit {
  fileprivate var withoutFiles: PlanEdit {
    var edit = self
    edit.strokes = strokes.map { stroke in
      var stroke = stroke
      (stroke.file, stroke.line, stroke.column) = ("", 0, 0)
      if case .image(let file, let map) = stroke.content {
        // From another folder it has another path; what is in it, the lock says.
        let name = file.name.split(separator: "/").last.map(String.init) ?? ""
        stroke.content = .image(PlanFile(name: name, path: ""), toPhoto: map)
      }
      return stroke
    }
    return edit
  }
}
