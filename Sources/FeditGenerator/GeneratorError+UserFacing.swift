import FeditText

extension GeneratorError: UserFacingError {
  public var exitStatus: ExitStatus {
    switch self {
    case .cancelled: .interrupted
    case .unsupportedProcessor, .outOfMemory: .software
    default: .data
    }
  }
}
