import FeditPlan
import FeditSyntax

// Models and rankings: which network, or none, fills which edit.

extension Evaluator {
  /// The script's model, or in an edit that edit's own.
  func setModel(_ name: BoundExpression) throws(Failure) {
    let text = try string(name)
    guard edit == nil else { return try setExpert(text, name.span) }
    // The command line's goes before the script's.
    guard options.model == nil else { return }
    do {
      try use(model: text, from: module.path)
    } catch {
      throw problem(error, name.span, "model")
    }
  }

  /// Takes a model or a ranking for the script.
  func use(model text: String?, from script: String?) throws(WorldProblem) {
    guard let text, ExpertRanking.isFile(text) else {
      model = try world.model(text, from: script)
      ranking = nil
      return
    }
    let found = try world.ranking(text, from: script)
    model = found.models[found.ranking.defaultExpert]
    ranking = found
  }

  private func setExpert(_ text: String, _ span: Span) throws(Failure) {
    do throws(WorldProblem) {
      guard !ExpertRanking.isFile(text) else {
        throw WorldProblem(
          .malformed, "a ranking of experts holds for a whole script, and this stands in an edit",
          hints: ["name one of its experts here, or move the line above the first edit"])
      }
      let own = text == PlanExpert.heal ? nil : try world.model(text, from: module.path)
      if let own, let model {
        // A region above it took the script's model for the one that runs.
        let squares = edit?.squares ?? []
        edit?.squares = squares.map { $0.size == model.size ? $0.resized(to: own.size) : $0 }
      }
      edit?.expert = PlanExpert(model: own, reason: .written)
    } catch {
      throw problem(error, span, "model")
    }
  }

  /// What healing can't do, an edit must not ask of it.
  func checkExpert(of edit: PlanEdit, _ span: Span) throws(Failure) {
    guard edit.isHealed, edit.guidance != .none else { return }
    throw failure(
      .misplacedStatement,
      "edit \"\(escapingControlCharacters(edit.name))\" is filled by '\(PlanExpert.heal)', which follows no sketch and no colours",
      span, hints: ["name a generator, or leave sketch and colours out"])
  }

  // MARK: Rankings

  /// The steps, each edit with the expert of its category; where there is no ranking, as they are.
  func choosingExperts(in region: PlanRegion, _ photo: PlanPhoto) throws(Failure) {
    guard let ranking else { return }
    var face: FaceGeometry??
    for index in planSteps.indices {
      guard case .edit(var edit) = planSteps[index], edit.expert == nil,
        edit.strokes.contains(where: \.masks)
      else { continue }
      let known: FaceGeometry?
      if let face { known = face } else { known = try faceOfExperts(photo) }
      face = .some(known)
      let side = known.map { Regions.aligned(left: $0.leftEye, right: $0.rightEye, size: region.size).side }
      let place: MaskPlace?
      do {
        place = try world.maskPlace(
          of: edit, pens: region, photo: photo, face: known, side: side ?? region.side)
      } catch {
        throw problem(error, Span(0, 0), "model")
      }
      guard let place else { continue }
      edit.expert = expert(for: edit, at: place, ranking)
      planSteps[index] = .edit(edit)
    }
  }

  private func expert(for edit: PlanEdit, at place: MaskPlace, _ ranking: PlanRanking) -> PlanExpert? {
    let category = EditCategory(part: place.part, guidance: edit.guidance, size: place.size)
    let canHeal = edit.guidance == .none && place.extent <= PlanExpert.longestHealed
    let (name, row) = ranking.ranking.choice(for: category, excluding: canHeal ? [] : [PlanExpert.heal])
    let found = ranking.models[name]
    guard name == PlanExpert.heal || found != nil else { return nil }
    // The figures as they were found, whoever was taken.
    var figures = row?.figures ?? .init(tasks: 0, means: [:], expert: name, margin: 0)
    figures.expert = name
    return PlanExpert(model: found, reason: .ranked(category, figures))
  }

  /// The face that the script names, else the largest of the photo; nil where none is found.
  private func faceOfExperts(_ photo: PlanPhoto) throws(Failure) -> FaceGeometry? {
    if let faceStatement {
      var (geometry, contours) = (geometry(of: faceStatement, photo), [FaceContour: [Point]]())
      contours = try outlines(faceStatement, photo, Span(0, 0))
      geometry.contours = contours
      return geometry
    }
    do {
      guard var found = try world.face(in: photo.file.path) else { return nil }
      if found.contours.isEmpty { found.contours = try world.outlines(of: found, in: photo.file.path) }
      foundFace = found
      return found
    } catch {
      throw problem(error, Span(0, 0), "photo")
    }
  }
}

extension PlanRegion {
  /// The same square of the photo at another size of the generator.
  func resized(to size: Int) -> PlanRegion {
    guard size != self.size else { return self }
    var result = self
    let scale = Double(self.size) / Double(size)
    result.toPhoto = Affine.scale(scale, scale).then(toPhoto)
    result.size = size
    return result
  }
}
