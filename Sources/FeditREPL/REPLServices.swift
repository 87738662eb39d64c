import FeditAssist
import FeditGenerator
import FeditImage

/// Where a REPL's words and pictures go.
public protocol REPLOutput: AnyObject {
  /// Text, with its line breaks, for standard output.
  func write(_ text: String)
  /// Errors and warnings, already rendered.
  func writeDiagnostics(_ text: String)
  /// Shows a picture; does nothing where pictures can't be shown.
  ///
  /// - Returns: whether it was shown.
  func show(_ picture: Picture) -> Bool
}

/// What the REPL asks of its surroundings besides files of the script.
public struct REPLServices: Sendable {
  /// Opens a file in the user's editor and waits; nil where there is none.
  public var edit: (@Sendable (_ path: String) throws -> Void)?
  /// The text of `fedit explain CODE`; nil where there is no such code.
  public var explain: @Sendable (_ code: String) -> String?
  /// Stops a run.
  public var control: @Sendable () -> RunControl
  /// What completion offers besides names.
  public var surroundings: any CompletionEnvironment

  /// Services of choice.
  public init(
    surroundings: any CompletionEnvironment,
    edit: (@Sendable (String) throws -> Void)? = nil,
    explain: @escaping @Sendable (String) -> String? = { _ in nil },
    control: @escaping @Sendable () -> RunControl = { RunControl() }
  ) {
    self.surroundings = surroundings
    self.edit = edit
    self.explain = explain
    self.control = control
  }
}
