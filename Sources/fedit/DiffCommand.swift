import ArgumentParser
import FeditDiagnostics
import FeditFiles
import FeditPlan
import FeditProvenance
import FeditRaster
import FeditReview
import FeditSession
import Foundation

/// `fedit diff A B`
struct DiffCommand: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show how two scripts differ in meaning.",
    discussion: """
      A and B are scripts, pictures that carry the script they were made with, or git revisions:

        fedit diff old.fedit new.fedit
        fedit diff HEAD~1 recipe.fedit             what changed since the last commit but one
        fedit diff HEAD~3 HEAD~1 recipe.fedit      between two commits
        fedit diff main:a.fedit b.fedit            a revision of another file
        fedit diff recipe.fedit portrait-new.png   was the picture made by this script?

      A name that is both a file and a revision is refused; write './NAME' for the file. Scripts, photos
      and images come from the revision if it has them, everything else from the disk. Only what is drawn
      and run counts: a moved stroke, another colour, seed or photo. Spacing, comments, names and the
      order of definitions are ignored. Scripts without a photo, such as libraries of shapes, are compared definition
      by definition. Like diff, exits with 0 if there is no difference and with 1 if
      there is one; 64 or more means that something went wrong.
      """.reflowed)

  @Argument(
    help: ArgumentHelp(
      "Two of: script, picture, git revision; or two revisions and a script.", valueName: "A B"),
    completion: .file(extensions: ["fedit"] + PictureFormat.writtenEndings))
  var sides: [String]

  @Option(
    help: ArgumentHelp(
      "Also run both, and draw before, after and difference side by side.", valueName: "PICTURE"),
    completion: .file(extensions: PictureFormat.writtenEndings))
  var picture: String?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print only errors; the exit status is the answer.")
  var quiet = false

  @Option(
    help: ArgumentHelp(
      "Resolve paths as if both scripts were this file (for scripts in temporary files).",
      valueName: "SCRIPT"))
  var at: String?

  @OptionGroup var flags: ScriptFlags
  @OptionGroup var compute: ComputeFlags

  func validate() throws {
    guard (2...3).contains(sides.count) else {
      throw ValidationError("give two of script, picture and git revision, or two revisions and a script")
    }
    if sides.count == 3, sides[0].contains(":") || sides[1].contains(":") {
      throw ValidationError("with three arguments the first two are revisions of the third, without ':FILE'")
    }
    if sides.filter({ $0 == "-" }).count > 1 { throw ValidationError("standard input can be one side only") }
    if json, quiet { throw ValidationError("--json and --quiet exclude each other") }
    if let picture { try validatePictureName(picture) }
  }

  func run() throws {
    Interruption.install()
    let named: [ReviewSide] =
      sides.count == 2
      ? sides.map { .named($0) } : sides.prefix(2).map { .revision($0, file: sides[2]) }
    let sources = try ReviewSources(named[0], named[1], at: at)
    let old = try checked(sources.before, sharing: nil)
    let new = try checked(sources.after, sharing: old.session)
    // Warnings are for those who write the script; here only what keeps it from being compared.
    let plans = (old: try old.planWithPhoto(), new: try new.planWithPhoto())
    guard let oldPlan = plans.old, let newPlan = plans.new else {
      return try compareDefinitions(sources, old, new)
    }
    var before = ReviewedScript(name: sources.before.name, plan: oldPlan, session: old.session)
    var after = ReviewedScript(name: sources.after.name, plan: newPlan, session: new.session)
    // A picture's script ends with the save that wrote the picture, and has no other.
    if sources.before.isEmbedded { (before.plan, after.plan) = before.plan.matched(after.plan) }
    if sources.after.isEmbedded { (after.plan, before.plan) = after.plan.matched(before.plan) }
    let comparison = try Comparison(before, after)
    var page: Comparison.Page?
    if let picture {
      var inputs = OutputGuard(before.plan, script: sources.before.script)
      inputs.add(after.plan, script: sources.after.script)
      let writer = PictureOutput(inputs: inputs) { _ in Provenance.label }
      try writer.check(picture, name: picture)
      let drawn = try comparison.page(control: Interruption.control)
      try writer.write(drawn.picture, step: 0, to: picture, name: picture)
      page = drawn
    }
    show(comparison.report, page, sources)
    if !json, !quiet, let picture, let page {
      printLine("wrote \(picture)" + (page.difference.map { ": \($0.words)" } ?? ""))
    }
    if !comparison.differences.isEmpty { throw CommandFailure(.different) }
  }

  private func show(_ report: DifferenceReport, _ page: Comparison.Page?, _ sources: ReviewSources) {
    if json {
      printToStandardOutput(report.json(page))
    } else if !quiet {
      let isColored = DiagnosticRenderer.wantsColor(STDOUT_FILENO)
      let isIdentical = sources.before.script.sha256 == sources.after.script.sha256
      printToStandardOutput(report.text(isColored: isColored, saysNothing: isIdentical))
    }
  }

  /// Compares scripts of which one has no photo, statement by statement.
  private func compareDefinitions(_ sources: ReviewSources, _ old: CheckedScript, _ new: CheckedScript) throws
  {
    if picture != nil {
      let lacking = old.result.plan == nil ? sources.before.name : sources.after.name
      throw CommandFailure(
        .data, "'\(lacking)' names no photo, so there is no picture to compare",
        hints: ["give one with --photo FILE, or leave out --picture"])
    }
    let differences = DefinitionComparison(old.result, new.result).differences
    show(
      DifferenceReport(before: sources.before.name, after: sources.after.name, differences), nil, sources)
    if !differences.isEmpty { throw CommandFailure(.different) }
  }

  /// A side, checked.
  ///
  /// - Parameters:
  ///   - source: Where its script is.
  ///   - session: One that may serve this side, too.
  /// - Returns: The side with what the check found.
  /// - Throws: `CommandFailure` where a file of the command line can't be used.
  private func checked(_ source: ReviewSource, sharing session: EditSession?) throws -> CheckedScript {
    var options = try flags.sessionOptions(for: source.script, threads: compute.threads)
    options.keeping = .results(bytes: 1 << 30)
    let isShared =
      session.map { PathResolver.real($0.options.root) == PathResolver.real(options.root) } ?? false
    let own: EditSession
    if let session, isShared {
      own = session
    } else {
      own = EditSession(options: options)
      try flags.checkFiles(own)
    }
    return try CheckedScript(
      source.script, session: own, world: source.world(own.world), options: try flags.planOptions())
  }
}

extension CheckedScript {
  /// The plan without its warnings; nil where the script is fine but names no photo.
  ///
  /// - Throws: `CommandFailure` where the script has errors; they have been shown then.
  fileprivate func planWithPhoto() throws -> Plan? {
    report(result.diagnostics.filter { $0.severity == .error })
    if let failure = Self.failure(result) { throw failure }
    return result.plan
  }
}
