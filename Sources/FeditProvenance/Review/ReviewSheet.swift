import FeditGenerator
import FeditImage
import FeditPlan
import FeditRaster
import FeditSession

/// A contact sheet for reviewers: photo, strokes, layers, result and parameters of a script on one page.
public struct ReviewSheet {
  private let script: ReviewedScript

  public init(_ script: ReviewedScript) { self.script = script }

  /// Runs the script and draws the page.
  ///
  /// - Parameters:
  ///   - control: Stops the run.
  ///   - observer: Told how the run goes.
  /// - Returns: 8-bit RGB.
  /// - Throws: `SessionError`; what the observer throws.
  public func render(control: RunControl, observer: (RunEvent) throws -> Void = { _ in }) throws -> Picture {
    let (plan, session) = (script.plan, script.session)
    let photo = try session.photo(of: plan)
    var reports: [EditReport] = []
    let result = try session.run(plan, control: control, collectsSaves: false) { event in
      if case .finished(let report) = event { reports.append(report) }
      try observer(event)
    }
    let cell = 512
    let part = Overlay.View.around([plan.region], of: plan.photo)
    let view = part.fitted(width: cell, height: cell)
    let whole = Overlay.View.around([], of: plan.photo, margin: 0).fitted(width: cell, height: cell)
    let isCropped = part.width < plan.photo.width || part.height < plan.photo.height
    var rows: [[Sheet.Cell]] = [
      [
        Sheet.Cell(
          // Without strokes: where the photo shows more than the region, the region's square alone is drawn.
          try session.drawing(of: [], in: plan, onto: whole.picture(of: photo), view: whole), caption: "photo"
        ),
        Sheet.Cell(
          try session.drawing(of: plan.edits, in: plan, onto: view.picture(of: photo), view: view),
          caption: isCropped ? "strokes, cropped to the region" : "strokes"),
        Sheet.Cell(view.picture(of: result.picture), caption: "result"),
      ]
    ]
    for edit in plan.edits {
      let layers = try session.layers(of: edit, in: plan)
      rows.append(
        [LayerView.Layer.mask, .sketch, .color].map { layer in
          let name = plan.edits.count > 1 ? "edit \(edit.index + 1) \"\(edit.name)\": " : ""
          return Sheet.Cell(LayerView.picture(layers, layer: layer), caption: name + layer.rawValue)
        })
    }
    return Sheet(
      title: script.name, rows: rows, notes: notes(reports), cellWidth: cell, textScale: 3
    ).render()
  }

  /// What was used and what was done, in lines.
  private func notes(_ reports: [EditReport]) -> [Sheet.Note] {
    let plan = script.plan
    var notes: [Sheet.Note] = []
    for parameter in plan.parameters {
      let color = parameter.type == "color" ? PlanColor(hexadecimal: parameter.value) : nil
      notes.append(
        Sheet.Note(
          "\(parameter.name) = \(parameter.value)" + (parameter.isSet ? " (set on the command line)" : ""),
          color: color))
    }
    if !notes.isEmpty { notes.append("") }
    for (edit, report) in zip(plan.edits, reports) {
      let counts = PlanLayer.allCases.map { layer in
        "\(edit.strokes.count { $0.layer == layer }) \(layer.rawValue)"
      }
      notes.append(
        Sheet.Note(
          "edit \"\(edit.name)\": seed \(edit.seed), \(counts.joined(separator: ", ")), "
            + "\(report.maskedPixels) pixels generated"))
    }
    notes.append(
      Sheet.Note("photo \(plan.photo.file.name), \(plan.photo.width)×\(plan.photo.height)"))
    notes.append(Sheet.Note("model \(plan.model.source.name) at \(plan.region.size)×\(plan.region.size)"))
    return notes
  }
}

extension PlanColor {
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
