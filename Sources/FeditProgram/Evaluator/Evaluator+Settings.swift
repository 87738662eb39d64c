import FeditPlan
import FeditSyntax

extension Evaluator {
  func setPhoto(_ path: BoundExpression) throws(Failure) {
    guard options.photo == nil else {
      if let override = options.photo { try open(photo: override, path.span) }
      return
    }
    try open(photo: try file(try string(path), path.span, what: "photo"), path.span)
  }

  func setCanvas(_ size: BoundExpression) throws(Failure) {
    let value = try point(size)
    guard (1...65_536).contains(value.x), (1...65_536).contains(value.y) else {
      throw failure(
        .canvasSize,
        "a canvas' sides are 1 to 65536, found (\(numberText(value.x)), \(numberText(value.y)))", size.span)
    }
    canvas = value
    try setFrame()
  }

  func open(photo file: PlanFile, _ span: Span) throws(Failure) {
    do {
      let size = try world.pictureSize(at: file.path)
      photo = PlanPhoto(file: file, width: size.width, height: size.height)
      photoPath = file.path
      if model == nil { try use(model: options.model, from: nil) }
    } catch {
      throw problem(error, span, "photo")
    }
    try setFrame()
  }

  /// The outermost frame: the canvas stretched over the photo, or photo pixels.
  func setFrame() throws(Failure) {
    guard let photo else { return }
    frame = canvasFrame(photo)
  }

  /// From canvas units to photo pixels.
  func canvasFrame(_ photo: PlanPhoto) -> Affine {
    canvas.map { .scale(Double(photo.width) / $0.x, Double(photo.height) / $0.y) } ?? .identity
  }

  func setRegion(_ statement: BoundPlain) throws(Failure) {
    guard let origin = statement["origin"], let size = statement["size"] else { return }
    let corner = try point(origin)
    let side = try number(size)
    for (value, expression) in [(corner.x, origin), (corner.y, origin), (side, size)]
    where value != value.rounded() {
      throw failure(
        .regionSize, "a region is given in whole photo pixels, found \(numberText(value))", expression.span)
    }
    guard side >= 8 else { throw failure(.regionSize, "a region's side is at least 8 pixels", size.span) }
    var generatorSize: Int?
    if let at = statement["at"] {
      let value = try number(at)
      guard isGeneratorSide(value) else {
        throw failure(
          .regionSize, "the generator runs at a multiple of 128, up to 8192; found \(numberText(value))",
          at.span)
      }
      generatorSize = Int(value)
    }
    if edit == nil {
      region = (corner, side, generatorSize)
    } else if let model = edit?.expert?.model ?? model {
      edit?.squares = [square((corner, side, generatorSize), model)]
    }
  }

  func setTone(_ statement: BoundPlain) throws(Failure) {
    edit?.finish.tone = try amount(
      statement["levels"], in: 0...255, hint: "write 'tone within 24'"
    ) { "tone is changed by 0 to 255 levels, found \($0)" }
  }

  func setGrain(_ statement: BoundPlain) throws(Failure) {
    edit?.finish.grain = try amount(
      statement["share"], in: 0...4, hint: "1 is as strong as the photo's own"
    ) { "grain has a strength of 0 to 4, found \($0)" }
  }

  /// How much of something an edit gets; without a value, nothing of it.
  private func amount(
    _ expression: BoundExpression?, in range: ClosedRange<Double>, hint: String, problem: (String) -> String
  ) throws(Failure) -> PlanFinish.Setting {
    guard let expression else { return .off }
    let value = try number(expression)
    guard range.contains(value) else {
      throw failure(.badBlend, problem(numberText(value)), expression.span, hints: [hint])
    }
    return .amount(value)
  }

  func setParameter(
    _ slot: GlobalSlot, _ name: Identifier, _ type: ValueType, _ value: BoundExpression
  ) throws(Failure) {
    var result = try evaluate(value)
    guard result.type == type else { throw wrongType(value, result, type.described) }
    let shown = settable.name(of: name.text, in: module)
    let given = setting(shown, as: type)
    if let given { result = given }
    globals[slot.module][slot.slot] = result
    parameters.append(
      PlanParameter(name: shown, type: type.rawValue, value: result.sourceText, isSet: given != nil))
  }

  /// What the command line sets under a name; nil where it sets nothing, or something that does not fit.
  func setting(_ name: String, as wanted: ValueType) -> Value? {
    guard let text = pendingSettings.removeValue(forKey: name) else { return nil }
    switch parse(setting: text, as: wanted) {
    case .success(let value): return value
    case .failure(let message):
      usageErrors.append("--set \(name)=\(text): \(message.text)")
      return nil
    }
  }

  private struct Message: Error { var text: String }

  /// A value of the command line: strings stand without quotes, all else as in a script.
  private func parse(setting text: String, as wanted: ValueType) -> Result<Value, Message> {
    if wanted == .string { return .success(.string(text)) }
    let source = SourceText(name: "--set", text)
    let (expression, problems) = parseExpression(source)
    if let first = problems.first { return .failure(Message(text: first.message)) }
    guard expression.isConstant else {
      return .failure(Message(text: "a constant is needed, such as \(example(of: wanted))"))
    }
    let (bound, errors) = Binder.bound(constant: expression, in: source, world: world)
    if let first = errors.first { return .failure(Message(text: first.message)) }
    do throws(Failure) {
      let value = try evaluate(bound)
      guard value.type == wanted else {
        return .failure(
          Message(
            text:
              "\(wanted.described) is needed, such as \(example(of: wanted)); found \(value.type.described)"))
      }
      return .success(value)
    } catch {
      return .failure(Message(text: error.diagnostic.message))
    }
  }

  private func example(of type: ValueType) -> String {
    switch type {
    case .number: "12.5"
    case .bool: "true"
    case .color: "#8b5a2b"
    case .point: "(98, 122)"
    default: "text"
    }
  }

  // MARK: Files

  func file(_ name: String, _ span: Span, what: String) throws(Failure) -> PlanFile {
    do throws(WorldProblem) {
      let path = try world.resolve(name, from: module.path)
      guard world.exists(path) else {
        throw WorldProblem(
          .missing, "there is no file '\(escapingControlCharacters(name))'",
          hints: ["paths are relative to the script's folder; is the \(what) beside it?"])
      }
      return PlanFile(name: name, path: path)
    } catch {
      throw problem(error, span, what)
    }
  }

  func output(_ path: BoundExpression) throws(Failure) -> PlanFile {
    let name = try string(path)
    let target: String
    do throws(WorldProblem) {
      target = try world.resolve(name, from: module.path)
    } catch {
      throw problem(error, path.span, "output")
    }
    if !options.leavesOutSaves, target == photoPath || target == entry.path || inputs[target] != nil {
      throw failure(
        .overwritesInput,
        "'\(escapingControlCharacters(name))' is an input of the script and is not overwritten",
        path.span, hints: ["save under another name"])
    }
    return PlanFile(name: name, path: target)
  }
}
