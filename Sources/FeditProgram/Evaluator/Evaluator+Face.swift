import FeditPlan
import FeditSyntax

// Where the face is: as the script says, as the command line says, or as it is found in the photo.

extension Evaluator {
  func setFace(_ statement: BoundPlain, _ span: Span) throws(Failure) {
    var (l, r, m) = (setting(.leftEye), setting(.rightEye), setting(.mouth))
    var spans = (left: span, right: span)
    if let left = statement["left"], let right = statement["right"] {
      spans = (left.span, right.span)
      let written = (
        try point(left), try point(right), try statement["mouth"].map { (p) throws(Failure) in try point(p) }
      )
      (l, r, m) = (l ?? written.0, r ?? written.1, m ?? written.2)
    } else if l == nil || r == nil || m == nil {
      let found = try findFace(span)
      (l, r, m) = (l ?? found.left, r ?? found.right, m ?? found.mouth)
    }
    guard let l, let r else { return }
    guard Shapes.distance(l, r) > 1e-6 else {
      throw failure(.badFace, "the eyes are in one place", spans.right)
    }
    guard l.x <= r.x else {
      throw failure(
        .badFace, "the first eye is the one on the picture's left side", spans.left,
        hints: ["exchange the two points"])
    }
    faceStatement = (l, r, m)
  }

  /// A place of the face that the command line sets in place of the script's.
  private func setting(_ place: SettableNames.FacePlace) -> Point? {
    guard case .point(let point)? = setting(place.rawValue, as: .point) else { return nil }
    note(place, point)
    return point
  }

  private func note(_ place: SettableNames.FacePlace, _ point: Point) {
    parameters.append(
      PlanParameter(
        name: place.rawValue, type: "point", value: Value.point(point).sourceText, isSet: true))
  }

  /// The largest face of the photo, in canvas units.
  private func findFace(_ span: Span) throws(Failure) -> (left: Point, right: Point, mouth: Point) {
    guard let photo, let photoPath else {
      throw failure(
        .faceNotFound, "the photo in which to look for a face is not known here", span,
        hints: ["write 'photo \"FILE\"' above 'face auto'"])
    }
    let found: FaceGeometry?
    do {
      found = try world.face(in: photoPath)
    } catch {
      throw problem(error, span, "photo")
    }
    guard let found, let canvas = canvasFrame(photo).inverse else {
      throw failure(
        .faceNotFound, "no face was found in '\(escapingControlCharacters(photo.file.name))'", span,
        hints: [
          "say where it is: face eyes P, P mouth P; 'fedit grid' helps to read the places off",
          "faces whose eyes and mouth are in the picture are found, not turned by more than 45 degrees",
        ])
    }
    foundFace = found
    let places = (canvas(found.leftEye), canvas(found.rightEye), canvas(found.mouth))
    for (place, point) in zip(SettableNames.FacePlace.allCases, [places.0, places.1, places.2])
    where !parameters.contains(where: { $0.name == place.rawValue }) {
      note(place, point)
    }
    return places
  }

  // MARK: Outlines

  /// An outline as a shape, in the face's own units.
  func outline(_ contour: FaceContour, _ span: Span) throws(Failure) -> Value {
    guard let faceStatement, let photo,
      let map = faceFrame(faceStatement).then(canvasFrame(photo)).inverse
    else {
      throw failure(.noFace, "the script does not say where the face is", span, hints: ["write 'face auto'"])
    }
    let outlines = try outlines(faceStatement, photo, span)
    func shape(_ contour: FaceContour) throws(Failure) -> PlanShape {
      guard let points = outlines[contour], points.count >= 3 else {
        throw failure(
          .faceNotFound, "'\(contour.rawValue)' was not found in the photo", span,
          hints: ["are eyes and mouth where the script says they are?", "draw the shape: blob(P, P, P, …)"])
      }
      return Shapes.blob(points.map { map($0) })
    }
    let own = try shape(contour)
    return try made(contour == .lips ? .subtraction(own, try shape(.mouthOpening)) : own, span)
  }

