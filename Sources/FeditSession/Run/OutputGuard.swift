import FeditPlan
import FeditProgram
import FeditSyntax
import FeditText

/// Keeps a run from writing over what it reads.
public struct OutputGuard: Sendable {
  private struct Input {
    /// In words: `the photo 'portrait.png'`.
    var description: String
    var path: String
    var stamp: FileStamp?
  }

  private var inputs: [Input] = []

  /// Guards nothing yet.
  public init() {}

  /// All that a plan reads, and the script itself.
  public init(_ plan: Plan, script: ScriptFile?) { add(plan, script: script) }

  /// Adds all that a plan reads, and the script itself.
  public mutating func add(_ plan: Plan, script: ScriptFile?) {
    if let script, script.argument != "-" { add("the script", script.argument, script.path) }
    add("the photo", plan.photo.file.name, plan.photo.file.path)
    for file in plan.modelFiles { add("the model", file.name, file.path) }
    for file in plan.inputs { add("an input of the script,", file.name, file.path) }
  }

  /// Adds an input.
  public mutating func add(_ what: String, _ name: String, _ path: String) {
    inputs.append(
      Input(
        description: "\(what) '\(terminalSafe(name))'", path: PathResolver.real(path),
        stamp: FileStamp(path)))
  }

  /// Why a path is not written to: an input lies there, under this name or another. nil where none does.
  public func problem(writing path: String) -> String? {
    let real = PathResolver.real(path)
    let stamp = FileStamp(path)
    let hit = inputs.first { input in
      if input.path == real { return true }
      guard let a = input.stamp, let b = stamp else { return false }
      return a.isSameFile(as: b)
    }
    return hit.map { "it is \($0.description), and inputs are never overwritten" }
  }
}
