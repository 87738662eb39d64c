import FeditPlan
import FeditProgram
import FeditSyntax

extension PlannedScript {
  /// What the canvas shows.
  var drawing: StudioDrawing {
    var items: [StudioDrawing.Item] = []
    var numbers: [Span: [Selection.Handle]] = [:]
    var index = 0
    for edit in plan.edits {
      for stroke in edit.strokes {
        defer { index += 1 }
        guard let span = statement(of: stroke) else { continue }
        let handles: [Selection.Handle]
        if let known = numbers[span] {
          handles = known
        } else {
          handles = (try? selection(at: source.location(of: span.start))).map(self.handles(of:)) ?? []
          numbers[span] = handles
        }
        items.append(item(stroke, index, in: edit, span, handles))
      }
    }
    return StudioDrawing(
      items: items, face: faceHandles, width: plan.photo.width, height: plan.photo.height,
      diagnostics: result.diagnostics)
  }

  private func item(
    _ stroke: PlanStroke, _ index: Int, in edit: PlanEdit, _ span: Span, _ known: [Selection.Handle]
  ) -> StudioDrawing.Item {
    var paths: [Path] = []
    var isClosed = false
    if case .shape(let shape) = stroke.content {
      paths = shape.paths
      isClosed = shape.isClosed
      if let target = stroke.warp?.target { paths += target.paths }
    }
    let handles = stroke.origin.handles.compactMap { handle -> StudioDrawing.Handle? in
      let number = known.firstIndex { other in
        let origin = strokes[other.stroke].origin
        return origin.calls == stroke.origin.calls && origin.handles[other.index].site == handle.site
          && origin.handles[other.index].place == handle.place
      }
      guard let number else { return nil }
      return StudioDrawing.Handle(
        number: number + 1, place: handle.place, text: siteText(handle.site),
        isLocked: handle.site.file != file.path)
    }
    let width = stroke.brush.map { $0.width * $0.pen.scaleFactor }
    return StudioDrawing.Item(
      edit: edit.name, layer: stroke.layer, isErase: stroke.isErase, label: stroke.label,
      location: source.location(of: span.start), span: span, trail: trail(stroke, from: span),
      frame: stroke.origin.frame, paths: paths, isClosed: isClosed, color: stroke.color, width: width,
      handles: handles)
  }

  private func trail(_ stroke: PlanStroke, from span: Span) -> [StudioDrawing.Crumb] {
    var crumbs = [crumb(PlanOrigin.Site(file: file.path, start: span.start, end: span.end))]
    for site in stroke.origin.calls + [stroke.origin.statement] {
      let next = crumb(site)
      if crumbs.last != next, !(site.file == file.path && span.start <= site.start && site.end <= span.end) {
        crumbs.append(next)
      }
    }
    return crumbs
  }

  private func crumb(_ site: PlanOrigin.Site) -> StudioDrawing.Crumb {
    let owner = result.sources.first { $0.path == site.file }?.source
    let text = siteText(site)
    return StudioDrawing.Crumb(
      file: owner?.name ?? site.file,
      location: owner?.location(of: site.start) ?? SourceLocation(line: 1, column: 1),
      text: text.split(whereSeparator: \.isNewline).first.map(String.init) ?? text,
      isLocked: site.file != file.path)
  }

  private func siteText(_ site: PlanOrigin.Site) -> String {
    result.sources.first { $0.path == site.file }?.source.text(Span(site.start, site.end)) ?? ""
  }

  private var faceHandles: [StudioDrawing.Handle] {
    facePlaces.enumerated().map {
      StudioDrawing.Handle(
        number: $0.offset + 1, place: $0.element.place, text: text($0.element.expression.span),
        isLocked: false)
    }
  }
}
