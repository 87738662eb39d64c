import FeditProgram

/// A file or folder that a script could name.
public struct FolderEntry: Hashable, Sendable {
  /// Without the folder.
  public var name: String
  /// Whether it is a folder.
  public var isFolder: Bool

  /// An entry of a folder.
  public init(name: String, isFolder: Bool) {
    self.name = name
    self.isFolder = isFolder
  }
}

/// What lies around a script besides the files it names already.
public protocol CompletionEnvironment: Sendable {
  /// What is in the folder of an absolute path, in any order; nothing where it can't be read.
  func entries(ofFolder path: String) -> [FolderEntry]
  /// Models that go by a name: the built-in and the stored ones.
  func modelNames() -> [String]
}
