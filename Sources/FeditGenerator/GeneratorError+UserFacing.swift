import FeditText

extension GeneratorError: UserFacingError {
  /// How a command ends that meets it.
  public var exitStatus: ExitStatus {
    switch self {
    case .cancelled: .interrupted
    case .unsupportedProcessor, .noOpenBLAS, .outOfMemory: .software
    default: .data
    }
  }

  /// What would mend it.
  public var hints: [String] {
    guard case .noOpenBLAS = self else { return [] }
    return ["install it: apt install libopenblas0"]
  }
}
