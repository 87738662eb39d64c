import FeditFiles
import FeditTestSupport
import Foundation
import Testing

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

  @Test("a temporary file that a killed process left is cleared away by the next write of the same file")
  func abandonedTemporaryFiles() throws {
    try withTemporaryFolder { folder in
      let left = folder + "/." + SHA256.hex("o.png").prefix(16) + AtomicFile.temporarySuffix
      #expect(FileManager.default.createFile(atPath: left, contents: Data([9])))
      try AtomicFile.write([1], to: folder + "/o.png")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["o.png"])
      // One that somebody is still writing stays.
      #expect(FileManager.default.createFile(atPath: left, contents: Data([9])))
      let held = open(left, O_RDWR | O_CLOEXEC)
      defer { close(held) }
      #expect(flock(held, LOCK_EX) == 0)
      try AtomicFile.write([2], to: folder + "/o.png")
      #expect(FileManager.default.fileExists(atPath: left))
      #expect(try readFile(folder + "/o.png") == [2])
    }
  }

  @Test("many writers of one file at the same time leave one writer's bytes, and nothing else")
  func concurrentWriters() throws {
    try withTemporaryFolder { folder in
      DispatchQueue.concurrentPerform(iterations: 64) { index in
        let bytes = [UInt8](repeating: UInt8(index), count: 10_000)
        #expect(throws: Never.self) { try AtomicFile.write(bytes, to: folder + "/file") }
      }
      let bytes = try readFile(folder + "/file")
      #expect(bytes.count == 10_000 && Set(bytes).count == 1)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["file"])
    }
  }

  @Test("a folder that has become a link since its path was resolved is not followed")
  func swappedFolder() throws {
    try withTemporaryFolder { folder in
      try FileManager.default.createDirectory(atPath: folder + "/outside", withIntermediateDirectories: true)
      let target = realPath(folder + "/out/o.png")
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/out", withDestinationPath: folder + "/outside")
      let error = #expect(throws: FileError.self) {
        try AtomicFile.write([1], to: target, links: .refused)
      }
      #expect(error?.description.contains("has become a symbolic link meanwhile") == true)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/outside").isEmpty)
      // The command line may lead through links.
      try AtomicFile.write([1], to: folder + "/out/o.png")
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/outside") == ["o.png"])
    }
  }

  @Test("a name may have 255 bytes, as many as file systems allow")
  func longNames() throws {
    try withTemporaryFolder { folder in
      let name = String(repeating: "n", count: 255)
      try AtomicFile.write([1], to: folder + "/" + name)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [name])
    }
  }

  @Test("a new file has the permissions that the umask leaves")
  func newPermissions() throws {
    try withTemporaryFolder { folder in
      let mask = umask(0o027)
      defer { umask(mask) }
      try AtomicFile.write([1], to: folder + "/file")
      let attributes = try FileManager.default.attributesOfItem(atPath: folder + "/file")
      #expect(attributes[.posixPermissions] as? Int == 0o640)
    }
  }

  @Test("a child process's output is collected; one that can't be started is nil")
  func childProcess() {
    let outcome = ChildProcess.run(["sh", "-c", "printf abc; exit 3"])
    #expect(outcome?.status == 3 && outcome?.output == Array("abc".utf8))
    #expect(ChildProcess.run(["sh", "-c", "kill -9 $$"])?.status == 137)
    #expect(ChildProcess.run(["/nonexistent/program"]) == nil)
  }
}
