import FeditPlan
import FeditSyntax

extension Binder {
  /// The values of a statement by the types in its form, then what else is known before it is carried out.
  func bind(_ statement: PlainStatement) -> BoundPlain {
    var bound = BoundPlain(id: statement.id, words: statement.words, values: [])
    // Files that are used have been read already.
    if statement.id != .use { bindValues(of: statement, Language[statement.id].form, &bound) }
    switch statement.id {
    case .fedit: checkVersion(statement.value)
    case .photo:
      if isEntry, options.photo == nil { checkFile(statement.value, what: "photo") }
    case .model: checkModel(statement.value)
    case .canvas: checkCanvas(statement.value)
    case .region: if let side = statement["at"] { checkGeneratorSide(side) }
    case .seed:
      // A seed has 64 bits, more than numbers have.
      if case .number = statement.value.kind, let exact = UInt64(module.source.text(statement.value.span)) {
        bound.wholeNumber = exact
      } else if case .number(let number) = statement.value.kind, number != number.rounded() || number < 0 {
        report(.badSeed, "a seed is a whole number from 0", statement.value.span)
      }
    case .save:
      let isPicture = !statement.words.contains("layers")
      checkOutput(statement.value, isPicture: isPicture)
      if let quality = statement["quality"] {
        checkQuality(quality, of: statement.value, isPicture: isPicture)
      }
    case .use:
      guard let alias = statement.name, !alias.text.isEmpty else { break }
      let range = module.range(alias.span)
      uses.append(
        SymbolUse(
          name: alias.text, kind: .module, range: range, definition: range, type: .unknown, isDefinition: true
        ))
    default: break
    }
    return bound
  }

  private func bindValues(of statement: PlainStatement, _ form: [Slot], _ bound: inout BoundPlain) {
    for slot in form {
      switch slot {
      case .value(let name, let type, let what), .literal(let name, let type, let what):
        if let value = statement[name] { bound.values.append((name, bind(value, as: type, what))) }
      case .optional(let slots): bindValues(of: statement, slots, &bound)
      case .either(let choices): for slots in choices { bindValues(of: statement, slots, &bound) }
      case .word, .sign, .name, .part: break
      }
    }
  }

  private func checkVersion(_ value: Expression) {
    guard case .number(let number) = value.kind, number != 1 else { return }
    report(
      .unknownVersion,
      "this is a script of version \(numberText(number)) of the language; this fedit knows version 1",
      value.span, hints: [.init("update fedit, or write 'fedit 1'")])
  }

  private func checkCanvas(_ size: Expression) {
    guard case .point(let width, let height) = size.kind else { return }
    for side in [width, height] {
      if case .number(let value) = side.kind, !(1...65_536).contains(value), abs(value) <= Limits.magnitude {
        report(.canvasSize, "a canvas' side is 1 to 65536, found \(numberText(value))", side.span)
      }
    }
  }

  private func checkGeneratorSide(_ side: Expression) {
    guard case .number(let value) = side.kind, !isGeneratorSide(value) else { return }
    report(
      .regionSize, "the generator runs at a multiple of 128, up to 8192; found \(numberText(value))",
      side.span)
  }

  // MARK: Files

  /// Whether a file that is named in a text written out is there.
  func checkFile(_ path: Expression, what: String) {
    guard let name = literalString(path) else { return }
    do {
      let found = try world.resolve(name, from: module.path)
      if !world.exists(found) {
        report(
          .missingFile, "there is no file '\(escapingControlCharacters(name))'", path.span,
          hints: [.init("paths are relative to the script's folder; is the \(what) beside it?")])
      }
    } catch {
      report(error, path.span, what: what)
    }
  }

  private func checkModel(_ name: Expression) {
    guard isEntry, options.model == nil, let text = literalString(name) else { return }
    // What healing is for, an edit is asked when it is carried out.
    guard text != PlanExpert.heal else { return }
    do {
      if ExpertRanking.isFile(text) {
        _ = try world.ranking(text, from: module.path)
      } else {
        _ = try world.model(text, from: module.path)
      }
    } catch {
      report(error, name.span, what: "model")
    }
  }

  private func checkOutput(_ path: Expression, isPicture: Bool) {
    guard let name = literalString(path) else { return }
    if isPicture { checkPictureName(name, path.span) }
    do {
      _ = try world.resolve(name, from: module.path)
    } catch {
      report(error, path.span, what: "output")
    }
  }

  private func checkQuality(_ quality: Expression, of file: Expression, isPicture: Bool) {
    guard isPicture else { return report(.badQuality, layersTakeNoQuality, quality.span) }
    guard case .number(let value) = quality.kind else { return }
    if let problem = qualityProblem(value, savingAs: literalString(file) ?? "") {
      report(.badQuality, problem, quality.span)
    }
  }

  private func checkPictureName(_ name: String, _ span: Span) {
    if let problem = pictureNameProblem(name) {
      report(.badPath, problem, span, hints: [.init("write a name such as \"result.png\"")])
    }
  }
}
