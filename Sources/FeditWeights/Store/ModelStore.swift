import FeditFiles
import Foundation

/// The models that a user keeps under names, so that scripts say `model "scfegan-512"`:
/// safetensors files in one folder, each with its model's name.
public struct ModelStore: Hashable, Sendable {
  /// A model in the store.
  public struct Entry: Hashable, Sendable {
    /// What scripts call it.
    public var name: String
    /// Its weight file, absolute where the store's folder is.
    public var path: String
    /// Bytes of the file.
    public var byteCount: Int
  }

  /// Where the files lie; it need not exist.
  public let folder: String

  /// The models of a folder.
  public init(folder: String) {
    self.folder = folder
  }

  /// The user's store: `fedit/models` in the XDG data folder, which is `$XDG_DATA_HOME` where that
  /// is an absolute path, else `~/.local/share`.
  public static func standard(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> ModelStore {
    if let data = environment["XDG_DATA_HOME"], data.hasPrefix("/") {
      return ModelStore(folder: data + "/fedit/models")
    }
    return ModelStore(folder: (environment["HOME"] ?? NSHomeDirectory()) + "/.local/share/fedit/models")
  }

  private static let suffix = ".safetensors"

  /// Whether a model may have this name: 1 to 64 ASCII letters, digits, `.`, `_` and `-`, the first
  /// a letter or digit, and not like a file's.
  public static func isValidName(_ name: String) -> Bool {
    name.wholeMatch(of: /[A-Za-z0-9][A-Za-z0-9._-]{0,63}/.asciiOnlyCharacterClasses()) != nil
      && name.utf8.allSatisfy { $0 < 0x80 } && !name.lowercased().hasSuffix(suffix)
  }

  /// The file of a name.
  private func path(_ name: String) -> String { "\(folder)/\(name)\(Self.suffix)" }

  /// The path of a stored model, nil where there is none of that name.
  public func path(of name: String) -> String? {
    guard Self.isValidName(name) else { return nil }
    var isFolder: ObjCBool = false
    let path = path(name)
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && !isFolder.boolValue
      ? path : nil
  }

  /// The stored models in the order of their names.
  ///
  /// - Throws: `WeightError` where the folder is there and can't be read.
  public func list() throws(WeightError) -> [Entry] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else { return [] }
    let files: [String]
    do {
      files = try FileManager.default.contentsOfDirectory(atPath: folder)
    } catch {
      throw WeightError(.unreadable, file: folder, "the model store's folder cannot be read")
    }
    return files.filter { $0.hasSuffix(Self.suffix) }.sorted().compactMap { file in
      let name = String(file.dropLast(Self.suffix.count))
      guard let path = path(of: name) else { return nil }
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      return Entry(name: name, path: path, byteCount: (attributes?[.size] as? NSNumber)?.intValue ?? 0)
    }
  }

  /// Copies a weight file into the store.
  ///
  /// A name is never given to other bytes: scripts and locks rely on it. The same bytes again are fine.
  ///
  /// - Parameters:
  ///   - name: see `isValidName`; built-in models' names are taken.
  ///   - file: the weight file, checked by the caller to be a model.
  ///   - sha256: the digest that the file must have, 64 hexadecimal digits.
  /// - Returns: the file's digest.
  /// - Throws: `WeightError`; the store is as it was then.
  @discardableResult
  public func add(_ name: String, file: SafetensorsFile, sha256: String? = nil) throws(WeightError) -> String
  {
    guard Self.isValidName(name) else {
      throw WeightError(
        .badName, file: name, "is not a name for a model",
        hints: ["use up to 64 letters, digits, '.', '_' and '-', such as 'scfegan-512'"])
    }
    guard !BuiltInModel.names.contains(name) else {
      throw WeightError(.badName, file: name, "is the name of a built-in model", hints: ["choose another"])
    }
    let digest = file.sha256()
    if let sha256, sha256.lowercased() != digest {
      throw WeightError(
        file: file.name, "its SHA-256 is \(digest), not the \(shortName(sha256)) that was asked for",
        hints: ["the file is damaged or another one: download it again"])
    }
    if let path = path(of: name) {
      let present: String
      do throws(FileError) { present = try SHA256.hex(file: path) } catch { throw WeightError(error) }
      if present == digest { return digest }
      throw WeightError(
        .badName, file: name, "is in the store already, with other weights",
        hints: ["choose another name, or remove it first: fedit model remove \(name)"])
    }
    do throws(FileError) {
      try AtomicFile.write(to: path(name)) { (sink: inout AtomicFile.Sink) throws(FileError) in
        try file.write(to: &sink)
      }
    } catch {
      throw WeightError(error)
    }
    return digest
  }

  /// Deletes a stored model.
  ///
  /// - Throws: `WeightError` where there is none of that name, or it can't be deleted.
  public func remove(_ name: String) throws(WeightError) {
    guard let path = path(of: name) else {
      throw WeightError(
        .unknownName, file: name,
        BuiltInModel.names.contains(name) ? "is built in and cannot be removed" : "is not in the model store",
        hints: ["'fedit model list' shows what is"])
    }
    guard unlink(path) == 0 else {
      throw WeightError(
        .unwritable, file: path, "cannot be removed: \(String(cString: strerror(errno)).lowercased())")
    }
  }
}
