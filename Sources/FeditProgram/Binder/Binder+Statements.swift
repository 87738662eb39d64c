import FeditPlan
import FeditSyntax

extension Binder {
  func bind(_ block: Block, place: Place) -> [BoundStatement] {
    inScope { bind(block.statements, in: place) }
  }

  /// Statements of a block.
  private func bind(_ statements: [Statement], in place: Place) -> [BoundStatement] {
    statements.map { bind($0, place: place == .file ? .flow : place, isFirst: false) }
  }

  func bind(_ statement: Statement, place: Place, isFirst: Bool) -> BoundStatement {
    checkPlace(statement, place, isFirst: isFirst)
    return BoundStatement(kind: kind(of: statement, place), span: statement.span)
  }

  private func kind(of statement: Statement, _ place: Place) -> BoundStatement.Kind {
    switch statement.kind {
    case .missing, .def: return .nothing
    case .plain(let plain): return .plain(bind(plain))
    case .param(let name, let type, let value, let doc): return bindParam(name, type, value, doc)
    case .letValue(let name, let value): return bindLet(name, value, isGlobal: place == .file)
    case .forEach(let name, let sequence, let body): return bindLoop(name, sequence, body, place)
    case .ifElse(let condition, let then, let otherwise):
      let condition = bind(condition, as: .bool, "a condition")
      // Of two branches one is taken, so each may have a 'seed'.
      let before = settings
      let first = bind(then, place: place)
      let afterThen = settings
      settings = before
      let second = otherwise.map { bind($0, place: place) }
      settings.merge(afterThen) { first, _ in first }
      return .branch(condition, first, second)
    case .edit(let name, let body): return bindEdit(name, body, statement.span, place)
    case .stroke(let stroke): return .stroke(bind(stroke))
    case .paint(let paint): return .paint(bind(paint))
    case .inFrame(let frame, let body): return bindFrame(frame, body, place)
    case .call(let call): return bindProcedureCall(call, place: place)
    }
  }

  private func bindParam(
    _ name: Identifier, _ type: Identifier, _ value: Expression, _ doc: Expression?
  ) -> BoundStatement.Kind {
    let wanted = checkedType(type, allowed: ValueType.settable)
    let standard = bind(value)
    let isWrong = wanted.map { !fits(standard.type, $0) } ?? false
    if let wanted, isWrong { wrongDefault(standard, wanted, of: name, type) }
    if let doc { _ = bind(doc, as: .string, "what a parameter is") }
    declare(name, isWrong ? .unknown : wanted ?? .unknown, .param, isGlobal: true)
    guard let slot = module.slot(of: name) else { return .nothing }
    return .param(slot, name, wanted ?? .unknown, standard)
  }

  private func bindLet(_ name: Identifier, _ value: Expression, isGlobal: Bool) -> BoundStatement.Kind {
    let bound = bind(value)
    if bound.type == .frame || bound.type == .image {
      report(.wrongType, "\(bound.type.described) cannot be given a name", value.span)
    }
    declare(name, bound.type, .value, isGlobal: isGlobal)
    guard isGlobal else { return .letLocal(bound) }
    if !isQuiet { module.values[name.text]?.type = bound.type }
    return module.slot(of: name).map { .letGlobal($0, bound) } ?? .nothing
  }

  private func bindLoop(
    _ name: Identifier, _ sequence: Expression, _ body: Block, _ place: Place
  ) -> BoundStatement.Kind {
    let bound = bind(sequence)
    if !fits(bound.type, .list), bound.type != .range {
      wrongType(bound, .list, "'for'", hint: "write 'for x in 0..<8' or 'for x in [a, b]'")
    }
    return inScope {
      declare(name, elementType(of: bound), .loop)
      return .loop(bound, bind(body.statements, in: place))
    }
  }

  private func bindEdit(_ name: Expression, _ body: Block, _ span: Span, _ place: Place)
    -> BoundStatement.Kind
  {
    if firstEdit == nil { firstEdit = span }
    let bound = bind(name, as: .string, "an edit's name")
    if let text = literalString(name), place == .file {
      if let earlier = editNames[text] {
        report(
          .duplicateEdit, "there is already an edit \"\(escapingControlCharacters(text))\"", name.span,
          labels: [.init(module.range(earlier), "the first one")],
          hints: [.init("names of edits are unique")])
      } else {
        editNames[text] = name.span
      }
    }
    settings = [:]
    return .edit(bound, bind(body, place: .edit))
  }

  // MARK: Strokes

  private func bind(_ stroke: Stroke) -> BoundStroke {
    let shape = bind(stroke.shape, allowsImage: stroke.layer != .warp)
    if !fits(shape.type, .shape), shape.type != .image {
      wrongType(shape, .shape, "'\(stroke.layer.rawValue)'")
    }
    checkWarp(stroke)
    checkPlace(of: stroke, isImage: shape.type == .image)
    checkColor(
      stroke.modifiers[.with], layer: stroke.layer, span: stroke.layerSpan, isErase: stroke.isErase,
      isImage: shape.type == .image)
    return BoundStroke(
      layer: stroke.layer, layerSpan: stroke.layerSpan, isErase: stroke.isErase, isOff: stroke.isOff,
      shape: shape, modifiers: bind(stroke.modifiers))
  }

