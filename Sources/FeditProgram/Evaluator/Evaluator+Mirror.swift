import FeditPlan
import FeditSyntax

/// Where a generator sees in the mask what lies opposite in the face: the axis, from the script's face or the photo's.
extension Evaluator {
  func findingAxes(_ photo: PlanPhoto, _ model: PlanModel) throws(Failure) {
    var axis: FaceAxis??
    for index in planSteps.indices {
      guard case .edit(var edit) = planSteps[index], edit.seesMirror(model) else { continue }
      if axis == nil { axis = .some(try faceForMirror(photo).flatMap(FaceAxis.init)) }
      edit.axis = axis ?? nil
      planSteps[index] = .edit(edit)
    }
  }

  private func faceForMirror(_ photo: PlanPhoto) throws(Failure) -> FaceGeometry? {
    if let faceStatement { return geometry(of: faceStatement, photo) }
    if let foundFace { return foundFace }
    do {
      mirroredFace = try world.face(in: photo.file.path)
      return mirroredFace
    } catch {
      throw problem(error, Span(0, 0), "photo")
    }
  }
}
