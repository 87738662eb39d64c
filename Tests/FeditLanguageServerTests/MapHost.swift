import FeditAssist
import FeditLanguageServer
import FeditPixels
import FeditPlan
import FeditProgram

/// A machine in memory: scripts by path and pictures that have a size and no bytes.
struct MapHost: ServerHost {
  var scripts: [String: String] = [:]
  var pictures: [String: (width: Int, height: Int)] = ["/w/p.png": (256, 256)]

  func world(forScript script: String, root: String?) -> any World {
    let own = script.lastIndex(of: "/").map { String(script[..<$0]) } ?? ""
    return MapWorld(host: self, root: root ?? own)
  }

  func canonicalPath(_ path: String) -> String { path }

  func scripts(below folder: String, limit: Int) -> [String] {
    Array(scripts.keys.filter { $0.hasPrefix(folder + "/") }.sorted().prefix(limit))
  }

  func entries(ofFolder path: String) -> [FolderEntry] {
    var result: Set<FolderEntry> = []
    for file in Array(scripts.keys) + Array(pictures.keys) where file.hasPrefix(path + "/") {
      let rest = file.dropFirst(path.count + 1).split(separator: "/")
      if let first = rest.first { result.insert(FolderEntry(name: String(first), isFolder: rest.count > 1)) }
    }
    return result.sorted { $0.name < $1.name }
  }

  func modelNames() -> [String] { ["portrait-256"] }

  func forget() {}
}

/// Fails where a picture would be decoded: a server that checks scripts never does.
struct MapWorld: World {
  var host: MapHost
  var root: String

  func resolve(_ path: String, from script: String) throws(WorldProblem) -> String {
    var parts = script.split(separator: "/").dropLast().map(String.init)
    for part in path.split(separator: "/") where part != "." {
      if part == ".." { _ = parts.popLast() } else { parts.append(String(part)) }
    }
    let result = "/" + parts.joined(separator: "/")
    if path.hasPrefix("/") || !(result + "/").hasPrefix(root + "/") {
      throw WorldProblem(.path, "'\(path)' leads out of the root")
    }
    return result
  }

  func exists(_ path: String) -> Bool { host.scripts[path] != nil || host.pictures[path] != nil }

  func script(at path: String) throws(WorldProblem) -> [UInt8] {
    guard let text = host.scripts[path] else { throw WorldProblem(.missing, "there is no file '\(path)'") }
    return Array(text.utf8)
  }

  func drawing(at path: String) throws(WorldProblem) -> [UInt8] { try script(at: path) }

  func pictureSize(at path: String) throws(WorldProblem) -> (width: Int, height: Int) {
    guard let size = host.pictures[path] else { throw WorldProblem(.missing, "there is no file '\(path)'") }
    return size
  }

  func sample(_ path: String, at point: Point) throws(WorldProblem) -> RGB8 {
    throw WorldProblem(.unreadable, "a picture was decoded")
  }

  func maskBounds(at path: String) throws(WorldProblem) -> (from: Point, to: Point)? {
    throw WorldProblem(.unreadable, "a picture was decoded")
  }

  func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel {
    guard name == nil || name == "portrait-256" else {
      throw WorldProblem(.missing, "there is no model '\(name ?? "")'")
    }
    return PlanModel(source: .builtIn("portrait-256"), size: 256)
  }
}
