import ArgumentParser
import FeditDiagnostics
import FeditFiles
import FeditImage
import FeditPlan
import FeditProgram
import FeditProvenance
import FeditSession
import FeditSyntax
import FeditText
import Foundation

/// What all commands understand that take a script for one photo.
struct ScriptFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp("The picture to edit, instead of the script's.", valueName: "FILE"),
    completion: .file(extensions: PictureFormat.readEndings))
  var photo: String?

  @OptionGroup var recipe: RecipeFlags

  /// What the script is evaluated with.
  func planOptions() throws -> PlanOptions {
    var options = try recipe.planOptions()
    options.photo = photo.map { PlanFile(name: $0, path: PathResolver.real($0)) }
    options.isCancelled = { Interruption.isRequested }
    return options
  }

  /// What a session for a script works with.
  ///
  /// - Throws: `CommandFailure` where `--root` is no folder.
  func sessionOptions(for script: ScriptFile, threads: Int? = nil) throws -> SessionOptions {
    try recipe.sessionOptions(for: script, threads: threads)
  }

  /// Refuses files of the command line that can't be used, before a script that is fine is blamed.
  func checkFiles(_ session: EditSession) throws {
    if let photo {
      do {
        _ = try PictureFile.size(photo, limits: session.options.pictureLimits)
      } catch {
        throw UserError(error, name: photo)
      }
    }
    try recipe.checkModel(session)
  }
}

/// What all commands that take a script understand, whatever it is run on.
struct RecipeFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The generator or the ranking of experts, instead of the script's: a name or a file.",
      valueName: "NAME|FILE"))
  var model: String?

  @Option(
    name: .customLong("set"), parsing: .singleValue,
    help: ArgumentHelp("Set a 'param' of the script.", valueName: "NAME=VALUE"))
  var settings: [String] = []

  @Option(
    parsing: .singleValue, help: ArgumentHelp("Run only this edit.", valueName: "EDIT"))
  var only: [String] = []

  @OptionGroup var limits: LimitFlags

  func validate() throws {
    _ = try parsedSettings()
  }

  private func parsedSettings() throws -> [(name: String, value: String)] {
    var seen: Set<String> = []
    return try settings.map { text in
      guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
        throw ValidationError("--set takes NAME=VALUE, found '\(text)'")
      }
      let name = String(text[..<equals])
      guard seen.insert(name).inserted else {
        throw ValidationError("--set \(name) is given twice")
      }
      return (name, String(text[text.index(after: equals)...]))
    }
  }

  /// What the script is evaluated with.
  func planOptions() throws -> PlanOptions {
    var options = PlanOptions()
    options.settings = try parsedSettings()
    options.model = model
    options.only = Set(only)
    options.limits = limits.evaluation
    return options
  }

  /// What a session for a script works with.
  ///
  /// - Throws: `CommandFailure` where `--root` is no folder.
  func sessionOptions(for script: ScriptFile, threads: Int? = nil) throws -> SessionOptions {
    try limits.checkRoot()
    var options = SessionOptions(root: limits.root ?? script.folder)
    if let threads { options.threads = threads }
    options.pictureLimits = limits.pictures
    return options
  }

  /// Refuses a model of the command line that can't be used.
  func checkModel(_ session: EditSession) throws {
    guard let model else { return }
    do throws(WorldProblem) {
      if ExpertRanking.isFile(model) {
        _ = try session.world.ranking(model, from: nil)
      } else {
        _ = try session.world.loadedModel(model, from: nil)
      }
    } catch {
      throw UserError(error)
    }
  }
}

/// Where scripts may look, and how much they may take.
struct LimitFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Folder that scripts may not reach out of (default: the script's).", valueName: "DIR"),
    completion: .directory)
  var root: String?

  @Option(help: ArgumentHelp("Most steps a script may take (default: 1000000).", valueName: "N"))
  var maxSteps: Int?

  @Option(help: ArgumentHelp("Most strokes a script may draw (default: 100000).", valueName: "N"))
  var maxStrokes: Int?

  @Option(help: ArgumentHelp("How deep calls and blocks may nest (default: 128).", valueName: "N"))
  var maxNesting: Int?

  @Option(help: ArgumentHelp("How many pixels a picture may have (default: 200000000).", valueName: "N"))
  var maxPixels: Int?

  func validate() throws {
    for (name, value, most) in [
      ("--max-steps", maxSteps, 1_000_000_000), ("--max-strokes", maxStrokes, 100_000_000),
      ("--max-nesting", maxNesting, 1000), ("--max-pixels", maxPixels, 4_000_000_000),
    ] {
      if let value, !(1...most).contains(value) {
        throw ValidationError("\(name) takes a number from 1 to \(most)")
      }
    }
  }

  /// Refuses a root that is no folder.
  ///
  /// - Throws: `CommandFailure`.
  func checkRoot() throws {
    if let root {
      var isFolder: ObjCBool = false
      guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder.boolValue else {
        throw CommandFailure(
          .unreadable, "--root '\(root)' is not a folder")
      }
    }
  }

  /// Limits of an evaluation.
  var evaluation: Limits {
    var limits = Limits()
    if let maxSteps {
      limits.steps = maxSteps
      limits.elements = max(limits.elements, maxSteps)
    }
    if let maxStrokes { limits.strokes = maxStrokes }
    if let maxNesting { limits.nesting = maxNesting }
    return limits
  }

  /// Limits of the pictures that are read.
  var pictures: PictureLimits {
    var limits = PictureLimits()
    if let maxPixels { limits.pixels = maxPixels }
    return limits
  }
}

