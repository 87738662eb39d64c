import FeditText

extension RasterError: UserFacingError {
  /// 65 for what the script asks for, 70 where Cairo fails.
  public var exitStatus: ExitStatus {
    switch self {
    case .missingImage, .badRegion, .foldedWarp: .data
    case .cairo: .software
    }
  }
}