  /// The face of a statement in photo pixels, without outlines.
  func geometry(of face: (left: Point, right: Point, mouth: Point?), _ photo: PlanPhoto) -> FaceGeometry {
    let canvas = canvasFrame(photo)
    let (left, right) = (canvas(face.left), canvas(face.right))
    // Where the mouth is not given, it is about as far below the eyes as they are from each other.
    let mouth =
      face.mouth.map { canvas($0) }
      ?? Point((left.x + right.x) / 2 - (right.y - left.y), (left.y + right.y) / 2 + (right.x - left.x))
    return FaceGeometry(leftEye: left, rightEye: right, mouth: mouth)
  }

  /// What is found in the photo where the face is.
  func outlines(
    _ face: (left: Point, right: Point, mouth: Point?), _ photo: PlanPhoto, _ span: Span
  ) throws(Failure) -> [FaceContour: [Point]] {
    var geometry = geometry(of: face, photo)
    if let found = foundFace, !found.contours.isEmpty, found.leftEye == geometry.leftEye,
      found.rightEye == geometry.rightEye, found.mouth == geometry.mouth
    {
      return found.contours
    }
    if let known = foundFace, known.contours.isEmpty, known == geometry { return [:] }
    do {
      geometry.contours = try world.outlines(of: geometry, in: photo.file.path)
    } catch {
      throw problem(error, span, "photo")
    }
    foundFace = geometry
    return geometry.contours
  }
}

// MARK: Photo pixels in the face's frame

extension Evaluator {
  /// Numbers of a shape that are written out.
  private struct Literals {
    var points: [(span: Span, place: Point)] = []
    /// Those that stand alone: radii, widths.
    var lengths: [(span: Span, value: Double)] = []

    mutating func add(_ expression: BoundExpression) {
      switch expression.kind {
      case .point(let x, let y):
        guard case .constant(.number(let a)) = x.kind, case .constant(.number(let b)) = y.kind else { return }
        points.append((expression.span, Point(a, b)))
      case .constant(.number(let value)): lengths.append((expression.span, value))
      default: for child in expression.children { add(child) }
      }
    }
  }

  /// Inside 'in face' a unit is the distance between the eyes. A shape far outside the photo whose points would lie in
  /// it as photo pixels was meant as those: a warning, once a place.
  func warnOfPhotoPixels(in stroke: BoundStroke, _ shape: PlanShape) {
    guard faceFrames > 0, let photo, let faceStatement, let box = Bounds(of: shape) else { return }
    let whole = Bounds(from: Point(0, 0), to: Point(Double(photo.width), Double(photo.height)))
    guard box.intersection(whole) == nil else { return }
    var literals = Literals()
    literals.add(stroke.shape)
    let toPhoto = canvasFrame(photo)
    let isMeant = literals.points.allSatisfy { _, place in
      let p = toPhoto(place)
      return max(abs(place.x), abs(place.y)) > 4 && p.x >= 0 && p.y >= 0 && p.x <= whole.high.x
        && p.y <= whole.high.y
    }
    guard isMeant, !literals.points.isEmpty, let inverse = faceFrame(faceStatement).inverse else { return }
    if let brush = stroke.modifiers[.brush] { literals.add(brush) }
    func hundredths(_ value: Double) -> String { numberText(value, decimals: 2) }
    let unit = Shapes.distance(faceStatement.left, faceStatement.right)
    let edits =
      literals.points.map { span, place in
        let p = inverse(place)
        return Diagnostic.Edit(span, "(\(hundredths(p.x)), \(hundredths(p.y)))")
      }
      + literals.lengths.filter { abs($0.value) > 1 }.map {
        Diagnostic.Edit($0.span, hundredths($0.value / unit))
      }
    let first = literals.points[0]
    let converted = inverse(first.place)
    guard warnedPlaces.insert(stroke.shape.span.start).inserted, module === entry else { return }
    diagnostics.append(
      Diagnostic(
        .photoPixelsInFace,
        "inside 'in face' a unit is the distance between the eyes, and these are photo pixels",
        severity: .warning, at: module.range(stroke.shape.span),
        hints: [
          .init(
            "(\(numberText(first.place.x)), \(numberText(first.place.y))) is (\(hundredths(converted.x)), \(hundredths(converted.y))) there",
            edits: edits)
        ]))
  }
}
