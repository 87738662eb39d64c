import FeditText

/// Why faces can't be looked for.
public enum FaceError: UserFacingError, Sendable, Equatable {
  /// The weights have no such tensor, or it has another shape.
  case wrongWeights(tensor: String)
  /// There was not enough memory.
  case noMemory

  public var description: String {
    switch self {
    case .wrongWeights(let tensor): "the face finder's weights lack a fitting tensor '\(tensor)'"
    case .noMemory: "there is not enough memory to look for faces"
    }
  }

  public var hints: [String] {
    switch self {
    case .wrongWeights: ["'fedit train --task landmarks' makes such weights"]
    case .noMemory: []
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .wrongWeights: .data
    case .noMemory: .software
    }
  }
}
