import ArgumentParser
import FeditFiles
import FeditGenerator
import FeditNN
import FeditSession
import FeditText
import FeditTraining
import Foundation

struct TrainCommand: ParsableCommand, EngineCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a generator on a prepared set of portraits.",
    discussion: """
      'fedit prepare' makes the set. The run's folder gets a checkpoint, the model, figures and sample pictures; \
      Ctrl-C writes them and stops, and --resume goes on from there.

      Options of a run: those below, a file of them (--config, one 'name = value' a line), and --set; the command \
      line wins over the file. RUN/config.txt holds all of them as they were used.

      A run may have stages, each with a length, size, batch, losses and rates of its own: '[stage NAME]' in the file \
      begins one, --stage adds one or changes it, --set NAME.OPTION=VALUE sets an option of one.

      Options of the file and of --set, each with its default and meaning in the table of Docs/training.md: \
      \(TrainingConfiguration.options.map(\.name).joined(separator: ", ")).
      """.reflowed)

  @Argument(
    help: ArgumentHelp(
      "Folders that 'fedit prepare' made; also several, of pictures of different sizes.", valueName: "SET"),
    completion: .directory)
  var sets: [String] = []
  @Option(name: .shortAndLong, help: "The run's folder.", completion: .directory)
  var output: String?
  @Option(help: "What is trained: generator (default), or landmarks, the face finder.")
  var task = TrainingTask.generator
  @Option(help: "With --task landmarks: a folder of pictures without faces.", completion: .directory)
  var backgrounds: String?
  @Option(
    help: "gated-unet (default; of --bench: sc-fegan), gated-unet-deep, or sc-fegan, the published network.")
  var architecture: Architecture.Family?
  @Option(help: "Factors of products: float32 (default), or bf16 on processors with AVX512-BF16.")
  var precision: TrainingPrecision?
  @Option(help: "Channels of the first layer (16).")
  var width: Int?
  @Option(help: "Side of the training pictures, a multiple of 64; of 128 for sc-fegan (256).")
  var size: Int?
  @Option(help: "Pictures a step (4).")
  var batch: Int?
  @Option(help: "Length of the run in minutes of work.")
  var minutes: Double?
  @Option(help: "Length of the run in steps.")
  var steps: Int?
  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "The model to start from: its name, or its weight file, as for 'fedit run --model'.", valueName: "MODEL"
    ),
    completion: .file())
  var start: String?
  @Flag(help: "Go on from the folder's checkpoint.")
  var resume = false
  @Option(help: "Weights of VGG-16 for losses on features.", completion: .file())
  var vgg16: String?
  @Option(help: "Chooses all random numbers (1).")
  var seed: UInt64?
  @Option(help: "A file of options.", completion: .file())
  var config: String?
  @Option(
    name: .customLong("stage"),
    help: ArgumentHelp(
      "A stage of the run and its options; may be repeated.", valueName: "NAME:OPTION=VALUE,…"))
  var stages: [String] = []
  @Option(
    name: .customLong("set"),
    help: "One of the options named above, as NAME=VALUE or STAGE.NAME=VALUE; may be repeated.")
  var options: [String] = []
  @Option(help: "Threads that share the work; the result does not depend on it.")
  var threads: Int?
  @Flag(help: "Print nothing but errors.")
  var quiet = false
  @Option(
    help: ArgumentHelp(
      "Write the samples that --steps steps would see, and train nothing.", valueName: "FILE.safetensors"),
    completion: .file(extensions: ["safetensors"]))
  var exportSamples: String?
  @Flag(help: "Time training steps on random numbers; needs neither a set nor a folder.")
  var bench = false
  @Flag(help: "Print the benchmark's figures as JSON.")
  var json = false
  @Option(help: .hidden)
  var probe: String?
  @Option(help: .hidden)
  var plot: String?

  @OptionGroup var engineFlags: EngineFlags

  func run() throws {
    let threads = threads ?? ProcessInfo.processInfo.activeProcessorCount
    guard (1...256).contains(threads) else { throw ValidationError("--threads takes a number from 1 to 256") }
    if let probe, let output {
      try GradientCheck.run(probe, output: output, threads: threads)
      return
    }
    if let plot {
      guard let output else { throw ValidationError("--plot needs -o with the picture's name") }
      try PlotFile.draw(plot, output: output)
      return
    }
    if bench {
      try benchmark(threads: threads)
      return
    }
    guard !sets.isEmpty else { throw ValidationError("Missing the folder of a prepared set") }
    if let exportSamples {
      try export(try configuration(from: TrainingConfiguration()), to: exportSamples, threads: threads)
      return
    }
    guard let output else { throw ValidationError("Missing -o with the run's folder") }
    if task == .landmarks {
      try trainFaceFinder(output: output, threads: threads)
      return
    }
    guard backgrounds == nil else { throw ValidationError("--backgrounds is for --task landmarks") }
    let configuration = try configuration(
      from: resume ? TrainingRun.storedConfiguration(in: output) : TrainingConfiguration())
    for stage in configuration.schedule { _ = usable(stage.options.precision) }
    let workers = try trainingWorkers()
    let run = try TrainingRun(
      sets: sets, folder: output, configuration: configuration, resume: resume, threads: threads,
      workers: workers)
    Interruption.install()
    let console = TrainingConsole(isQuiet: quiet || workers.rank > 0)
    let ending = try run.run(isCancelled: { Interruption.isRequested }, observer: console.tell)
    console.end()
    try stop(at: ending, "-o \(output)", isQuiet: workers.rank > 0)
  }

  private func trainFaceFinder(output: String, threads: Int) throws {
    let configuration = try configuration(
      from: resume ? FaceTrainingRun.storedConfiguration(in: output) : FaceTrainingRun.standard)
    _ = usable(configuration.precision)
    let run = try FaceTrainingRun(
      sets: sets, backgrounds: backgrounds, folder: output, configuration: configuration, resume: resume,
      threads: threads)
    Interruption.install()
    let console = TrainingConsole(isQuiet: quiet)
    let ending = try run.run(isCancelled: { Interruption.isRequested }, observer: console.tell)
    console.end()
    try stop(
      at: ending, "--task landmarks\(backgrounds.map { " --backgrounds \($0)" } ?? "") -o \(output)")
  }

  /// Says how an interrupted run goes on.
  private func stop(at ending: TrainingRun.Ending, _ options: String, isQuiet: Bool = false) throws {
    guard ending == .interrupted else { return }
    if !quiet, !isQuiet {
      printLine("stopped; 'fedit train \(sets.joined(separator: " ")) \(options) --resume' goes on")
    }
    throw CommandFailure(.interrupted)
  }

  /// The processes that train together: those that mpirun started, where fedit is built for that.
  private func trainingWorkers() throws -> any TrainingWorkers {
    #if FEDIT_MPI
      return try MPIWorkers.start()
    #else
      return LoneWorker()
    #endif
  }

  /// The options of the file and the command line over others.
  private func configuration(from base: TrainingConfiguration) throws -> TrainingConfiguration {
    var configuration = base
    if let config {
      let bytes = try readFile(config, limit: 1 << 20)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw UserError(.data, "'\(config)' is not a file of options: it is not UTF-8")
      }
      try configuration.read(text, file: config)
    }
    for stage in stages { try configuration.readStage(stage) }
    if let architecture { configuration.architecture = architecture }
    if let precision { try configuration.override("precision", with: precision.rawValue) }
    if let width { try configuration.override("width", with: String(width)) }
    if let size { try configuration.override("size", with: String(size)) }
    if let batch { try configuration.override("batch", with: String(batch)) }
    if let seed { configuration.seed = seed }
    if let start { configuration.start = start }
    if let vgg16 { configuration.vgg16 = vgg16 }
    if let minutes {
      try configuration.override("minutes", with: String(minutes))
      if steps == nil { configuration.steps = 0 }
    }
    if let steps {
      try configuration.override("steps", with: String(steps))
      if minutes == nil { configuration.minutes = 0 }
    }
    for option in options {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { throw ValidationError("--set takes NAME=VALUE, not '\(option)'") }
      try configuration.override(String(parts[0]), with: String(parts[1]))
    }
    return configuration
  }

  /// Writes the samples that a run would see.
  private func export(_ configuration: TrainingConfiguration, to path: String, threads: Int) throws {
    guard configuration.steps > 0 else {
      throw ValidationError("--export-samples needs --steps: how many batches are written")
    }
    try configuration.validate()
    guard configuration.schedule.count == 1 else {
      throw ValidationError("--export-samples writes the samples of one stage, not of a run with stages")
    }
    Interruption.install()
    let export = SampleExport(
      data: try TrainingData(folders: sets), configuration: configuration, threads: threads)
    let bar = WorkProgress("exporting")
    let isWritten = try export.write(
      to: path, isCancelled: { Interruption.isRequested }, progress: { bar.update($0, of: export.count) })
    bar.clear()
    guard isWritten else { throw CommandFailure(.interrupted, "stopped; nothing is written") }
    if !quiet { printLine("\(path): \(export.count) samples of \(configuration.size)×\(configuration.size)") }
  }

  /// The precision, or float32 with a word on it where the processor lacks what it needs.
  private func usable(_ precision: TrainingPrecision) -> TrainingPrecision {
    guard !precision.isSupported else { return precision }
    printToStandardError("note: this processor has no AVX512-BF16; products are float32\n")
    return .float32
  }

  private func benchmark(threads: Int) throws {
    let result = try TrainingBenchmark(
      Architecture(architecture ?? .scFEGAN, width: width ?? 16), size: size ?? 256, batch: batch ?? 4,
      precision: usable(precision ?? .float32), threads: threads
    ).run()
    if json {
      printLine(
        "{\"pictures_per_second\":{\"generator\":\(result.generator),"
          + "\"with_discriminator\":\(result.withDiscriminator)}}")
    } else {
      printLine(String(format: "generator, forward and backward: %.1f pictures a second", result.generator))
      printLine(String(format: "with discriminator: %.1f", result.withDiscriminator))
    }
  }
}

/// What can be trained.
enum TrainingTask: String, ExpressibleByArgument, CaseIterable { case generator, landmarks }

extension Architecture.Family: ExpressibleByArgument {}
extension TrainingPrecision: ExpressibleByArgument {}
