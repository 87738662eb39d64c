import FeditText

extension RasterError: UserFacingError {
  public var exitStatus: ExitStatus {
    switch self {
    case .missingImage, .badRegion: .data
    case .cairo: .software
    }
  }
}
