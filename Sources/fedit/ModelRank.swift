import ArgumentParser
import FeditFiles
import FeditGenerator
import FeditPlan
import FeditSession
import FeditText
import FeditTraining
import FeditWeights
import Foundation

/// `fedit model rank MODELS… --set SET`
struct ModelRank: ParsableCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "rank", abstract: "Measure which of several experts is best at what.",
    discussion: """
      Tasks are masks on the held-out pictures of an annotated training set: in each part of the face, thin,
      small and large, each without guidance, with a sketch, with colours and with both. The measure is the
      distance of VGG features inside the mask; without --vgg16, one of SSIM and L1. A script takes the file with
      'model "experts.json"', and each edit gets the expert of its category.
      """.reflowed)

  @Argument(
    help: ArgumentHelp(
      "Models' names, weight files, and 'heal' for filling without a network.", valueName: "MODELS"))
  var models: [String]

  @Option(
    help: ArgumentHelp("The set that 'fedit prepare' made, with annotations.", valueName: "SET"),
    completion: .directory)
  var set: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The ranking to write; without it only the table is printed.", valueName: "experts.json"),
    completion: .file(extensions: ["json"]))
  var output: String?

  @Option(
    help: ArgumentHelp(
      "Also draw a sheet: one task a part and size, with each expert's fill.", valueName: "OUT.png"),
    completion: .file(extensions: ["png"]))
  var sheet: String?

  @Option(help: ArgumentHelp("How many masks for each part and size.", valueName: "N"))
  var tasks = 8

  @Flag(help: "Print the ranking as JSON.")
  var json = false

  @OptionGroup var taskFlags: TaskFlags
  var engineFlags: EngineFlags { taskFlags.compute.engine }

  func validate() throws {
    guard models.count >= 2, Set(models).count == models.count else {
      throw ValidationError("a ranking takes two different experts or more")
    }
    guard models.contains(where: { $0 != PlanExpert.heal }) else {
      throw ValidationError("a ranking takes at least one network")
    }
    guard (1...1000).contains(tasks) else { throw ValidationError("--tasks takes a number from 1 to 1000") }
    if let output, !ExpertRanking.isFile(output) {
      throw ValidationError("a ranking's name ends in '.json'")
    }
  }

  func run() throws {
    let cores = taskFlags.compute.count
    let opened = try models.map { $0 == PlanExpert.heal ? nil : try OpenedModel($0) }
    let weights = try taskFlags.vgg16.map {
      (weights: try VGGWeights(path: $0, through: "conv3_3"), sha256: try SHA256.hex(file: $0))
    }
    let side = taskFlags.size ?? opened.lazy.compactMap { $0?.model.size }.first ?? 256
    do {
      let pictures = try TrainingSet(folder: set)
      let trial = try ExpertTrial(
        set: pictures, tasks: tasks, size: side, seed: taskFlags.seed, vgg: weights, threads: cores)
      let experts = try zip(models, opened).map { text, model in
        ExpertTrial.Expert(
          about(text, model), generator: try model.map { try Generator(model: $0.model, threads: cores) })
      }
      if weights == nil {
        printNote(
          "without --vgg16 the measure is 0.84 (1 − SSIM) + 0.16 L1, which prefers soft fills", "note")
      }
      Interruption.install()
      let bar = WorkProgress("ranking")
      let outcome = try trial.run(
        experts: experts, isCancelled: { Interruption.isRequested },
        progress: { bar.update($0, of: trial.count) })
      bar.clear()
      guard let outcome else { throw CommandFailure(.interrupted, "stopped") }
      if let sheet { try outcome.sheet.writeSheet(to: sheet) }
      let bytes = try outcome.ranking.encoded()
      if let output { try AtomicFile.write(bytes, to: output) }
      if json { return printLine(String(decoding: bytes.dropLast(), as: UTF8.self)) }
      printTable(outcome.ranking)
    } catch let error as GeneratorError {
      throw CommandFailure(error, file: models.joined(separator: ", "))
    }
  }

  /// An expert as the file has it: a weight file by its path from the file's folder.
  private func about(_ text: String, _ model: OpenedModel?) -> ExpertRanking.Expert {
    guard let model else { return .init(name: PlanExpert.heal, kind: PlanExpert.heal, sha256: nil) }
    let sha256 = model.weights.sha256()
    switch model.reference {
    case .builtIn(let name): return .init(name: name, kind: "built-in", sha256: sha256)
    case .stored(let name, _): return .init(name: name, kind: "stored", sha256: sha256)
    case .file(let path):
      let folder = output.map { (PathResolver.real($0) as NSString).deletingLastPathComponent }
      let name = folder.map { PathResolver.path(PathResolver.real(path), from: $0) } ?? path
      return .init(name: name, kind: "file", sha256: sha256)
    }
  }

  private func printTable(_ ranking: ExpertRanking) {
    let source = ranking.source
    let measure = source.measure == .features ? "distance of VGG features" : "0.84 (1 − SSIM) + 0.16 L1"
    printLine(
      "\(source.tasks) tasks at \(source.size)×\(source.size) on \(source.pictures) pictures, seed \(source.seed); "
        + "\(measure), lower is better")
    printLine(
      String(format: "part from outlines alone: right for %.0f %% of the masks", source.agreement * 100))
    printLine()
    for line in RankingTable(ranking).lines { printLine(line) }
    printLine()
    let check = ranking.check
    printLine("each half of the pictures with experts chosen by the other half, mean over the categories:")
    for name in ranking.experts.map(\.name) {
      printLine(String(format: "  %.4f  ", check.single[name] ?? 0) + terminalSafe(name))
    }
    printLine(
      String(format: "  %.4f  ranked: %+.1f %% beside the best single one", check.ranked, -check.gain * 100))
    if let output { printLine("wrote \(output)") }
    if let sheet { printLine("wrote \(sheet)") }
  }
}
