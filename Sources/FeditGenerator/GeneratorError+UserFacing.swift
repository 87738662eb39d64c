import FeditText

extension GeneratorError: UserFacingError {
  public var exitStatus: ExitStatus {
    switch self {
    case .cancelled: .interrupted
    case .unsupportedProcessor, .noOpenBLAS, .outOfMemory: .software
    default: .data
    }
  }

  public var hints: [String] {
    guard case .noOpenBLAS = self else { return [] }
    return ["install it: apt install libopenblas0"]
  }
}
