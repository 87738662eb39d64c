import FeditText

/// What is wrong with a lock or with what a picture says of itself.
public struct ProvenanceError: UserFacingError, Hashable, Sendable {
  /// The file as the user named it.
  public var file: String
  /// What is wrong, without the file's name.
  public var problem: String
  /// What would mend it.
  public var hints: [String]

  /// Describes what is wrong with a file.
  public init(file: String, _ problem: String, hints: [String] = []) {
    self.file = file
    self.problem = problem
    self.hints = hints
  }

  /// 65: the data are wrong.
  public var exitStatus: ExitStatus { .data }

  /// The problem with the file's name before it.
  public var description: String { "'\(terminalSafe(file, limit: 400))': \(problem)" }
}
