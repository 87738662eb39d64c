import FeditSession
import Foundation
import Testing

private func expectEqual(_ found: String, _ wanted: String) {
  #expect(found == wanted)
}

@Suite struct PathResolverTests {
  /// A folder with `root/script`, `root/sub`, `outside/file` and links between them.
  private static func withFolders(_ body: (String) throws -> Void) throws {
    let files = FileManager.default
    let base = PathResolver.real(NSTemporaryDirectory() + "fedit-paths-\(UUID().uuidString)")
    defer { try? files.removeItem(atPath: base) }
    try files.createDirectory(atPath: base + "/root/sub", withIntermediateDirectories: true)
    try files.createDirectory(atPath: base + "/outside", withIntermediateDirectories: true)
    _ = files.createFile(atPath: base + "/outside/file", contents: Data())
    _ = files.createFile(atPath: base + "/root/sub/file", contents: Data())
    try body(base)
  }

  @Test func aPathIsRelativeToTheFileItStandsIn() throws {
    try Self.withFolders { base in
      let resolver = PathResolver(root: base + "/root")
      expectEqual(try resolver.resolve("file", in: base + "/root/sub"), base + "/root/sub/file")
      expectEqual(try resolver.resolve("../sub/./file", in: base + "/root/sub"), base + "/root/sub/file")
      expectEqual(try resolver.resolve("new/out.png", in: base + "/root"), base + "/root/new/out.png")
    }
  }

  @Test func aPathThatLeavesTheRootIsRefused() throws {
    try Self.withFolders { base in
      let resolver = PathResolver(root: base + "/root")
      let escapes = PathResolver.Problem.escapesRoot(root: base + "/root")
      #expect(throws: escapes) { try resolver.resolve("../outside/file", in: base + "/root") }
      #expect(throws: escapes) { try resolver.resolve("missing/../../outside/file", in: base + "/root") }
      #expect(throws: escapes) { try resolver.resolve("../root2/file", in: base + "/root") }
      #expect(throws: PathResolver.Problem.absolute) { try resolver.resolve("/etc/passwd", in: base) }
      #expect(throws: PathResolver.Problem.empty) { try resolver.resolve("", in: base) }
      #expect(throws: PathResolver.Problem.controlCharacter) { try resolver.resolve("a\u{0}b", in: base) }
    }
  }

  @Test func aLinkThatLeavesTheRootIsRefusedWhetherItsTargetExistsOrNot() throws {
    try Self.withFolders { base in
      let files = FileManager.default
      let resolver = PathResolver(root: base + "/root")
      let escapes = PathResolver.Problem.escapesRoot(root: base + "/root")
      try files.createSymbolicLink(
        atPath: base + "/root/link", withDestinationPath: base + "/outside/file")
      try files.createSymbolicLink(
        atPath: base + "/root/dangling", withDestinationPath: "../outside/new.png")
      try files.createSymbolicLink(atPath: base + "/root/folder", withDestinationPath: "../outside")
      for name in ["link", "dangling", "folder/file", "folder/new.png"] {
        #expect(throws: escapes) { try resolver.resolve(name, in: base + "/root") }
      }
    }
  }

  @Test func aLinkThatStaysBelowTheRootIsFollowed() throws {
    try Self.withFolders { base in
      let resolver = PathResolver(root: base + "/root")
      try FileManager.default.createSymbolicLink(
        atPath: base + "/root/link", withDestinationPath: "sub/file")
      expectEqual(try resolver.resolve("link", in: base + "/root"), base + "/root/sub/file")
    }
  }

  @Test func aLoopOfLinksEnds() throws {
    try Self.withFolders { base in
      let files = FileManager.default
      let resolver = PathResolver(root: base + "/root")
      try files.createSymbolicLink(atPath: base + "/root/a", withDestinationPath: "b")
      try files.createSymbolicLink(atPath: base + "/root/b", withDestinationPath: "a")
      let found = try resolver.resolve("a", in: base + "/root")
      #expect(found.hasPrefix(base + "/root/"))
    }
  }
}
