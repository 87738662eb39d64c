import FeditFiles
import FeditTestSupport
import FeditWeights
import Foundation
import Testing

@Suite struct ModelStoreTests {
  private func weights(_ values: [Float] = [1, 2]) throws -> SafetensorsFile {
    try SafetensorsFile(
      bytes: SafetensorsWriter.bytes([.init(name: "a", shape: [values.count], values)]), name: "w")
  }

  @Test func theStoreLiesInTheXDGDataFolder() {
    #expect(
      ModelStore.standard(environment: ["XDG_DATA_HOME": "/x", "HOME": "/h"]).folder == "/x/fedit/models")
    #expect(ModelStore.standard(environment: ["HOME": "/h"]).folder == "/h/.local/share/fedit/models")
    // The specification: relative paths are ignored.
    #expect(
      ModelStore.standard(environment: ["XDG_DATA_HOME": "x", "HOME": "/h"]).folder
        == "/h/.local/share/fedit/models")
  }

  @Test func aModelIsAddedListedResolvedAndRemoved() throws {
    try withTemporaryFolder { folder in
      let store = ModelStore(folder: folder + "/data/models")
      #expect(try store.list() == [])
      let file = try weights()
      #expect(try store.add("scfegan-512", file: file) == file.sha256())
      let entry = try #require(try store.list().first)
      #expect(entry.name == "scfegan-512" && entry.byteCount == file.byteCount)
      let reference = try ModelReference.resolve("scfegan-512", store: store)
      #expect(reference == .stored("scfegan-512", path: entry.path))
      #expect(try reference.open().sha256() == file.sha256())
      try store.remove("scfegan-512")
      #expect(try store.list() == [])
      #expect(throws: WeightError.self) { try store.remove("scfegan-512") }
    }
  }

  @Test func aWrongHashLeavesTheStoreAsItWas() throws {
    try withTemporaryFolder { folder in
      let store = ModelStore(folder: folder)
      let error = try weightError {
        try store.add("m", file: weights(), sha256: String(repeating: "0", count: 64))
      }
      #expect(error.problem.contains("SHA-256"))
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
      try store.add("m", file: weights(), sha256: weights().sha256().uppercased())
      #expect(try store.list().map(\.name) == ["m"])
    }
  }

  @Test func aNameIsNeverGivenToOtherWeights() throws {
    try withTemporaryFolder { folder in
      let store = ModelStore(folder: folder)
      try store.add("m", file: weights([1]))
      try store.add("m", file: weights([1]))
      let error = try weightError { try store.add("m", file: weights([2])) }
      #expect(error.hints.joined().contains("fedit model remove m"))
      #expect(try SafetensorsFile(path: #require(store.path(of: "m"))).floats(named: "a") == [1])
    }
  }

  @Test(arguments: [
    "", "../x", "a/b", ".hidden", "a b", "ä", "x.safetensors", "a\n", String(repeating: "a", count: 65),
  ])
  func namesThatCouldLeadElsewhereAreRefused(name: String) throws {
    try withTemporaryFolder { folder in
      #expect(!ModelStore.isValidName(name))
      #expect(throws: WeightError.self) { try ModelStore(folder: folder).add(name, file: weights()) }
      #expect(ModelStore(folder: folder).path(of: name) == nil)
    }
  }

  @Test func builtInNamesAreTaken() throws {
    try withTemporaryFolder { folder in
      let error = try weightError {
        try ModelStore(folder: folder).add(BuiltInModel.defaultName, file: weights())
      }
      #expect(error.problem.contains("built-in"))
    }
  }

  @Test func namesAndFilesAreToldApartByTheirForm() throws {
    let store = ModelStore(folder: "/nonexistent")
    #expect(try ModelReference.resolve("portrait-256", store: store) == .builtIn("portrait-256"))
    #expect(try ModelReference.resolve("./portrait-256", store: store) == .file("./portrait-256"))
    #expect(try ModelReference.resolve("w.safetensors", store: store) == .file("w.safetensors"))
    let error = try weightError { _ = try ModelReference.resolve("portrait256", store: store) }
    #expect(error.hints.first == "did you mean 'portrait-256'?")
  }
}
