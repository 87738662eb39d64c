import FeditFiles
import FeditGenerator
import FeditImage
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditRaster
import FeditSession
import FeditSyntax
import FeditText
import Foundation

extension REPL {
  func go() -> Outcome {
    if program == nil { program = check(document) }
    guard let plan = program?.plan else {
      output.write("nothing to run yet: open a photo (photo \"FILE\") and draw a mask\n")
      return document.isEmpty ? .done : .failed
    }
    return run(plan, isAsked: true, writes: 0)
  }

  /// Computes with another engine from now on, or says which one it is.
  func engine(_ argument: String) -> Outcome {
    if !argument.isEmpty {
      guard let engine = Engine(rawValue: argument) else {
        let names = Engine.allCases.map { "'\($0.rawValue)'" }.joined(separator: " and ")
        return fail("there is no engine '\(terminalSafe(argument))'", ["there are \(names)"])
      }
      do {
        try session.use(engine)
      } catch {
        return fail(error)
      }
      // The picture is the other engine's.
      ran = nil
    }
    output.write("\(Engine.current.kernels)\n")
    return .done
  }

  /// What pictures say of themselves; their script is what ':save' would write.
  func provenance(of plan: Plan) throws -> Provenance? {
    guard let program else { return nil }
    let text = ScriptFile(
      argument: folder + "/session.fedit", bytes: Array(Formatting.formatted(document.text).utf8))
    return try Provenance(program, plan: plan, script: text, options: options, session: session)
  }

  /// Runs a plan through the session and shows what came of it.
  ///
  /// - Parameters:
  ///   - plan: the session's, checked.
  ///   - isAsked: by `go`; else it follows from a stroke.
  ///   - writes: how many of the plan's last saves are carried out.
  /// - Returns: whether it went well.
  func run(_ plan: Plan, isAsked: Bool, writes: Int) -> Outcome {
    let clock = ContinuousClock()
    let start = clock.now
    let saves = plan.steps.indices.filter {
      switch plan.steps[$0] {
      case .edit: false
      case .save, .saveLayers: true
      }
    }
    let wanted = Set(saves.suffix(writes))
    var warnings: [RunWarning] = []
    do {
      let provenance = wanted.isEmpty ? nil : try provenance(of: plan)
      let writer = PictureOutput(inputs: OutputGuard(plan, script: nil)) { step in
        try provenance?.texts(step: step) ?? []
      }
      let came = try session.run(plan, control: services.control(), collectsSaves: false) { event in
        switch event {
        case .warning(let warning): warnings.append(warning)
        case .save(let save) where wanted.contains(save.step):
          try writer.write(save)
          output.write("wrote \(terminalSafe(save.file.name))\n")
        case .began, .finished, .save: break
        }
      }
      let isNew = ran != plan
      // `go` on what has run already takes no time that anybody asks for.
      if isNew || timed.isEmpty {
        lastSeconds = (lastSeconds?.check ?? 0, (clock.now - start) / .seconds(1))
        timed = came.edits
      }
      ran = plan
      result = came
      let sources = (program?.sources ?? []).map(\.source)
      runWarnings = (isAsked ? warnings : warnings.filter { $0.code != "empty-mask" }).map {
        $0.diagnostic(in: sources)
      }
      let isShown = isAsked || (settings.showsAtOnce && isNew)
      if isShown { _ = output.show(isAsked ? came.picture : try zoomed(came.picture, plan)) }
      if isAsked || (isNew && settings.printsTimes && came.edits.contains { !$0.isReused && $0.isGenerated })
      {
        summarize(came, isAsked: isAsked)
      }
      // Last, where they stay in sight.
      let standing = standingWarnings
      let news = unseen + (isAsked || isNew ? runWarnings : [])
      unseen = []
      report(news)
      if settings.showsAtOnce, isShown, standing.count > news.count {
        output.write(
          "\(standing.count) warning\(standing.count == 1 ? " stands" : "s stand"); ':warnings' shows "
            + (standing.count == 1 ? "it\n" : "them\n"))
      }
      return .done
    } catch {
      return fail(error)
    }
  }

  func summarize(_ came: RunResult, isAsked: Bool) {
    guard let edit = came.edits.last else {
      if isAsked { output.write("no edit yet: draw a mask\n") }
      return
    }
    var line = "edit \"\(terminalSafe(edit.name))\": "
    line += edit.isGenerated ? "\(edit.maskedPixels) pixels" : "nothing masked"
    if settings.printsTimes, let seconds = lastSeconds {
      line += String(format: ", %.0f ms", (seconds.check + seconds.run) * 1000)
    }
    output.write(line + "\n")
  }

  /// All warnings of the session as it is: of the check and of the last run.
  var standingWarnings: [Diagnostic] {
    (program?.diagnostics ?? []).filter { $0.severity == .warning && !isDrawing($0) } + runWarnings
  }

  func warnings() -> Outcome {
    let standing = standingWarnings
    if standing.isEmpty { output.write("no warnings\n") }
    report(standing)
    return .done
  }

  /// What the last edit filled with as much around it as it takes to judge it by; the whole picture where there is no
  /// edit, or where that is not much more.
  func zoomed(_ picture: Picture, _ plan: Plan) throws -> Picture {
    guard settings.zooms, let edit = plan.edits.last,
      let corners = try session.maskedCorners(of: edit, in: plan)
    else { return picture }
    let box = corners.dropFirst().reduce(into: corners.first.map { Bounds(from: $0, to: $0) }) { $0?.add($1) }
    let extent = box.map { max($0.high.x - $0.low.x, $0.high.y - $0.low.y) } ?? 0
    let view = Overlay.View.around(corners, of: plan.photo, margin: Int(extent * 0.75) + 16)
    if view.width == picture.width, view.height == picture.height { return picture }
    // Small ones are enlarged, so that a terminal shows pixels and not a stamp.
    let side = max(512, max(view.width, view.height))
    return view.fitted(width: side, height: side).picture(of: picture)
  }
}
