import ArgumentParser
import FeditSession
import Foundation

/// `fedit plan SCRIPT`
struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Show what a script would draw and run.",
    discussion: """
      Prints the region with the line that sets it, every stroke on a line with its name, its box in photo pixels,
      its colour and its place in the script, seeds, the SHA-256 of every input, and the memory needed. With
      --verbose strokes have all their coordinates. Nothing is run.
      """.reflowed)

  @OptionGroup var input: ScriptArgument

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Show all coordinates of the strokes.")
  var verbose = false

  @OptionGroup var flags: ScriptFlags
  @OptionGroup var threadFlags: ThreadFlags

  func run() throws {
    let checked = try CheckedScript(input.script, flags, threads: threadFlags.threads)
    let plan = try checked.plan()
    let report = try PlanReport(plan, script: checked.script, session: checked.session)
    printToStandardOutput(json ? report.json : report.text(isVerbose: verbose))
  }
}
