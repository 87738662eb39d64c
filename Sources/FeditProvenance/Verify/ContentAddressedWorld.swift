import FeditPlan
import FeditProgram
import FeditSession
import FeditText
import FeditWeights

/// The world of a script that came out of a picture: its files are looked for below a folder, where
/// the script names them or beside, and one with the recorded contents goes before one without.
///
/// Nothing above the folder is touched, whatever script and lock say.
struct ContentAddressedWorld: WorldLayer {
  let disk: DiskWorld
  let lock: Lock
  /// The picture itself is none of its inputs.
  let picture: FileStamp?

  var base: any World { disk }

  private var expected: Set<String> {
    Set(lock.images.values).union([lock.photo.sha256, lock.model.sha256]).union(
      lock.experts.values.compactMap(\.sha256))
  }

  /// Where a file lies, or would lie; nil where no name of it stays below the folder.
  func locate(_ name: String) -> String? {
    let parts = name.split(separator: "/").filter { $0 != "." }
    let inside = parts.drop { $0 == ".." }
    let names = [name, inside.joined(separator: "/"), parts.last.map(String.init) ?? ""]
    let places = names.compactMap { try? disk.resolver.resolve($0, in: disk.resolver.root) }
    let there = places.filter { place in
      guard let stamp = FileStamp(place) else { return false }
      return picture?.isSameFile(as: stamp) != true
    }
    return there.first { (try? disk.sha256(of: $0)).map(expected.contains) == true } ?? there.first
      ?? places.first
  }

  /// The SHA-256 of a file now; nil where it is not there.
  func hash(_ name: String) -> String? {
    locate(name).flatMap { try? disk.sha256(of: $0) }
  }

  /// The model's SHA-256 now; nil where it is not there.
  var modelHash: String? {
    if lock.model.isFile { return hash(lock.model.name) }
    return try? disk.loadedModel(lock.model.name, from: nil).sha256
  }

  func resolve(_ path: String, from script: String) throws(WorldProblem) -> String {
    // What is wrong with a path in itself is said as for any script.
    guard !path.isEmpty, !path.hasPrefix("/"), let place = locate(path) else {
      return try disk.resolve(path, from: script)
    }
    return place
  }

  func model(_ name: String?, from script: String?) throws(WorldProblem) -> PlanModel {
    // What was the default then is asked for by name.
    guard let wanted = name ?? (lock.model.isFile ? nil : lock.model.name) else {
      return try disk.model(name, from: script)
    }
    guard ModelReference.isFile(wanted) else { return try disk.model(wanted, from: script) }
    guard let place = locate(wanted), disk.exists(place) else {
      throw WorldProblem(.missing, "there is no model file '\(terminalSafe(wanted, limit: 400))'")
    }
    return try disk.model(place, from: nil)
  }

  func ranking(_ file: String, from script: String?) throws(WorldProblem) -> PlanRanking {
    guard let place = locate(file), disk.exists(place) else {
      throw WorldProblem(.missing, "there is no ranking '\(terminalSafe(file, limit: 400))'")
    }
    return try disk.ranking(PlanFile(name: file, path: place)) { (name) throws(WorldProblem) in
      guard let found = locate(name) else { return try disk.resolve(name, from: place) }
      return found
    }
  }
}
