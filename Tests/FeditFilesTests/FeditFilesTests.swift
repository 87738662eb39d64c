import FeditFiles
import Foundation
import Testing

/// A folder that is deleted at the end of a test.
private func withTemporaryFolder(_ body: (String) throws -> Void) throws {
  let folder = NSTemporaryDirectory() + "fedit-files-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

@Suite struct FeditFilesTests {
  @Test func sha256OfABCIsTheStandardsExample() {
    #expect(
      SHA256.hex("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(
      SHA256.hex("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }

  @Test func whatWasWrittenIsReadBack() throws {
    try withTemporaryFolder { folder in
      let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
      try AtomicFile.write(bytes, to: folder + "/a/b/file")
      #expect(try readFile(folder + "/a/b/file") == bytes)
      #expect(try SHA256.hex(file: folder + "/a/b/file") == SHA256.hex(bytes))
    }
  }

  @Test func aFailedWriteLeavesTheOldFileAndNoTemporaryOne() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try AtomicFile.write([1, 2, 3], to: path)
      #expect(throws: FileError.self) {
        try AtomicFile.write(to: path) { (sink: inout AtomicFile.Sink) throws(FileError) in
          try sink.append([9])
          throw FileError.cannotWrite(path: path, reason: "no space left on device")
        }
      }
      #expect(try readFile(path) == [1, 2, 3])
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
  }

  @Test func aFullDeviceIsAnErrorThatNamesTheFile() {
    // Not a regular file, so it is refused before anything is written.
    #expect(throws: FileError.cannotWrite(path: "/dev/full", reason: "it is not a regular file")) {
      try AtomicFile.write([1], to: "/dev/full")
    }
  }

  @Test func anExistingFileKeepsItsPermissions() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/file"
      try AtomicFile.write([1], to: path)
      try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
      try AtomicFile.write([2], to: path)
      let attributes = try FileManager.default.attributesOfItem(atPath: path)
      #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
  }

  @Test func aLinkStaysAndItsTargetIsReplaced() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write([1], to: folder + "/target")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/link", withDestinationPath: folder + "/target")
      try AtomicFile.write([2], to: folder + "/link")
      #expect(try readFile(folder + "/target") == [2])
    }
  }

  @Test func foldersPipesAndLargeFilesAreRefused() throws {
    try withTemporaryFolder { folder in
      #expect(throws: FileError.cannotRead(path: folder, reason: "it is a folder")) {
        try readFile(folder)
      }
      mkfifo(folder + "/pipe", 0o600)
      #expect(throws: FileError.cannotRead(path: folder + "/pipe", reason: "it is not a regular file")) {
        try readFile(folder + "/pipe")
      }
      try AtomicFile.write([1, 2, 3], to: folder + "/file")
      #expect(throws: FileError.tooLarge(path: folder + "/file", bytes: 3, limit: 2)) {
        try readFile(folder + "/file", limit: 2)
      }
    }
  }

  @Test func aFileInTheWayOfAFolderIsNamed() throws {
    try withTemporaryFolder { folder in
      try AtomicFile.write([1], to: folder + "/file")
      #expect(throws: FileError.self) { try AtomicFile.write([1], to: folder + "/file/below") }
    }
  }
}
