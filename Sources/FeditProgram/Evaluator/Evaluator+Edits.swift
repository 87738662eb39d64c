import FeditPlan
import FeditSyntax

extension Evaluator {
  func run(edit nameExpression: BoundExpression, _ body: [BoundStatement]) throws(Failure) {
    let name = try string(nameExpression)
    guard editNames.insert(name).inserted else {
      throw failure(
        .duplicateEdit, "there is an edit \"\(escapingControlCharacters(name))\" already",
        nameExpression.span,
        hints: ["names of edits are unique"])
    }
    edit = PlanEdit(name: name, index: editCount)
    editCount += 1
    settings = []
    try nested(nameExpression.span) { () throws(Failure) in try execute(body) }
    guard let done = edit else { return }
    edit = nil
    try checkExpert(of: done, nameExpression.span)
    guard options.only.isEmpty || options.only.contains(name) else { return }
    if !done.strokes.contains(where: { $0.masks || $0.layer.isRetouching }) {
      diagnostics.append(
        Diagnostic(
          .emptyMask,
          "the mask of edit \"\(escapingControlCharacters(name))\" is empty, so nothing is generated",
          severity: .warning, at: module.range(nameExpression.span),
          hints: [.init("say what to generate: mask circle((128, 128), 20)")]))
    }
    planSteps.append(.edit(done))
  }

  func draw(
    in expression: BoundExpression, isFace: Bool, _ body: [BoundStatement], _ span: Span
  ) throws(Failure) {
    guard case .frame(let inner) = try evaluate(expression) else {
      throw failure(.wrongType, "'in' takes a frame", expression.span)
    }
    let outer = frame
    frame = inner.then(outer)
    let determinant = frame.determinant
    guard determinant.isFinite, abs(determinant) > 1e-18 else {
      frame = outer
      throw failure(
        .badFrame, "this frame is squeezed flat", expression.span, hints: ["scale by a number other than 0"])
    }
    let count = locals.count
    if isFace { pushFaceNames() }
    faceFrames += isFace ? 1 : 0
    defer {
      faceFrames -= isFace ? 1 : 0
      frame = outer
      locals.removeLast(locals.count - count)
    }
    try nested(span) { () throws(Failure) in try execute(body) }
  }

  /// The values of `Binder.faceNames`, in the face's own units, before any chain of moves.
  private func pushFaceNames() {
    locals += [.point(Point(-0.5, 0)), .point(Point(0.5, 0))]
    guard let face = faceStatement, let mouth = face.mouth, let inverse = faceFrame(face).inverse else {
      locals.append(nil)
      return
    }
    locals.append(.point(inverse(mouth)))
  }

  func faceFrame(_ face: (left: Point, right: Point, mouth: Point?)) -> Affine {
    let x = face.right.x - face.left.x
    let y = face.right.y - face.left.y
    return Affine(
      a: x, b: y, c: -y, d: x, tx: (face.left.x + face.right.x) / 2, ty: (face.left.y + face.right.y) / 2)
  }

  /// `in face` as a frame in canvas units.
  func faceFrame(_ span: Span) throws(Failure) -> Affine {
    guard let faceStatement else {
      throw failure(
        .noFace, "the script does not say where the face is", span,
        hints: ["add 'face eyes (98, 122), (158, 122) mouth (128, 182)' before the first edit"])
    }
    return faceFrame(faceStatement)
  }

  // MARK: The region

  /// A region as it is written.
  func square(_ region: (origin: Point, side: Double, size: Int?), _ model: PlanModel) -> PlanRegion {
    let size = region.size ?? model.size
    let scale = region.side / Double(size)
    return PlanRegion(
      toPhoto: Affine.scale(scale, scale).then(.translation(region.origin.x, region.origin.y)),
      side: region.side, size: size, origin: .written)
  }

