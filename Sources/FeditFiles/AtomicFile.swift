import Foundation

/// Writes files so that a reader sees the old bytes or the new ones, never a part:
/// to a temporary file beside the target, flushed, then renamed over it.
public enum AtomicFile {
  /// The ending of temporary files; one that a killed process left behind may be deleted.
  public static let temporarySuffix = ".fedit-tmp"

  /// The name of the file that a temporary file was to become; nil where the name is not that of one.
  public static func target(ofTemporary name: String) -> String? {
    guard name.hasSuffix(temporarySuffix) else { return nil }
    // Between the two stand a dot and six characters that make it unique.
    let stem = name.dropLast(temporarySuffix.count)
    guard stem.count > 7, stem.dropLast(6).last == "." else { return nil }
    return String(stem.dropLast(7))
  }

  /// Replaces or creates a file.
  ///
  /// Folders on the way are created. Where the target is a symbolic link, the file that it
  /// points to is replaced and the link stays. An existing file keeps its permissions.
  ///
  /// - Throws: `FileError.cannotWrite`; what was there before is untouched then.
  public static func write(_ bytes: some Sequence<UInt8>, to path: String) throws(FileError) {
    let array = (bytes as? [UInt8]) ?? Array(bytes)
    try write(to: path) { (sink: inout Sink) throws(FileError) in try sink.append(array) }
  }

  /// Receives the bytes of a file that is being written.
  public struct Sink: ~Copyable {
    let descriptor: Int32
    let path: String
    private var position = 0

    init(descriptor: Int32, path: String) {
      self.descriptor = descriptor
      self.path = path
    }

    /// Appends bytes.
    public mutating func append(_ bytes: [UInt8]) throws(FileError) {
      let failure: Int32? = bytes.withUnsafeBytes { Self.writeAll($0, to: descriptor) }
      if let failure { throw .cannotWrite(path: path, reason: systemReason(failure)) }
      position += bytes.count
    }

    /// Appends bytes without a copy.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
      if let failure = Self.writeAll(bytes, to: descriptor) {
        throw .cannotWrite(path: path, reason: systemReason(failure))
      }
      position += bytes.count
    }

    /// For outputs whose parts are not made in their order.
    public var place: Place { Place(descriptor: descriptor, path: path) }

    private static func writeAll(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32? {
      var rest = bytes[...]
      while !rest.isEmpty {
        let part = UnsafeRawBufferPointer(rebasing: rest)
        let done = Foundation.write(descriptor, part.baseAddress, part.count)
        if done < 0 {
          if errno == EINTR { continue }
          return errno
        }
        rest = rest.dropFirst(done)
      }
      return nil
    }
  }

  /// A file that is being written, to write at any offset. What the sink appends still follows what it appended
  /// before. Not to be used after the sink.
  public struct Place {
    let descriptor: Int32
    let path: String

    /// Writes bytes from an offset on; the file grows where it ends before.
    public func write(_ bytes: [UInt8], at offset: Int) throws(FileError) {
      var done = 0
      while done < bytes.count {
        let count = bytes.withUnsafeBytes {
          pwrite(descriptor, $0.baseAddress?.advanced(by: done), $0.count - done, off_t(offset + done))
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else { throw .cannotWrite(path: path, reason: systemReason()) }
        done += count
      }
    }
  }

  /// Replaces or creates a file from what `body` appends, for outputs that are made piece by piece.
  public static func write(
    to path: String, _ body: (inout Sink) throws(FileError) -> Void
  ) throws(FileError) {
    let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
    var status = stat()
    let exists = stat(target, &status) == 0
    if exists, status.st_mode & S_IFMT != S_IFREG {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw .cannotWrite(path: path, reason: isFolder ? "it is a folder" : "it is not a regular file")
    }
    let folder = (target as NSString).deletingLastPathComponent
    try createFolder(folder.isEmpty ? "." : folder, for: path)
    var template = Array("\(target).XXXXXX\(temporarySuffix)".utf8CString)
    let descriptor = mkstemps(&template, Int32(temporarySuffix.utf8.count))
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: systemReason()) }
    let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var isOpen = true
    do throws(FileError) {
      let mask = umask(0)
      umask(mask)
      fchmod(descriptor, exists ? status.st_mode & 0o7777 : 0o666 & ~mask)
      var sink = Sink(descriptor: descriptor, path: path)
      try body(&sink)
      guard fsync(descriptor) == 0 || errno == EINVAL else {
        throw FileError.cannotWrite(path: path, reason: systemReason())
      }
      isOpen = false
      // A full disk or a quota may only be reported here.
      guard close(descriptor) == 0 else {
        throw FileError.cannotWrite(path: path, reason: systemReason())
      }
      guard rename(temporary, target) == 0 else {
        throw FileError.cannotWrite(path: path, reason: systemReason())
      }
    } catch {
      if isOpen { close(descriptor) }
      unlink(temporary)
      throw error
    }
  }

  /// Creates a folder and those above it.
  public static func createFolder(_ folder: String, for path: String? = nil) throws(FileError) {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      var status = stat()
      let inTheWay = stat(folder, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
      throw .cannotWrite(
        path: path ?? folder,
        reason: inTheWay ? "'\(folder)' is not a folder" : "the folder '\(folder)' cannot be created")
    }
  }
}
