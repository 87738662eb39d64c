import FeditFiles
import FeditGenerator
import FeditPlan
import FeditProgram
import FeditRaster
import FeditSyntax
import FeditText
import Foundation

/// What a plan would draw and run, resolved: what `fedit plan` prints.
public struct PlanReport: Sendable {
  /// What is reported on.
  public let plan: Plan
  /// The script's name and SHA-256.
  let script: (name: String, sha256: String)
  let photo: String
  let model: LoadedModel
  /// In the order of `Plan.inputs`.
  let inputs: [String]
  /// Of the ranking.
  let rankingHash: String?
  let memory: NetworkMemory
  /// Bytes of the decoded photo and a copy of it.
  let pictureBytes: Int
  /// By the edit's number from 0.
  let squares: [Int: [SquareReport]]
  let threads: Int

  /// Gathers what the report needs: hashes, the model's network and its memory.
  ///
  /// - Throws: `FileError` where an input can't be read, `UserError` where the model can't be used.
  public init(_ plan: Plan, script: ScriptFile, session: EditSession) throws {
    self.plan = plan
    self.script = (script.source.name, script.sha256)
    func hash(_ file: PlanFile) throws -> String {
      do throws(FileError) {
        return try session.world.sha256(of: file.path)
      } catch {
        throw error.named(file.name)
      }
    }
    photo = try hash(plan.photo.file)
    model = try session.model(for: plan)
    inputs = try plan.inputs.map(hash)
    rankingHash = try plan.ranking.map(hash)
    memory = try session.networkMemory(of: plan)
    // Three bytes a pixel, once as decoded and once as it is encoded; 16-bit samples take twice as much.
    pictureBytes = 2 * 3 * plan.photo.width * plan.photo.height
    threads = session.options.threads
    var squares: [Int: [SquareReport]] = [:]
    for edit in plan.edits where edit.hasMask && !edit.isHealed {
      squares[edit.index] = try session.parts(of: edit, in: plan, try session.images(of: edit)).squares.map {
        SquareReport($0.square, mask: $0.mask, edit: edit)
      }
    }
    self.squares = squares
  }

  /// The `region` line that fixes the script's square as it is, as near as whole pixels allow.
  public var regionLine: String { plan.region.line(modelSize: plan.model.size) }

  /// Bytes of the edit that takes most, beyond what every run takes.
  private var squareBytes: Int { squares.values.joined().map(\.bytes).max() ?? 0 }

  private var plannedBytes: Int { memory.total + pictureBytes + squareBytes }

  /// What the network takes at most, in seconds: whole frames, at what a thread of a processor of 2020 does. A mask
  /// that fills little of its frames takes less.
  private func seconds(_ frames: Int) -> Double {
    let operations = model.model.architecture.floatingPointOperations(size: plan.model.size)
    return Double(frames) * operations / (Double(max(threads, 1)) * 60e9)
  }

  // MARK: Text

