import Foundation

/// Writes files so that a reader sees the old bytes or the new ones, never a part:
/// to a temporary file beside the target, flushed, then renamed over it.
public enum AtomicFile {
  /// The ending of temporary files.
  ///
  /// One that a killed process has left is cleared away by whoever writes the same file next.
  public static let temporarySuffix = ".fedit-tmp"

  /// What becomes of symbolic links on the way to a file.
  public enum Links: Sendable {
    /// They are followed; the file that a link points to is replaced, and the link stays.
    case followed
    /// There are none: the path has been resolved before, and a link that has come since leads elsewhere.
    case refused
  }

  /// Replaces or creates a file.
  ///
  /// Folders on the way are created. An existing file keeps its permissions.
  ///
  /// - Throws: `FileError.cannotWrite`; what was there before is untouched then.
  public static func write(
    _ bytes: some Sequence<UInt8>, to path: String, links: Links = .followed
  ) throws(FileError) {
    let array = (bytes as? [UInt8]) ?? Array(bytes)
    try write(to: path, links: links) { (sink: inout Sink) throws(FileError) in try sink.append(array) }
  }

  /// Receives the bytes of a file that is being written.
  public struct Sink: ~Copyable {
    let descriptor: Int32
    let path: String

    /// Appends bytes.
    public mutating func append(_ bytes: [UInt8]) throws(FileError) {
      let failure: Int32? = bytes.withUnsafeBytes { Self.writeAll($0, to: descriptor) }
      if let failure { throw .cannotWrite(path: path, reason: systemReason(failure)) }
    }

    /// Appends bytes without a copy.
    public mutating func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
      if let failure = Self.writeAll(bytes, to: descriptor) {
        throw .cannotWrite(path: path, reason: systemReason(failure))
      }
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
    to path: String, links: Links = .followed, _ body: (inout Sink) throws(FileError) -> Void
  ) throws(FileError) {
    func failure() -> FileError { .cannotWrite(path: path, reason: systemReason()) }
    let target = links == .followed ? realPath(path) : absolutePath(path)
    let name = (target as NSString).lastPathComponent
    let folder = try OpenFolder((target as NSString).deletingLastPathComponent, for: path)
    var status = stat()
    let exists = fstatat(folder.descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0
    guard exists || errno == ENOENT else { throw failure() }
    if exists, status.st_mode & S_IFMT != S_IFREG {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      throw .cannotWrite(path: path, reason: isFolder ? "it is a folder" : "it is not a regular file")
    }
    let temporary = try TemporaryFile(for: name, in: folder, path: path)
    do throws(FileError) {
      if exists { fchmod(temporary.descriptor, status.st_mode & 0o7777) }
      var sink = Sink(descriptor: temporary.descriptor, path: path)
      try body(&sink)
      guard fsync(temporary.descriptor) == 0 || errno == EINVAL else { throw failure() }
      // A full disk or a quota may only be reported when the file is closed; its lock is held until it has
      // its name.
      let closed = dup(temporary.descriptor)
      guard closed >= 0, close(closed) == 0 else { throw failure() }
      guard renameat(folder.descriptor, temporary.name, folder.descriptor, name) == 0 else { throw failure() }
    } catch {
      unlinkat(folder.descriptor, temporary.name, 0)
      throw error
    }
  }

  /// Creates a folder and those above it.
  ///
  /// - Parameters:
  ///   - folder: the folder.
  ///   - path: the file that it is for, which the error names; nil is the folder itself.
  /// - Throws: `FileError.cannotWrite`.
  public static func createFolder(_ folder: String, for path: String? = nil) throws(FileError) {
    _ = try OpenFolder(realPath(folder), for: path ?? folder)
  }
}

/// A path from `/` on, with nothing resolved.
private func absolutePath(_ path: String) -> String {
  path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
}

/// `O_PATH` of Linux, which Swift's Glibc does not give out: a place in the file system, not its contents.
private let openPath: Int32 = 0x20_0000

/// A folder that stays the same whatever is put in its place later.
private final class OpenFolder {
  /// Opened with `O_PATH`: enough to name files below it.
  private(set) var descriptor: Int32

