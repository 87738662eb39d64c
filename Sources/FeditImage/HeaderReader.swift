import FeditFiles
import Foundation

/// Reads small pieces of a picture's bytes, from memory or from a file without reading all of it.
final class HeaderReader {
  /// As the user named it.
  let name: String
  /// Bytes in all.
  let count: Int
  private var window: [UInt8]
  private var windowStart = 0
  private let descriptor: Int32?

  /// Reads from memory.
  init(_ bytes: [UInt8], name: String) {
    self.name = name
    count = bytes.count
    window = bytes
    descriptor = nil
  }

  /// Reads from a file.
  init(path: String) throws(PictureError) {
    name = path
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else {
      throw PictureError(.unreadable, file: path, String(cString: strerror(errno)).lowercased())
    }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      close(opened)
      throw PictureError(
        .unreadable, file: path, isFolder ? "it is a folder" : "it is not a regular file")
    }
    descriptor = opened
    count = Int(status.st_size)
    window = []
  }

  deinit {
    if let descriptor { close(descriptor) }
  }

  /// One byte, nil beyond the end.
  func byte(_ offset: Int) -> UInt8? {
    guard cover(offset, 1) else { return nil }
    return window[offset - windowStart]
  }

  /// A piece, nil where it does not lie wholly within the file.
  func bytes(_ offset: Int, _ length: Int) -> ArraySlice<UInt8>? {
    guard length >= 0, cover(offset, length) else { return nil }
    let start = offset - windowStart
    return window[start..<start + length]
  }

  /// A big-endian number of 2 or 4 bytes.
  func number(_ offset: Int, _ length: Int) -> Int? {
    bytes(offset, length)?.reduce(0) { $0 << 8 | Int($1) }
  }

  func isEqual(_ offset: Int, _ expected: some Collection<UInt8>) -> Bool {
    bytes(offset, expected.count)?.elementsEqual(expected) ?? false
  }

  /// Loads what is asked for into the window.
  private func cover(_ offset: Int, _ length: Int) -> Bool {
    guard offset >= 0, offset <= count, length <= count - offset else { return false }
    if offset >= windowStart, offset + length <= windowStart + window.count { return true }
    guard let descriptor else { return false }
    let wanted = min(max(length, 1 << 14), count - offset)
    window = readPiece(descriptor, at: offset, count: wanted)
    windowStart = offset
    return window.count >= length
  }
}
