import FeditText

/// Why faces can't be looked for.
public enum FaceError: UserFacingError, Sendable, Equatable {
  /// The weights have no such tensor, or it has another shape.
  case wrongWeights(tensor: String)
  /// There was not enough memory.
  case noMemory

  /// What is wrong, in a sentence.
  public var description: String {
    switch self {
    case .wrongWeights(let tensor): "the face finder's weights lack a fitting tensor '\(tensor)'"
    case .noMemory: "there is not enough memory to look for faces"
    }
  }

  /// What would mend it; for people.
  public var hints: [String] {
    switch self {
    case .wrongWeights: ["'fedit train --task landmarks' makes such weights"]
    case .noMemory: []
    }
  }

  /// How a command ends that meets it.
  public var exitStatus: ExitStatus {
    switch self {
    case .wrongWeights: .data
    case .noMemory: .software
    }
  }
}