  /// The report for people.
  ///
  /// - Parameter isVerbose: Whether strokes are shown with all their coordinates instead of their boxes.
  /// - Returns: Lines, the last one ended, too.
  public func text(isVerbose: Bool) -> String {
    var lines: [String] = []
    func line(_ key: String, _ value: String) {
      lines.append("\(key.padding(toLength: 9, withPad: " ", startingAt: 0))\(value)")
    }
    line("script", "\(terminalSafe(script.name))  sha256 \(script.sha256)")
    line(
      "photo",
      "\(terminalSafe(plan.photo.file.name))  \(plan.photo.width)×\(plan.photo.height)  sha256 \(photo)")
    line(
      "model",
      "\(terminalSafe(model.source.name)) (\(model.source.kind))  width \(model.model.width), trained at "
        + "\(model.model.size)×\(model.model.size)  sha256 \(model.sha256)")
    if let ranking = plan.ranking {
      line("ranking", "\(terminalSafe(ranking.name))  sha256 \(rankingHash ?? "")")
    }
    for (file, hash) in zip(plan.inputs, inputs) {
      line("input", "\(terminalSafe(file.name))  sha256 \(hash)")
    }
    line("region", "\(regionLine)  \(regionNote)")
    line(
      "memory",
      "\(megabytes(plannedBytes)) planned: weights \(megabytes(memory.weights)), activations "
        + "\(megabytes(memory.activations)), work \(megabytes(memory.scratch + memory.layers)), photo "
        + megabytes(pictureBytes) + (squareBytes > 500_000 ? ", fills \(megabytes(squareBytes))" : ""))
    for parameter in plan.parameters {
      line(
        "param",
        "\(terminalSafe(parameter.name)): \(parameter.type) = \(terminalSafe(parameter.value))"
          + (parameter.isSet ? (isFound(parameter) ? "  (found, or --set)" : "  (--set)") : ""))
    }
    var number = 0
    for step in plan.steps {
      switch step {
      case .edit(let edit):
        number += 1
        lines.append("")
        lines.append(
          "edit \(edit.index + 1) \(terminalSafe(quoted(edit.name)))  \(settings(edit))"
            + (edit.offCount > 0 ? ", \(edit.offCount) off" : "")
            + (edit.hasMask ? "" : ", no mask: nothing is generated"))
        if let expert = edit.expert { lines.append("  \(expert.words)") }
        for square in squares[edit.index] ?? [] { lines.append("  \(describe(square))") }
        lines += isVerbose ? edit.strokes.map { "  \(describe($0))" } : StrokeLines(edit.strokes).lines
      case .save(let file, let quality):
        let words = quality.map { " quality \($0)" } ?? ""
        lines += ["", "save \(terminalSafe(quoted(file.name)))\(words)"]
      case .saveLayers(let file): lines += ["", "save layers \(terminalSafe(quoted(file.name)))"]
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// Whether a parameter may be the place of a face that was found, which is handed on like one of --set.
  private func isFound(_ parameter: PlanParameter) -> Bool {
    plan.face != nil && parameter.name.hasPrefix("face.")
  }

  private var regionNote: String {
    let region = plan.region
    let from =
      switch region.origin {
      case .written: "as written"
      case .face: "aligned to the face"
      case .wholePhoto: "the whole photo"
      case .aroundMasks: "around the masks"
      case .scaled: "chosen from the masks"
      }
    let scale = region.side / Double(region.size)
    let scaled =
      scale == 1
      ? "nothing is resampled"
      : "\(text(region.side)) pixels to \(region.size), \(text(scale)) to 1"
    guard !plan.region.isLineExact else { return "(\(from); \(scaled))" }
    let turn = atan2(region.toPhoto.b, region.toPhoto.a) * 180 / .pi
    let turned = turn == 0 ? "" : ", turned by \(text(turn))deg"
    let middle = region.toPhoto(Point(Double(region.size) / 2, Double(region.size) / 2))
    return "(\(from)\(turned), middle \(text(middle)); \(scaled); the line is the nearest whole square)"
  }

  /// What an edit's settings come to.
  private func settings(_ edit: PlanEdit) -> String {
    let widest = (squares[edit.index] ?? []).map { $0.square.side * AdaptiveFeather.widest }.max()
    return PlanEdit.settings.compactMap { $0.words(edit, widest) }.joined(separator: ", ")
  }

  private func describe(_ report: SquareReport) -> String {
    let square = report.square
    let scale = square.side / Double(square.size)
    let scaled =
      scale == 1 ? "the photo's own pixels" : "\(numberText(scale, decimals: 2)) photo pixels to 1"
    let exact = square.isLineExact ? "" : ", turned with the face: the line is the nearest upright square"
    let time = (seconds(report.frames) * 10).rounded(.up) / 10
    return
      "square \(square.line(modelSize: plan.model.size))  (\(report.maskedPixels) pixels masked; \(scaled)\(exact); "
      + "\(report.passesText); at most about \(numberText(time)) s)"
  }

  private func describe(_ stroke: PlanStroke) -> String {
    var words: [String] = []
    if stroke.isErase { words.append("erase") }
    words.append(stroke.layer.rawValue.padding(toLength: 6, withPad: " ", startingAt: 0))
    switch stroke.content {
    case .shape(let shape): words.append(text(shape))
    case .image(let file, _): words.append("image(\(terminalSafe(quoted(file.name))))")
    }
    if let warp = stroke.warp {
      words.append("to \(text(warp.target)) reach \(numberText(warp.reach, decimals: 1))")
    }
    if let color = stroke.color { words.append("with \(colorText(color))") }
    if let width = stroke.brushWidth { words.append("brush \(text(width))") }
    if let label = stroke.label { words.append("as \(terminalSafe(quoted(label)))") }
    words.append(" \(stroke.place)")
    return words.joined(separator: " ")
  }

  /// A shape in photo pixels: paths as SVG path data, the rest as it combines them.
  private func text(_ shape: PlanShape) -> String {
    switch shape {
    case .path(let path): "path(\"\(data(path))\")"
    case .union(let a, let b): "(\(text(a)) + \(text(b)))"
    case .subtraction(let a, let b): "(\(text(a)) - \(text(b)))"
    case .intersection(let a, let b): "(\(text(a)) & \(text(b)))"
    case .grown(let inner, let radius, let pen):
      "\(text(inner)).grown(\(text(radius * pen.scaleFactor)))"
    }
  }

  private func data(_ path: Path) -> String {
    path.elements.map { ([$0.letter] + $0.points.map(pair)).joined(separator: " ") }.joined(separator: " ")
  }

  private func pair(_ p: Point) -> String { "\(text(p.x)) \(text(p.y))" }

  private func text(_ p: Point) -> String { "(\(text(p.x)), \(text(p.y)))" }

  private func text(_ value: Double) -> String { numberText(value, decimals: 3) }

  private func megabytes(_ bytes: Int) -> String { "\((bytes + 500_000) / 1_000_000) MB" }

  // MARK: JSON

  /// The report for programs.
  public var json: String {
    let region = plan.region
    return OrderedJSON.object([
      ("script", .object([("name", .string(script.name)), ("sha256", .string(script.sha256))])),
      (
        "photo",
        .object([
          ("name", .string(plan.photo.file.name)), ("width", .integer(plan.photo.width)),
          ("height", .integer(plan.photo.height)), ("sha256", .string(photo)),
        ])
      ),
      (
        "model",
        .object([
          ("kind", .string(model.source.kind)), ("name", .string(model.source.name)),
          ("width", .integer(model.model.width)), ("size", .integer(model.model.size)),
          ("channel_order", .string(model.model.channelOrder.rawValue)), ("sha256", .string(model.sha256)),
        ])
      ),
      (
        "ranking",
        plan.ranking.map {
          .object([("name", .string($0.name)), ("sha256", .string(rankingHash ?? ""))])
        } ?? .null
      ),
      (
        "inputs",
        .array(
          zip(plan.inputs, inputs).map {
            .object([("name", .string($0.name)), ("sha256", .string($1))])
          })
      ),
      (
        "region",
        .object([
          ("line", .string(regionLine)), ("exact", .bool(plan.region.isLineExact)),
          ("origin", .string(name(region.origin))), ("side", .number(region.side)),
          ("size", .integer(region.size)), ("to_photo", affine(region.toPhoto)),
        ])
      ),
      (
        "memory",
        .object([
          ("planned_bytes", .integer(plannedBytes)), ("weights", .integer(memory.weights)),
          ("activations", .integer(memory.activations)), ("scratch", .integer(memory.scratch)),
          ("layers", .integer(memory.layers)), ("photo", .integer(pictureBytes)),
        ])
      ),
      (
        "parameters",
        .array(
          plan.parameters.map {
            .object([
              ("name", .string($0.name)), ("type", .string($0.type)), ("value", .string($0.value)),
              ("set", .bool($0.isSet)),
            ])
          })
      ),
      ("steps", .array(plan.steps.map(step))),
    ]).text + "\n"
  }

  private func name(_ origin: PlanRegion.Origin) -> String {
    switch origin {
    case .written: "written"
    case .face: "face"
    case .wholePhoto: "whole_photo"
    case .aroundMasks: "around_masks"
    case .scaled: "from_masks"
    }
  }

  private func affine(_ map: Affine) -> OrderedJSON {
    .array([map.a, map.b, map.c, map.d, map.tx, map.ty].map { .number($0) })
  }

  private func step(_ step: PlanStep) -> OrderedJSON {
    switch step {
    case .save(let file, let quality):
      let members: [(String, OrderedJSON)] = [("step", .string("save")), ("file", .string(file.name))]
      return .object(members + (quality.map { [("quality", .integer($0))] } ?? []))
    case .saveLayers(let file):
      return .object([("step", .string("save_layers")), ("folder", .string(file.name))])
    case .edit(let edit):
      let settings = PlanEdit.settings.compactMap { setting in
        setting.effective.map { (setting.name, $0(edit)?.json ?? .null) }
      }
      let members: [(String, OrderedJSON)] = [
        ("step", .string("edit")), ("number", .integer(edit.index + 1)), ("name", .string(edit.name)),
      ]
      return .object(
        members + settings + [
          ("off", .integer(edit.offCount)), ("expert", edit.expert?.json ?? .null),
          ("squares", .array((squares[edit.index] ?? []).map(square))),
          ("strokes", .array(edit.strokes.map(stroke))),
        ])
    }
  }

  private func square(_ report: SquareReport) -> OrderedJSON {
    let square = report.square
    return .object([
      ("line", .string(square.line(modelSize: plan.model.size))), ("exact", .bool(square.isLineExact)),
      ("origin", .string(name(square.origin))), ("side", .number(square.side)),
      ("size", .integer(square.size)),
      ("to_photo", affine(square.toPhoto)), ("masked_pixels", .integer(report.maskedPixels)),
      (
        "passes",
        .array(report.passes.map { .object([("side", .integer($0.side)), ("frames", .integer($0.frames))]) })
      ),
      ("seconds_at_most", .number(seconds(report.frames))), ("bytes", .integer(report.bytes)),
    ])
  }

  private func stroke(_ stroke: PlanStroke) -> OrderedJSON {
    var members: [(String, OrderedJSON)] = [
      ("layer", .string(stroke.layer.rawValue)), ("erase", .bool(stroke.isErase)),
    ]
    switch stroke.content {
    case .shape(let shape): members.append(("shape", self.shape(shape)))
    case .image(let file, let toPhoto):
      members.append(("image", .string(file.name)))
      members.append(("to_photo", affine(toPhoto)))
    }
    members.append(("color", stroke.color.map { .string(colorText($0)) } ?? .null))
    members.append(
      (
        "brush",
        stroke.brush.map { .object([("width", .number($0.width)), ("pen", affine($0.pen))]) } ?? .null
      ))
    if let warp = stroke.warp {
      members += [("to", self.shape(warp.target)), ("reach", .number(warp.reach))]
    }
    members.append(("label", stroke.label.map { .string($0) } ?? .null))
    members += [
      ("file", .string(stroke.file)), ("line", .integer(stroke.line)), ("column", .integer(stroke.column)),
    ]
    return .object(members)
  }

  private func shape(_ shape: PlanShape) -> OrderedJSON {
    func pair(_ kind: String, _ a: PlanShape, _ b: PlanShape) -> OrderedJSON {
      .object([("kind", .string(kind)), ("of", .array([self.shape(a), self.shape(b)]))])
    }
    switch shape {
    case .path(let path):
      let elements = path.elements.map { element in
        OrderedJSON.array(
          [.string(element.letter)] + element.points.flatMap { [.number($0.x), .number($0.y)] })
      }
      return .object([
        ("kind", .string("path")), ("closed", .bool(path.isClosed)), ("elements", .array(elements)),
      ])
    case .union(let a, let b): return pair("union", a, b)
    case .subtraction(let a, let b): return pair("subtraction", a, b)
    case .intersection(let a, let b): return pair("intersection", a, b)
    case .grown(let inner, let radius, let pen):
      return .object([
        ("kind", .string("grown")), ("radius", .number(radius)), ("pen", affine(pen)),
        ("of", self.shape(inner)),
      ])
    }
  }
}

extension EditSetting.Value {
  fileprivate var json: OrderedJSON {
    switch self {
    case .automatic: .string("automatic")
    case .word(let word): .string(word)
    case .whole(let number): .unsigned(number)
    case .amount(let number): .number(number)
    case .pixels(let word, let number): .object([(word, .number(number))])
    }
  }
}