/// What pictures say of themselves.
struct MetadataFlags: ParsableArguments {
  @Flag(help: "Leave script and lock out of the pictures; the label of generated content stays.")
  var noMetadata = false

  @Flag(help: "Keep where the photo was taken (EXIF); it is left out otherwise.")
  var keepPosition = false
}

/// How well JPEG and WebP keep the picture.
struct QualityFlag: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "With -o: the quality of a JPEG (default: 92) or WebP picture (default: without loss), 1 to 100.",
      valueName: "Q"))
  var quality: Int?

  func validate() throws {
    if let quality, !(1...100).contains(quality) {
      throw ValidationError("--quality takes a number from 1 to 100")
    }
  }

  /// Refuses a quality that no picture takes.
  func validate(output: String?) throws {
    guard let quality else { return }
    guard let output else {
      throw ValidationError("--quality goes with -o; a script says 'save \"result.jpg\" quality \(quality)'")
    }
    if let problem = qualityProblem(Double(quality), savingAs: output) {
      throw ValidationError("--quality: \(problem)")
    }
  }
}

/// Refuses a picture to write whose name stands for no format.
func validatePictureName(_ name: String) throws {
  if let problem = pictureNameProblem(name) { throw ValidationError(problem) }
}

/// Threads of the generator.
struct ThreadFlags: ParsableArguments {
  @Option(
    help: ArgumentHelp("Number of threads; the result is the same (default: all cores).", valueName: "N"))
  var threads: Int?

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 1024")
    }
  }

  /// As many as were asked for, or all cores.
  var count: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }
}

/// A script that a command was given, read and checked.
struct CheckedScript {
  var script: ScriptFile
  var session: EditSession
  var options: PlanOptions
  var result: ProgramResult

  /// Reads and checks a script; errors are shown on standard error.
  ///
  /// The session keeps what `keeping` says between runs; where saves are left out, they may name inputs.
  ///
  /// - Throws: `CommandFailure` where the script or a file of the command line can't be read.
  init(
    _ argument: String, _ flags: ScriptFlags, threads: Int? = nil,
    keeping: SessionOptions.Keeping = .nothing, leavesOutSaves: Bool = false
  ) throws {
    script = try ScriptFile.read(argument)
    Interruption.install()
    var sessionOptions = try flags.sessionOptions(for: script, threads: threads)
    sessionOptions.keeping = keeping
    session = EditSession(options: sessionOptions)
    try flags.checkFiles(session)
    // A face that its lock has found is not looked for again.
    if let lock = try? Lock(path: Lock.path(of: argument)) { lock.recordFace(in: session.world) }
    options = try flags.planOptions()
    options.leavesOutSaves = leavesOutSaves
    result = session.check(script, options: options)
    if result.isCancelled { throw UserError.cancelled }
  }

  /// Checks a script that has been read.
  ///
  /// - Parameters:
  ///   - script: The script.
  ///   - session: What runs it later.
  ///   - world: The files that it sees; nil is the session's.
  ///   - options: From the flags.
  /// - Throws: `UserError.cancelled`.
  init(_ script: ScriptFile, session: EditSession, world: (any World)?, options: PlanOptions) throws {
    self.script = script
    self.session = session
    self.options = options
    result = FeditProgram.plan(
      script.source, path: script.path, problems: script.problems, world: world ?? session.world,
      options: options)
    if result.isCancelled { throw UserError.cancelled }
  }

  /// Shows diagnostics on standard error.
  func report(_ diagnostics: [Diagnostic]) { Self.report(diagnostics) }

  /// Shows diagnostics on standard error.
  static func report(_ diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    let renderer = DiagnosticRenderer(isColored: DiagnosticRenderer.wantsColor(STDERR_FILENO))
    printToStandardError(renderer.render(diagnostics))
  }

  /// The plan of a script without errors; its warnings are shown unless they are not wanted.
  ///
  /// - Throws: `CommandFailure` where there is none: the errors have been shown then.
  func plan(showsWarnings: Bool = true) throws -> Plan {
    report(result.diagnostics.filter { showsWarnings || $0.severity == .error })
    if let failure = Self.failure(result) { throw failure }
    guard let plan = result.plan else {
      throw CommandFailure(
        .data,
        "'\(script.source.name)' names no photo, so there is nothing to edit",
        hints: ["begin with 'photo \"portrait.png\"', or give one with --photo FILE"])
    }
    return plan
  }

  /// What a plan of the script is made from, hashed.
  ///
  /// - Throws: `FileError`, `UserError`.
  func provenance(
    of plan: Plan, keepsPosition: Bool = false, quality: Int? = nil
  ) throws -> Provenance {
    try Provenance(
      result, plan: plan, script: script, options: options, session: session, keepsPosition: keepsPosition,
      quality: quality)
  }

  /// What a check's result means for the exit status; nil where the script is fine.
  static func failure(_ result: ProgramResult) -> CommandFailure? {
    if result.hasErrors {
      return CommandFailure(result.onlyUnreadableInputs ? .unreadable : .data)
    }
    return result.usageErrors.isEmpty ? nil : CommandFailure(.usage, result.usageErrors)
  }
}
