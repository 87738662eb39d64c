import FeditGenerator
import FeditImage
import FeditPixels
import FeditPlan
import FeditProvenance
import FeditRaster
import FeditSession

/// A contact sheet for reviewers: photo, strokes, layers, result and parameters of a script on one page.
public struct ReviewSheet {
  private let script: ReviewedScript

  /// A sheet of one script.
  public init(_ script: ReviewedScript) { self.script = script }

  /// Runs the script and draws the page.
  ///
  /// - Parameters:
  ///   - control: Stops the run.
  ///   - observer: Told how the run goes.
  /// - Returns: 8-bit RGB.
  /// - Throws: `UserError`; what the observer throws.
  public func render(control: RunControl, observer: (RunEvent) throws -> Void = { _ in }) throws -> Picture {
    let (plan, session) = (script.plan, script.session)
    let photo = try session.photo(of: plan)
    let cell = 512
    let part = Overlay.View.around([plan.region], of: plan.photo)
    let view = part.fitted(width: cell, height: cell)
    let whole = Overlay.View.around([], of: plan.photo, margin: 0).fitted(width: cell, height: cell)
    let isCropped = part.width < plan.photo.width || part.height < plan.photo.height
    var reports: [EditReport] = []
    var results: [Picture] = []
    let result = try session.run(plan.savingEachEdit, control: control, collectsSaves: false) { event in
      switch event {
      case .finished(let report): reports.append(report)
      case .save(let save):
        // Those of the script stand in another place, and what it saves is not written here.
        if case .picture(let picture) = save.content { results.append(view.picture(of: picture)) }
        return
      case .began, .warning: break
      }
      try observer(event)
    }
    // Without strokes: where the photo shows more than the region, the region's square alone is drawn.
    var first = try session.drawing(of: [], in: plan, onto: whole.picture(of: photo), view: whole)
    if let face = plan.face { first = FaceMarks.draw(face, onto: first, view: whole) }
    var rows: [[Sheet.Cell]] = [
      [
        Sheet.Cell(first, caption: plan.face == nil ? "photo" : "photo, with the face that was found"),
        Sheet.Cell(
          try session.drawing(of: plan.edits, in: plan, onto: view.picture(of: photo), view: view),
          caption: isCropped ? "strokes, cropped to the region" : "strokes"),
        Sheet.Cell(view.picture(of: result.picture), caption: "result"),
      ]
    ]
    for (edit, after) in zip(plan.edits, results) {
      let layers = try session.layers(of: edit, in: plan)
      // Where there are several, which one it is, and what the picture is after it.
      let isOne = plan.edits.count == 1
      let name = isOne ? "" : "\(edit.index + 1) \"\(edit.name)\": "
      var row = LayerView.Layer.drawn(by: edit, layers).map {
        Sheet.Cell(LayerView.picture(layers, layer: $0), caption: name + $0.rawValue)
      }
      if !isOne { row.append(Sheet.Cell(after, caption: name + "result")) }
      rows += Sheet.rows(of: row, columns: row.count == 4 ? 4 : 3)
    }
    return Sheet(
      title: script.name, rows: rows, notes: notes(reports), cellWidth: cell, textScale: 3
    ).render()
  }

  /// Where a parameter's value comes from, if not from the script.
  private static func origin(_ parameter: PlanParameter, _ plan: Plan) -> String {
    guard parameter.isSet else { return "" }
    // A face that was found is handed on like one of the command line.
    let isFace = plan.face != nil && parameter.name.hasPrefix("face.")
    return isFace ? " (found, or set on the command line)" : " (set on the command line)"
  }

  /// What was used and what was done, in lines.
  private func notes(_ reports: [EditReport]) -> [Sheet.Note] {
    let plan = script.plan
    var notes: [Sheet.Note] = []
    for parameter in plan.parameters {
      let color = parameter.type == "color" ? RGB8(hexadecimal: parameter.value) : nil
      notes.append(
        Sheet.Note(
          "\(parameter.name) = \(parameter.value)" + Self.origin(parameter, plan),
          color: color))
    }
    if !notes.isEmpty { notes.append("") }
    for (edit, report) in zip(plan.edits, reports) {
      // What has no layer of its own is told where it is there.
      let counts = PlanLayer.allCases.compactMap { layer in
        let count = edit.strokes.count { $0.layer == layer }
        return count == 0 && layer.isRetouching ? nil : "\(count) \(layer.rawValue)"
      }
      notes.append(
        Sheet.Note(
          "edit \"\(edit.name)\": seed \(edit.seed), \(counts.joined(separator: ", ")), "
            + report.changes))
    }
    notes.append(
      Sheet.Note("photo \(plan.photo.file.name), \(plan.photo.width)×\(plan.photo.height)"))
    if let face = plan.face { notes.append(Sheet.Note("found: \(face.statement)")) }
    notes.append(Sheet.Note("model \(plan.model.source.name) at \(plan.region.size)×\(plan.region.size)"))
    return notes
  }
}

extension Plan {
  /// The plan with no saves but one after each edit.
  fileprivate var savingEachEdit: Plan {
    var plan = self
    plan.steps = edits.flatMap { [.edit($0), .save(PlanFile(name: "", path: ""), quality: nil)] }
    return plan
  }
}

extension LayerView.Layer {
  /// What an edit draws into, as far as something was drawn; the mask always, unless the edit has no generator's work.
  fileprivate static func drawn(by edit: PlanEdit, _ layers: Layers) -> [Self] {
    let isRetouched = edit.strokes.contains(where: \.layer.isRetouching)
    return (isRetouched && !edit.strokes.contains(where: \.masks) ? [] : [.mask])
      + (layers.sketchCount > 0 ? [.sketch] : []) + (layers.colorCount > 0 ? [.color] : [])
  }
}

extension RGB8 {
  /// `#rrggbb`, as parameters' values are written.
  init?(hexadecimal text: String) {
    guard text.utf8.count == 7, text.hasPrefix("#"), let value = UInt32(text.dropFirst(), radix: 16) else {
      return nil
    }
    self.init(
      red: UInt8(truncatingIfNeeded: value >> 16), green: UInt8(truncatingIfNeeded: value >> 8),
      blue: UInt8(truncatingIfNeeded: value))
  }
}
