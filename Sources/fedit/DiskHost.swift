import FeditAssist
import FeditLanguageServer
import FeditProgram
import FeditSession
import FeditWeights
import Foundation
import Synchronization

/// The disk, as the language server sees it.
final class DiskHost: ServerHost {
  /// Worlds by root; they keep pictures' sizes and models open.
  private let worlds = Mutex<[String: DiskWorld]>([:])

  func world(forScript script: String, root: String?) -> any World {
    let root = root ?? (script as NSString).deletingLastPathComponent
    return worlds.withLock { worlds in
      if let known = worlds[root] { return known }
      let made = DiskWorld(root: root)
      worlds[root] = made
      return made
    }
  }

  func canonicalPath(_ path: String) -> String { PathResolver.real(path) }

  func entries(ofFolder path: String) -> [FolderEntry] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.prefix(5_000).map { name in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isFolder)
      return FolderEntry(name: name, isFolder: isFolder.boolValue)
    }
  }

  func modelNames() -> [String] {
    BuiltInModel.names + ((try? ModelStore.standard().list()) ?? []).map(\.name)
  }

  func scripts(below folder: String, limit: Int) -> [String] {
    var result: [String] = []
    // What is looked into at most, so that a workspace in a home folder stays quick.
    var budget = 20_000
    var pending = [folder]
    while let next = pending.popLast(), result.count < limit {
      for entry in entries(ofFolder: next).sorted(by: { $0.name > $1.name }) where !entry.name.hasPrefix(".")
      {
        budget -= 1
        let path = next + "/" + entry.name
        if entry.isFolder {
          if budget > 0, entry.name != "node_modules", !isLink(path) { pending.append(path) }
        } else if entry.name.hasSuffix(".fedit") {
          result.append(PathResolver.real(path))
        }
      }
    }
    return Array(result.sorted().prefix(limit))
  }

  private func isLink(_ path: String) -> Bool {
    (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
  }

  // Worlds look at files' stamps themselves.
  func forget() {}
}
