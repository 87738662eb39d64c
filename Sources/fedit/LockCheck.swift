import FeditFiles
import FeditProvenance
import FeditSession
import FeditText

/// `fedit run --locked`: a run goes on only where its inputs are those of its lock.
enum LockCheck {
  /// The lock of a script, after a look at the files that it names: before anything is evaluated, so
  /// that a damaged input is named as changed and not blamed for what is wrong in it.
  ///
  /// - Throws: `FileError`, `ProvenanceError` where there is no lock that can be read; `CommandFailure`.
  static func read(_ script: String, _ flags: ScriptFlags) throws -> Lock {
    let lock: Lock
    do {
      lock = try Lock(path: Lock.path(of: script))
    } catch let error as FileError {
      throw CommandFailure(error, lockOf: script)
    }
    let file = try ScriptFile.read(script)
    let options = try flags.sessionOptions(for: file)
    let world = DiskWorld(root: options.root, pictureLimits: options.pictureLimits)
    let inputs = LockedInputs(lock, script: file, world: world, photo: flags.photo, model: flags.recipe.model)
    try refuse(inputs.changes, script)
    return lock
  }

  /// Compares a lock with what the run is made from; other versions are only noted.
  ///
  /// - Throws: `CommandFailure` where an input differs.
  static func compare(_ lock: Lock, with now: Lock, script: String, isQuiet: Bool) throws {
    let changes = lock.differences(to: now)
    // The same photo by another path is the same photo.
    let isSame = [
      "--photo": lock.photo.sha256 == now.photo.sha256, "--model": lock.model.sha256 == now.model.sha256,
    ]
    try refuse(changes.filter { $0.subject != .option || isSame[$0.name] != true }, script)
    guard !isQuiet else { return }
    for change in changes where change.subject == .version {
      printNote("\(change.description); the output may differ")
    }
  }

  private static func refuse(_ changes: [Lock.Difference], _ script: String) throws {
    let inputs = changes.filter(\.isInput)
    guard !inputs.isEmpty else { return }
    throw CommandFailure(
      .data, inputs.map(\.description),
      hints: ["'fedit lock \(script)' makes the lock anew, where that is meant"])
  }
}
