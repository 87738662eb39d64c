import FeditFiles
import Foundation

/// The bytes of a weight file: mapped from the file, embedded in the binary, or in memory.
///
/// Nothing writes to them, so they may be shared between threads. A mapped file must not be cut
/// short by another program while it is in use.
final class WeightBytes: @unchecked Sendable {
  let buffer: UnsafeRawBufferPointer
  private enum Owner { case mapping, allocation, none }
  private let owner: Owner

  /// Maps a file. A pipe or a device is refused, so that nothing hangs on it.
  init(mapping path: String) throws(WeightError) {
    func failure(_ reason: String) -> WeightError {
      WeightError(.unreadable, file: path, "cannot be read: \(reason)")
    }
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else { throw failure(String(cString: strerror(errno)).lowercased()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
      throw failure(String(cString: strerror(errno)).lowercased())
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw failure(status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a regular file")
    }
    let count = Int(status.st_size)
    guard count > 0 else {
      buffer = UnsafeRawBufferPointer(start: nil, count: 0)
      owner = .none
      return
    }
    guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
      throw failure(String(cString: strerror(errno)).lowercased())
    }
    buffer = UnsafeRawBufferPointer(start: start, count: count)
    owner = .mapping
  }

  /// Copies bytes.
  init(copying bytes: [UInt8]) {
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 64)
    copy.copyBytes(from: bytes)
    buffer = UnsafeRawBufferPointer(copy)
    owner = .allocation
  }

  /// Refers to bytes that live as long as the process.
  init(static bytes: UnsafeRawBufferPointer) {
    buffer = bytes
    owner = .none
  }

  /// Gives back the memory of a mapped file's bytes that have been read, whole pages of it; whoever reads them
  /// again gets them from the file again.
  func release(_ range: Range<Int>) {
    guard owner == .mapping, let start = buffer.baseAddress else { return }
    let page = Int(getpagesize())
    let first = (range.lowerBound + page - 1) / page * page
    let last = range.upperBound == buffer.count ? buffer.count : range.upperBound / page * page
    guard first < last else { return }
    madvise(UnsafeMutableRawPointer(mutating: start + first), last - first, MADV_DONTNEED)
  }

  deinit {
    switch owner {
    case .mapping: munmap(UnsafeMutableRawPointer(mutating: buffer.baseAddress), buffer.count)
    case .allocation: buffer.deallocate()
    case .none: break
    }
  }
}
