import FeditPlan
import FeditSyntax

/// Bounds on what a script may ask for, so that every script ends soon.
public struct Limits: Hashable, Sendable {
  /// Statements and calls that are carried out, and the parts of what they make; `--max-steps`.
  public var steps = 1_000_000
  /// Strokes that are drawn; `--max-strokes`.
  public var strokes = 100_000
  /// Elements of a list, points of a shape; `--max-steps` raises it along.
  public var elements = 1_000_000
  /// Calls inside calls and blocks inside blocks.
  public var nesting = 128

  /// The limits of a command line that sets none.
  public init() {}

  /// The largest number a script may use.
  public static let magnitude = 1e6
}

/// What the command line adds to a script.
public struct PlanOptions: Sendable {
  /// `--set NAME=VALUE`, in order.
  public var settings: [(name: String, value: String)] = []
  /// `--photo`, resolved.
  public var photo: PlanFile?
  /// `--model`: a name or a path.
  public var model: String?
  /// `--only`: names of the edits to run; empty means all.
  public var only: Set<String> = []
  /// Bounds on what the script may ask for.
  public var limits = Limits()
  /// Whether the checks alone are made: nothing is evaluated, and there is no plan.
  public var checksOnly = false
  /// Whether what the script saves is not written, so that a `save` may name an input.
  public var leavesOutSaves = false
  /// Asked now and then during the evaluation; where it says yes, the evaluation ends.
  public var isCancelled: (@Sendable () -> Bool)?

  /// A command line that adds nothing.
  public init() {}
}