  func resolveRegion(_ photo: PlanPhoto, _ model: PlanModel) throws(Failure) -> PlanRegion {
    let size = region?.size ?? model.size
    if let region { return square(region, model) }
    if let face = faceStatement {
      return Regions.aligned(left: frame(face.left), right: frame(face.right), size: size)
    }
    if photo.width == photo.height {
      let side = Double(photo.width)
      let scale = side / Double(size)
      return PlanRegion(toPhoto: .scale(scale, scale), side: side, size: size, origin: .wholePhoto)
    }
    var bounds: Bounds?
    for case .edit(let edit) in planSteps {
      for box in try maskBounds(of: edit, photo) { bounds = Bounds.union(bounds, box) }
    }
    return Regions.around(bounds, photo: photo, size: size)
  }

  /// What each mask stroke of an edit can reach, in photo pixels.
  private func maskBounds(of edit: PlanEdit, _ photo: PlanPhoto) throws(Failure) -> [Bounds] {
    var result: [Bounds] = []
    for stroke in edit.strokes where stroke.masks {
      switch stroke.content {
      case .shape(let shape):
        if let box = Bounds(of: shape)?.grown(by: stroke, photo) { result.append(box) }
      case .image(let file, let toPhoto):
        do {
          guard let found = try world.maskBounds(at: file.path) else { continue }
          var box = Bounds(from: toPhoto(found.from), to: toPhoto(found.to))
          box.add(toPhoto(Point(found.from.x, found.to.y)))
          box.add(toPhoto(Point(found.to.x, found.from.y)))
          result.append(box)
        } catch {
          throw problem(error, Span(0, 0), "image")
        }
      }
    }
    return result
  }

  /// Photo pixels across the thickest of an edit's masks, where neither sketch nor colour says what is to be made; else 0.
  private func unguidedThickness(of edit: PlanEdit, _ photo: PlanPhoto) -> Double {
    guard edit.guidance == .none else { return 0 }
    var result = 0.0
    for stroke in edit.strokes where stroke.masks {
      guard case .shape(let shape) = stroke.content, let box = Bounds(of: shape) else { continue }
      // Of a line what its brush adds on both sides.
      let brush = box.grown(by: stroke, photo).extent - box.extent
      result = max(result, brush > 0 ? brush : min(box.width, box.height))
    }
    return result
  }

  /// The steps, each edit with the squares that its masks ask for.
  func choosingSquares(in region: PlanRegion, _ photo: PlanPhoto) throws(Failure) -> [PlanStep] {
    let ladder = SquareLadder(region, photo: photo)
    var steps = planSteps
    for index in steps.indices {
      guard case .edit(var edit) = steps[index], edit.squares.isEmpty else { continue }
      let bounds = try maskBounds(of: edit, photo)
      let thickness = unguidedThickness(of: edit, photo)
      if self.region?.size == nil, let own = edit.expert?.model, own.size != region.size {
        // A generator of another size sees another square.
        let base = region.resized(to: own.size)
        let squares = SquareLadder(base, photo: photo).squares(for: bounds, thickness: thickness)
        edit.squares = squares.isEmpty ? [base] : squares
      } else {
        edit.squares = ladder.squares(for: bounds, thickness: thickness)
      }
      steps[index] = .edit(edit)
    }
    return steps
  }
}

/// Whether the generator runs at this size.
func isGeneratorSide(_ value: Double) -> Bool {
  value > 0 && value <= 8192 && value.truncatingRemainder(dividingBy: 128) == 0
}

extension PlanLayer {
  init(_ keyword: LayerKeyword) {
    switch keyword {
    case .mask: self = .mask
    case .sketch: self = .sketch
    case .color: self = .color
    case .recolor: self = .recolor
    case .heal: self = .heal
    case .warp: self = .warp
    }
  }
}

extension PlanShape {
  /// Whether all coordinates are finite and within a few canvases of the picture.
  var isDrawable: Bool {
    switch self {
    case .path(let path):
      path.elements.allSatisfy { element in
        switch element {
        case .move(let p), .line(let p): p.isDrawable
        case .curve(let a, let b, let c): a.isDrawable && b.isDrawable && c.isDrawable
        case .close: true
        }
      }
    case .union(let a, let b), .subtraction(let a, let b), .intersection(let a, let b):
      a.isDrawable && b.isDrawable
    case .grown(let shape, let radius, _): shape.isDrawable && radius.isFinite
    }
  }
}

extension Point {
  var isDrawable: Bool { abs(x) <= Limits.magnitude && abs(y) <= Limits.magnitude }
}
