import FeditGenerator
import FeditImage
import FeditProgram
import FeditRaster
import FeditText

// Why a run ended early.

extension UserError {
  /// Somebody stopped it.
  public static let cancelled = UserError(.interrupted, "interrupted")

  /// What is wrong with a picture; `name` is what the user called it.
  public init(_ error: PictureError, name: String) {
    self.init(
      error.kind == .unreadable ? .unreadable : .data,
      "cannot read the picture '\(terminalSafe(name))': \(error.message)", hints: error.allHints)
  }

  /// What is wrong with something outside the script.
  public init(_ problem: WorldProblem) {
    self.init(problem.kind == .malformed ? .data : .unreadable, problem.message, hints: problem.hints)
  }

  /// What is wrong with a generator; `model` is what the user called it.
  init(_ error: GeneratorError, model: String) {
    switch error {
    case .cancelled: self = .cancelled
    case .outOfMemory, .unsupportedProcessor, .noOpenBLAS:
      self.init(.software, error.description, hints: error.hints)
    default:
      self.init(.data, "the model '\(terminalSafe(model))' cannot be used: \(error)")
    }
  }
}

extension PictureError {
  /// Its hints, and the flag of the command line that raises the limit where there is one.
  var allHints: [String] {
    let isLimit = kind == .tooLarge && message.contains("limit")
    return hints + (isLimit ? ["or raise the limit with --max-pixels N"] : [])
  }
}
