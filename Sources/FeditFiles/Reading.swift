import Foundation

/// Reads a whole file.
///
/// - Parameters:
///   - path: the file; pipes and devices are refused, so that nothing hangs on them.
///   - limit: the largest size in bytes that is accepted.
/// - Returns: the file's bytes.
/// - Throws: `FileError.cannotRead` or `.tooLarge`.
public func readFile(_ path: String, limit: Int = 1 << 30) throws(FileError) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
  guard descriptor >= 0 else { throw .cannotRead(path: path, reason: systemReason()) }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .cannotRead(path: path, reason: systemReason()) }
  guard status.st_mode & S_IFMT == S_IFREG else {
    let isFolder = status.st_mode & S_IFMT == S_IFDIR
    throw .cannotRead(path: path, reason: isFolder ? "it is a folder" : "it is not a regular file")
  }
  let size = Int(status.st_size)
  guard size <= limit else { throw .tooLarge(path: path, bytes: size, limit: limit) }
  return try readAll(descriptor, path: path, expected: size, limit: limit)
}

/// Reads standard input to its end.
public func readStandardInput(limit: Int = 1 << 26) throws(FileError) -> [UInt8] {
  try readAll(STDIN_FILENO, path: "<stdin>", expected: 0, limit: limit)
}

/// Reads to the end of a descriptor; the size found before is a guess, for a file may grow.
private func readAll(
  _ descriptor: Int32, path: String, expected: Int, limit: Int
) throws(FileError) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: max(expected + 1, 1 << 16))
  var count = 0
  while true {
    if count == bytes.count { bytes.append(contentsOf: repeatElement(0, count: bytes.count)) }
    let got = bytes.withUnsafeMutableBytes { buffer in
      read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
    }
    if got == 0 { break }
    if got < 0 {
      if errno == EINTR { continue }
      throw .cannotRead(path: path, reason: systemReason())
    }
    count += got
    guard count <= limit else { throw .tooLarge(path: path, bytes: count, limit: limit) }
  }
  bytes.removeLast(bytes.count - count)
  return bytes
}

/// Reads a piece of an open file.
///
/// - Returns: `count` bytes from `offset`, fewer where the file ends or can't be read before.
public func readPiece(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
  var bytes = [UInt8](repeating: 0, count: count)
  var done = 0
  while done < count {
    let got = bytes.withUnsafeMutableBytes { buffer in
      pread(descriptor, buffer.baseAddress.map { $0 + done }, count - done, off_t(offset + done))
    }
    if got < 0, errno == EINTR { continue }
    guard got > 0 else { break }
    done += got
  }
  bytes.removeLast(count - done)
  return bytes
}

/// What `errno` says.
func systemReason(_ code: Int32 = errno) -> String {
  String(cString: strerror(code)).lowercased()
}