  /// Opens a folder part by part, creating those that are not there, and follows no symbolic link.
  ///
  /// - Parameters:
  ///   - folder: absolute.
  ///   - path: what errors name.
  /// - Throws: `FileError.cannotWrite`.
  init(_ folder: String, for path: String) throws(FileError) {
    let flags = openPath | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC
    descriptor = open("/", flags)
    guard descriptor >= 0 else { throw .cannotWrite(path: path, reason: systemReason()) }
    var place = ""
    for part in folder.split(separator: "/") where part != "." {
      place += "/" + part
      var next = openat(descriptor, String(part), flags)
      if next < 0, errno == ENOENT {
        if mkdirat(descriptor, String(part), 0o777) != 0, errno != EEXIST {
          throw .cannotWrite(path: path, reason: "the folder '\(place)' cannot be created: \(systemReason())")
        }
        next = openat(descriptor, String(part), flags)
      }
      guard next >= 0 else {
        let code = errno
        var status = stat()
        guard fstatat(descriptor, String(part), &status, AT_SYMLINK_NOFOLLOW) == 0 else {
          throw .cannotWrite(
            path: path, reason: "the folder '\(place)' cannot be used: \(systemReason(code))")
        }
        let reason: String =
          switch status.st_mode & S_IFMT {
          case S_IFDIR: "the folder '\(place)' cannot be used: \(systemReason(code))"
          case S_IFLNK: "the folder '\(place)' has become a symbolic link meanwhile"
          default: "'\(place)' is not a folder"
          }
        throw .cannotWrite(path: path, reason: reason)
      }
      close(descriptor)
      descriptor = next
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }
}

/// A new file beside the one that it is to become. It is locked as long as it is open, so that one without a
/// lock is one that nobody writes any more.
private final class TemporaryFile {
  let name: String
  let descriptor: Int32

  /// - Parameters:
  ///   - target: the name of the file that it is to become; its own is short, and follows from that one.
  ///   - folder: where both are.
  ///   - path: what errors name.
  /// - Throws: `FileError.cannotWrite`.
  init(for target: String, in folder: OpenFolder, path: String) throws(FileError) {
    let stem = "." + SHA256.hex(target).prefix(16)
    // Others that write the same file at the same time have other numbers.
    for number in 0..<1000 {
      let name = stem + (number == 0 ? "" : "-\(number)") + AtomicFile.temporarySuffix
      // More than one try only where somebody clears it away in the same moment.
      for _ in 0..<10 {
        let made = openat(folder.descriptor, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o666)
        if made >= 0 {
          if Self.lock(made), Self.is(made, name, in: folder) {
            self.name = name
            descriptor = made
            return
          }
          close(made)
          continue
        }
        guard errno == EEXIST else { throw .cannotWrite(path: path, reason: systemReason()) }
        guard Self.removeAbandoned(name, in: folder) else { break }
      }
    }
    throw .cannotWrite(path: path, reason: "too many processes are writing it")
  }

  deinit { close(descriptor) }

  /// Removes a temporary file that nobody holds; false where somebody does, or it can't be removed.
  private static func removeAbandoned(_ name: String, in folder: OpenFolder) -> Bool {
    let file = openat(folder.descriptor, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
    guard file >= 0 else { return errno == ENOENT }
    defer { close(file) }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 else { return false }
    // Whoever held it may have given it its name meanwhile.
    guard Self.is(file, name, in: folder) else { return true }
    return unlinkat(folder.descriptor, name, 0) == 0
  }

  /// False only where somebody else has locked the file; not all file systems have locks.
  private static func lock(_ file: Int32) -> Bool {
    flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
  }

  private static func `is`(_ file: Int32, _ name: String, in folder: OpenFolder) -> Bool {
    var open = stat()
    var named = stat()
    return fstat(file, &open) == 0 && fstatat(folder.descriptor, name, &named, AT_SYMLINK_NOFOLLOW) == 0
      && open.st_ino == named.st_ino && open.st_dev == named.st_dev
  }
}
