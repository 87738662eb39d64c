import FeditImage
import FeditPlan
import FeditProgram
import FeditRaster
import FeditSession
import FeditSyntax
import FeditText

extension REPL {
  /// The plan of the session as it is now, run.
  func current() -> (plan: Plan, result: RunResult)? {
    if program == nil { program = check(document) }
    guard let plan = program?.plan else { return nil }
    if ran != plan, case .failed = run(plan, isAsked: false, writes: 0) { return nil }
    guard let result else { return nil }
    return (plan, result)
  }

  func show(_ argument: String) -> Outcome {
    let words = argument.split(separator: " ", maxSplits: 1).map(String.init)
    let isView = words.first.map { REPLCommand.views.contains($0) } ?? false
    let view = isView ? words[0] : "result"
    let file = isView ? (words.count > 1 ? words[1] : nil) : (argument.isEmpty ? nil : argument)
    if let file, !file.hasSuffix(".png") {
      let near = nearestName(to: file, among: REPLCommand.views)
      return fail(
        "':show' does not know '\(terminalSafe(file))'",
        [
          near.map { "did you mean '\($0)'?" }
            ?? "it shows \(REPLCommand.views.joined(separator: ", ")); a file ends in .png"
        ])
    }
    guard let (plan, result) = current() else {
      return fail("there is no picture yet", ["open one: photo \"FILE\""])
    }
    do {
      let picture: Picture
      var texts: [PNGText] = []
      switch view {
      case "result":
        picture = result.picture
        if file != nil, result.edits.contains(where: \.isGenerated) {
          texts = try provenance(of: plan)?.texts(step: plan.steps.count) ?? []
        }
      case "before": picture = try session.photo(of: plan)
      case "diff": picture = ResultDifference(try session.photo(of: plan), result.picture).picture
      default:
        guard let edit = plan.edits.last, let layer = LayerView.Layer(rawValue: view) else {
          return fail("there is no edit yet", ["draw a stroke first"])
        }
        picture = LayerView.picture(try session.layers(of: edit, in: plan), layer: layer)
      }
      return deliver(picture, file: file, texts: texts)
    } catch {
      return fail(error)
    }
  }

  /// Shows the face of the photo: that of the session, or, where it says none, the largest that is found.
  func face(_ argument: String) -> Outcome {
    if program == nil { program = check(document) }
    guard let plan = program?.plan else {
      return fail("there is no picture yet", ["open one: photo \"FILE\""])
    }
    do {
      let found = try plan.face ?? session.world.face(in: plan.photo.file.path)
      guard let face = found else {
        return fail(
          "no face was found in '\(plan.photo.file.name)'",
          ["':grid' helps to read the places off; then write: face eyes P, P mouth P"])
      }
      output.write("\(face.statement)\n")
      let view = Overlay.View.photo(
        plan.photo, longerSide: max(512, max(plan.photo.width, plan.photo.height)))
      let picture = FaceMarks.draw(face, onto: view.picture(of: try session.photo(of: plan)), view: view)
      if argument.isEmpty {
        _ = output.show(picture)
        return .done
      }
      return deliver(picture, file: argument)
    } catch {
      return fail(error)
    }
  }

  func grid(_ argument: String) -> Outcome {
    guard let (plan, result) = current() else {
      return fail("there is no picture yet", ["open one: photo \"FILE\""])
    }
    let grid = CoordinateGrid(result.picture, canvas: document.canvas)
    let page = grid.render { picture, view in
      plan.face.map { FaceMarks.draw($0, onto: picture, view: view) } ?? picture
    }
    return deliver(page, file: argument.isEmpty ? nil : argument)
  }

  /// Shows a picture, or writes it to a file of the user's choice.
  func deliver(_ picture: Picture, file: String?, texts: [PNGText] = []) -> Outcome {
    guard let file else {
      if !output.show(picture) {
        output.write(
          "\(picture.width)×\(picture.height) pixels; pictures are shown on a terminal, or written: :show FILE.png\n"
        )
      }
      return .done
    }
    if let plan = program?.plan, let problem = OutputGuard(plan, script: nil).problem(writing: file) {
      return fail("cannot write '\(file)': \(problem)", [])
    }
    do {
      try PNGFile.write(picture, to: file, texts: texts)
      output.write("wrote \(terminalSafe(file))\n")
      return .done
    } catch {
      return fail(error)
    }
  }

  func layers() -> Outcome {
    guard let plan = (program ?? check(document)).plan else { return fail("there is no edit yet", []) }
    do {
      for edit in plan.edits {
        let layers = try session.layers(of: edit, in: plan)
        output.write(
          "\(edit.index + 1)  \"\(terminalSafe(edit.name))\", seed \(edit.seed): mask \(layers.maskCount), sketch \(layers.sketchCount), color \(layers.colorCount) of \(layers.size)×\(layers.size) pixels\n"
        )
      }
      if plan.edits.isEmpty { output.write("no edit yet\n") }
      return .done
    } catch {
      return fail(error)
    }
  }
}
