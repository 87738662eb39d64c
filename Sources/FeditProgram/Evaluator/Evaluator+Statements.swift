import FeditPlan
import FeditSyntax

extension Evaluator {
  /// Carries out a block's statements; the names that they give end with it.
  func execute(_ statements: [BoundStatement]) throws(Failure) {
    let count = locals.count
    defer { locals.removeLast(locals.count - count) }
    for statement in statements { try execute(statement) }
  }

  func execute(_ statement: BoundStatement) throws(Failure) {
    try step(statement.span)
    switch statement.kind {
    case .nothing: return
    case .plain(let plain): try execute(plain, statement.span)
    case .param(let slot, let name, let type, let value): try setParameter(slot, name, type, value)
    case .letGlobal(let slot, let value): globals[slot.module][slot.slot] = try evaluate(value)
    case .letLocal(let value): locals.append(try evaluate(value))
    case .loop(let sequence, let body): try loop(sequence, body)
    case .branch(let condition, let then, let otherwise):
      let isTrue = try bool(condition)
      try nested(statement.span) { () throws(Failure) in
        if isTrue { try execute(then) } else if let otherwise { try execute(otherwise) }
      }
    case .edit(let name, let body): try run(edit: name, body)
    case .stroke(let stroke): try draw(stroke, statement.span)
    case .paint(let paint): try draw(paint, statement.span)
    case .frame(let frame, let isFace, let body): try draw(in: frame, isFace: isFace, body, statement.span)
    case .call(let definition, let arguments, let span):
      guard case .block(let block)? = definition.body else {
        throw failure(.notAProcedure, "this is no procedure", span)
      }
      try enter(definition, arguments, span) { () throws(Failure) in try execute(block) }
    }
  }

  /// A statement whose form the table says in full.
  private func execute(_ statement: BoundPlain, _ span: Span) throws(Failure) {
    let spec = Language[statement.id]
    let isOfEdit = spec.repeats == .oncePerEdit || [.region, .model].contains(statement.id) && edit != nil
    if isOfEdit, !settings.insert(statement.id).inserted {
      throw failure(
        .repeatedSetting, "an edit has only one '\(spec.keyword)', and this is the second", span,
        hints: ["keep one of them"])
    }
    switch statement.id {
    case .photo: try setPhoto(statement.value)
    case .model: try setModel(statement.value)
    case .canvas: try setCanvas(statement.value)
    case .face: try setFace(statement, span)
    case .region: try setRegion(statement)
    case .assert: try assert(statement)
    case .save: try save(statement)
    case .seed: try setSeed(statement)
    case .blend:
      guard let radius = statement["radius"] else {
        edit?.blend = .none
        return
      }
      let value = try number(radius)
      guard value >= 0 else { throw failure(.badBlend, "a feather is 0 or wider", radius.span) }
      edit?.blend = .feather(value * frame.scaleFactor)
    case .tone: try setTone(statement)
    case .grain: try setGrain(statement)
    case .octaves: edit?.finish.octaves = .off
    case .mirror: edit?.finish.mirror = .off
    default: break
    }
  }

  private func save(_ statement: BoundPlain) throws(Failure) {
    let output = try output(statement.value)
    guard !statement.words.contains("layers") else {
      planSteps.append(.saveLayers(output))
      return
    }
    if let problem = pictureNameProblem(output.name) {
      throw failure(.badPath, problem, statement.value.span)
    }
    var quality: Int?
    if let value = statement["quality"] {
      let number = try number(value)
      if let problem = qualityProblem(number, savingAs: output.name) {
        throw failure(.badQuality, problem, value.span)
      }
      quality = Int(number)
    }
    planSteps.append(.save(output, quality: quality))
  }

  private func assert(_ statement: BoundPlain) throws(Failure) {
    guard try !bool(statement.value) else { return }
    let text = try statement["message"].map { (message) throws(Failure) in try string(message) }
    throw failure(
      .assertionFailed, text.map(escapingControlCharacters) ?? "an assertion of the script does not hold",
      statement.value.span)
  }

  private func setSeed(_ statement: BoundPlain) throws(Failure) {
    let value = statement.value
    if let exact = statement.wholeNumber {
      edit?.seed = exact
      return
    }
    let number = try number(value)
    guard number == number.rounded(), number >= 0 else {
      throw failure(.badSeed, "a seed is a whole number from 0, found \(numberText(number))", value.span)
    }
    edit?.seed = UInt64(number)
  }

  private func loop(_ sequence: BoundExpression, _ body: [BoundStatement]) throws(Failure) {
    try nested(sequence.span) { () throws(Failure) in
      let count = locals.count
      defer { locals.removeLast(locals.count - count) }
      func turn(_ value: Value) throws(Failure) {
        try step(sequence.span)
        locals.append(value)
        for statement in body { try execute(statement) }
        locals.removeLast(locals.count - count)
      }
      switch try evaluate(sequence) {
      case .range(let from, let to):
        var index = from
        while index < to {
          try turn(.number(Double(index)))
          index += 1
        }
      case .list(let list): for value in list.elements { try turn(value) }
      case let other: throw wrongType(sequence, other, "a list or a range")
      }
    }
  }
}
