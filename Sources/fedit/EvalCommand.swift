import ArgumentParser
import FeditGenerator
import FeditSession
import FeditTraining
import FeditWeights
import Foundation

/// `fedit eval MODEL SET`
struct EvalCommand: ParsableCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "eval", abstract: "Measure a model on the held-out pictures of a training set.",
    discussion: """
      Every picture gives four tasks: a mask only, with a sketch, with colour strokes, and with both.
      Everything is measured inside the mask: PSNR (dB), L1 (levels), SSIM and, with --vgg16, the distance
      of VGG features; also the contrast of the drawn lines beside the photo's (ink: 1 is right, above 1.25
      the lines come out as ink), and by how many levels the result misses the given colours. 'diffusion'
      is the smooth fill that any model has to beat, 'photo' the photo itself. Then, on tasks made for it:
      sketches in four hands, wanted colours by radius, backgrounds of any hue, half of the face, the weave
      in dark fills, what the seed changes, sharpness, tone and time.
      """.reflowed)

  @Argument(help: ArgumentHelp("A model's name, or its weight file.", valueName: "MODEL"))
  var model: String

  @Argument(
    help: ArgumentHelp("The set that 'fedit prepare' made.", valueName: "SET"), completion: .directory)
  var set: String

  @Option(help: ArgumentHelp("Another model to compare it with.", valueName: "MODEL2"))
  var baseline: String?

  @Option(help: ArgumentHelp("How many pictures; each gives a task of every kind.", valueName: "N"))
  var tasks = 40

  @Option(
    help: ArgumentHelp(
      "Also draw a sheet of tasks: photo, input, diffusion, baseline and model.",
      valueName: "OUT.png"), completion: .file(extensions: ["png"]))
  var sheet: String?

  @Option(help: ArgumentHelp("How many tasks the sheet shows.", valueName: "N"))
  var sheetRows = 16

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var taskFlags: TaskFlags
  var engineFlags: EngineFlags { taskFlags.compute.engine }

  func validate() throws {
    guard (1...100_000).contains(tasks) else {
      throw ValidationError("--tasks takes a number from 1 to 100000")
    }
    guard (1...200).contains(sheetRows) else {
      throw ValidationError("--sheet-rows takes a number from 1 to 200")
    }
  }

  func run() throws {
    let cores = taskFlags.compute.count
    let first = try OpenedModel(model)
    let second = try baseline.map { try OpenedModel($0) }
    let vgg = try taskFlags.vgg16.map { try VGGWeights(path: $0, through: "conv3_3") }
    do {
      let pictures = try TrainingSet(folder: set)
      let generator = try Generator(model: first.model, threads: cores)
      let other = try second.map { try Generator(model: $0.model, threads: cores) }
      Interruption.install()
      let evaluation = Evaluation(
        set: pictures, pictures: tasks, size: taskFlags.size ?? first.model.size, seed: taskFlags.seed,
        vgg: vgg, threads: cores)
      if pictures.validation.isEmpty {
        printNote(
          "the set holds out no pictures for validation, so pictures that were trained on are measured, too",
          "warning")
      }
      let bar = WorkProgress("measuring")
      let outcome = try evaluation.run(
        model: generator, baseline: other, sheetRows: sheetRows, isCancelled: { Interruption.isRequested },
        progress: { bar.update($0, of: evaluation.taskCount(models: other == nil ? 1 : 2)) })
      bar.clear()
      guard let outcome else { throw CommandFailure(.interrupted, "stopped") }
      if let sheet { try outcome.sheet.writeSheet(to: sheet) }
      try printReport(outcome.report)
    } catch let error as GeneratorError {
      throw CommandFailure(error, file: model)
    }
  }

  private func printReport(_ report: Evaluation.Report) throws {
    if json {
      try printJSON(report)
      return
    }
    printLine(
      String(
        format: "%d pictures at %d×%d, %.0f %% masked on average, seed %llu", report.pictures, report.size,
        report.size, report.masked * 100, report.seed))
    let hasFeatures = report.entries.contains { $0.figures["all"]?.features != nil }
    func cell(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func number(_ value: Double?, _ format: String, _ width: Int) -> String {
      cell(value.map { String(format: format, $0) } ?? "–", width)
    }
    for (kind, title) in TaskKind.allCases.map({ ($0.rawValue, $0.title) }) + [("all", "all")] {
      var header = title.padding(toLength: 20, withPad: " ", startingAt: 0)
      header += cell("PSNR", 8) + cell("L1", 8) + cell("SSIM", 8)
      if hasFeatures { header += cell("VGG", 8) }
      printLine()
      printLine(header + cell("ink", 9) + cell("colour", 9))
      for entry in report.entries {
        guard let figures = entry.figures[kind] else { continue }
        let isPhoto = entry.name == "photo"
        if isPhoto, figures.ink == nil, figures.colorError == nil { continue }
        var line = ("  " + entry.name).padding(toLength: 20, withPad: " ", startingAt: 0)
        line += number(isPhoto ? nil : figures.psnr, "%.2f", 8)
        line += number(isPhoto ? nil : figures.l1, "%.2f", 8)
        line += number(isPhoto ? nil : figures.ssim, "%.3f", 8)
        if hasFeatures { line += number(isPhoto ? nil : figures.features, "%.3f", 8) }
        line += number(figures.ink, "%.2f", 9)
        line += number(figures.colorError, "%.1f", 9)
        printLine(line)
      }
    }
    for entry in report.entries {
      if let measures = entry.measures { printMeasures(measures, of: entry.name) }
    }
    if let sheet {
      printLine()
      printLine("wrote \(sheet)")
    }
  }

  private func printMeasures(_ measures: Measures, of name: String) {
    printLine()
    printLine(name)
    for (title, value) in measures.lines {
      printLine("  \(title.padding(toLength: 24, withPad: " ", startingAt: 0))\(value)")
    }
  }
}