  private func bind(_ modifiers: Modifiers) -> BoundModifiers {
    var bound = BoundModifiers()
    for spec in Language.modifiers {
      guard let value = modifiers[spec.id] else { continue }
      bound.entries.append((spec.id, bind(value, as: spec.type, spec.what)))
    }
    if let brush = modifiers[.brush], case .number(let value) = brush.kind, value <= 0 {
      report(.badBrush, "a brush must be wider than 0", brush.span)
    }
    return bound
  }

  /// An image has a corner and a size, or neither; a shape has coordinates of its own.
  private func checkPlace(of stroke: Stroke, isImage: Bool) {
    let (corner, size) = (stroke.modifiers[.at], stroke.modifiers[.size])
    guard let given = corner ?? size else { return }
    if !isImage, stroke.shape.kind.isKnown {
      report(
        .wrongType, "only an image is placed with 'at' and 'size'", given.span,
        hints: [.init("move a shape with .moved(by: P)")])
    } else if corner == nil || size == nil {
      report(
        .expected, "an image is placed with 'at' and 'size' together", given.span,
        hints: [.init("write 'mask image(\"m.png\") at (40, 60) size (200, 100)'")])
    }
  }

  /// A warp has a target; nothing else has.
  private func checkWarp(_ stroke: Stroke) {
    let (target, reach) = (stroke.modifiers[.to], stroke.modifiers[.reach])
    if stroke.layer == .warp {
      if target == nil {
        report(
          .badWarp, "a warp says where its shape goes", stroke.layerSpan,
          hints: [.init("add 'to SHAPE', such as the same shape with .moved(by: (0, -4))")])
      }
      if let reach, case .number(let value) = reach.kind, value <= 0 {
        report(.badWarp, "a warp's reach must be more than 0", reach.span)
      }
    } else if let given = target ?? reach {
      report(
        .badWarp, "only 'warp' takes 'to' and 'reach'", given.span,
        hints: [.init("move a shape with .moved(by: P)")])
    }
  }

  private func checkColor(_ color: Expression?, layer: LayerKeyword, span: Span, isErase: Bool, isImage: Bool)
  {
    guard let color else {
      if layer == .color && !isErase && !isImage || layer == .recolor {
        report(
          .missingColor, "a colour stroke needs a colour", span,
          hints: [.init("add 'with #8b5a2b'")])
      }
      return
    }
    if layer == .recolor { return }
    if layer != .color || isErase || isImage {
      let what = isErase ? "'erase'" : isImage ? "an image" : "a \(layer.rawValue) stroke"
      report(
        .unusedColor, "\(what) takes no colour", color.span,
        hints: [.init("colours go into the color layer: color SHAPE with COLOR")])
    }
  }

  private func bind(_ paint: Paint) -> BoundPaint {
    let shape = bind(paint.shape, as: .shape, "'paint'")
    let modifiers = bind(paint.modifiers)
    let entries = paint.entries.map { entry in
      checkColor(
        entry.modifiers[.with], layer: entry.layer, span: entry.layerSpan, isErase: entry.isErase,
        isImage: false)
      return BoundPaint.Entry(
        layer: entry.layer, layerSpan: entry.layerSpan, isErase: entry.isErase, isOff: entry.isOff,
        modifiers: bind(entry.modifiers), span: entry.span)
    }
    return BoundPaint(shape: shape, entries: entries, modifiers: modifiers, isOff: paint.isOff)
  }

  // MARK: Frames

  /// The names that `in face` gives, in the order of their places.
  static let faceNames = ["left_eye", "right_eye", "mouth"]

  private func bindFrame(_ frame: Expression, _ body: Block, _ place: Place) -> BoundStatement.Kind {
    let bound = bind(frame, allowsFrame: true)
    if bound.type != .frame, bound.type != .unknown {
      wrongType(
        bound, .frame, "'in'",
        hint: "frames are 'face', 'moved(by: P)', 'scaled(by: N, about: P)' and 'rotated(by: A, about: P)'")
    }
    return inScope {
      let isFace = frame.isFaceFrame
      if isFace { declareFaceNames(frame.span) }
      faceFrames += isFace ? 1 : 0
      defer { faceFrames -= isFace ? 1 : 0 }
      return .frame(bound, isFace: isFace, bind(body.statements, in: place))
    }
  }

  private func declareFaceNames(_ span: Span) {
    for name in Self.faceNames {
      let value = nextLocal()
      if name == "mouth", !hasMouth, !hasForeignFace { continue }
      if let earlier = lookup(name), earlier.identifier.span.end > 0 {
        report(
          .duplicateName, "'\(name)' is defined already, and 'in face' gives that name", span,
          labels: [.init(module.range(earlier.identifier.span), "defined here")],
          hints: [.init("choose another name for the value")])
      }
      scopes[scopes.count - 1][name] = Entry(
        identifier: Identifier(name, Span(0, 0)), type: .point, kind: .builtin, value: value)
    }
  }
}
