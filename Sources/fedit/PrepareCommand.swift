import ArgumentParser
import FeditSession
import FeditTraining
import FeditWeights
import Foundation

/// `fedit prepare FACES -o SET`
struct PrepareCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "prepare", abstract: "Make a training set from a folder of portraits.",
    discussion: """
      Makes sketch, colour and, if landmarks are given, region layers of every picture below
      FACES, and a contact sheet to look at (SET/contact-sheet.png). Unusable pictures are skipped and
      listed. Running it again only makes what is missing or has changed, so it can be stopped at any time.
      """.reflowed)

  /// How sketches are drawn.
  enum Method: String, ExpressibleByArgument, CaseIterable {
    case classical, hed
  }
  /// Which of the classical methods.
  enum Lines: String, ExpressibleByArgument, CaseIterable {
    case both, xdog, canny
  }

  @Argument(
    help: ArgumentHelp("The folder of portraits; folders in it are searched too.", valueName: "FACES"),
    completion: .directory)
  var faces: String

  @Option(
    name: .shortAndLong, help: ArgumentHelp("The folder of the set.", valueName: "SET"),
    completion: .directory)
  var output: String

  @Option(help: ArgumentHelp("The side of the prepared pictures, a multiple of 16.", valueName: "N"))
  var size = 256

  @Option(help: "How sketches are drawn: classical, or by the HED network (slower; needs --hed).")
  var method: Method?

  @Option(help: "Classical lines: XDoG, Canny, or both, of which each training sample takes one.")
  var lines: Lines = .both

  @Option(
    help: ArgumentHelp("Weights of the HED edge network.", valueName: "FILE.safetensors"),
    completion: .file(extensions: ["safetensors"]))
  var hed: String?

  @Option(
    help: ArgumentHelp(
      "Landmarks, hair and person (default: FACES/annotations.safetensors if it is there).",
      valueName: "FILE.safetensors"),
    completion: .file(extensions: ["safetensors"]))
  var annotations: String?

  @Option(
    help: ArgumentHelp("How many pictures are worked on at a time (default: all cores).", valueName: "N"))
  var threads: Int?

  func validate() throws {
    guard TrainingSet.isValid(size: size) else {
      throw ValidationError("--size takes a multiple of 16 from 64 to 1024")
    }
    if let threads, !(1...256).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 256")
    }
    if method == .hed, hed == nil { throw ValidationError("--method hed needs --hed FILE.safetensors") }
    if method == .classical, hed != nil { throw ValidationError("--hed goes with --method hed") }
  }

  func run() throws {
    var settings = PrepareSettings()
    settings.size = size
    var network: HEDNetwork?
    if let hed {
      network = try HEDNetwork(path: hed)
      settings.methods = [.hed]
    } else {
      switch lines {
      case .both: settings.methods = [.xdog, .canny]
      case .xdog: settings.methods = [.xdog]
      case .canny: settings.methods = [.canny]
      }
    }
    let found = faces + "/annotations.safetensors"
    let path = annotations ?? (FileManager.default.fileExists(atPath: found) ? found : nil)
    let known = try path.map { try Annotations(path: $0) }
    if let path, let known { printLine("using the landmarks of \(known.count) pictures in \(path)") }
    Interruption.install()
    let start = ContinuousClock.now
    let bar = WorkProgress("preparing")
    let result = try Preparation(
      faces: faces, folder: output, settings: settings, annotations: known, hed: network,
      threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
    ).run(
      isCancelled: { Interruption.isRequested },
      progress: { done, all, skipped in
        bar.update(done, of: all, note: skipped > 0 ? "\(skipped) skipped" : nil)
      })
    bar.clear()
    guard let result else {
      throw CommandFailure(
        .interrupted, "stopped", hints: ["run the same command again to go on; nothing finished is lost"])
    }
    report(result, seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  private func report(_ result: Preparation.Result, seconds: Double) {
    for (name, reason) in result.skipped.prefix(20) { printLine("skipped '\(name)': \(reason)") }
    if result.skipped.count > 20 {
      printLine("skipped \(result.skipped.count - 20) more; all are listed in \(output)/index.json")
    }
    let made = result.pictures - result.kept
    var line = "\(output): \(result.pictures) pictures"
    if result.faces > 0 { line += ", \(result.faces) with landmarks" }
    if result.kept > 0 { line += ", \(result.kept) of them from before" }
    if made > 0, seconds > 0 {
      line += String(format: "; %d made in %.1f s (%.0f a second)", made, seconds, Double(made) / seconds)
    }
    printLine(line)
    printLine("look at \(result.sheet), then: fedit train \(output) -o RUN")
  }
}
