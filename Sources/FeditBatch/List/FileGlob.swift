import Foundation

/// Finds files by a pattern: `*`, `?` and `[…]` inside a name, `**` for any number of folders.
///
/// The result stands in the order of its bytes whatever the locale, so that shards on other machines
/// have the same rows. Names that begin with a dot are matched only by a pattern that does.
enum FileGlob {
  /// The regular files that match.
  ///
  /// - Parameters:
  ///   - pattern: relative to the current folder, or absolute.
  ///   - excluded: a folder, absolute and real, that is not looked into.
  /// - Returns: paths as the pattern gives them.
  static func files(matching pattern: String, outside excluded: String? = nil) -> [String] {
    let isAbsolute = pattern.hasPrefix("/")
    let parts = pattern.split(separator: "/").filter { $0 != "." }.map(String.init)
    // By their bytes: names that Unicode takes for the same text are different files.
    var found: Set<[UInt8]> = []
    walk(isAbsolute ? "/" : "", parts[...], excluded, &found)
    return found.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
  }

  private static func walk(
    _ folder: String, _ parts: ArraySlice<String>, _ excluded: String?, _ found: inout Set<[UInt8]>
  ) {
    guard let part = parts.first else { return }
    let rest = parts.dropFirst()
    if part == "**" {
      walk(folder, rest.isEmpty ? ["*"] : rest, excluded, &found)
      for name in entries(folder) where !name.hasPrefix(".") {
        let path = folder + name
        // Links to folders could lead round in a circle.
        if kind(path, followsLinks: false) == S_IFDIR, !isExcluded(path, excluded) {
          walk(path + "/", parts, excluded, &found)
        }
      }
      return
    }
    let isPlain = !part.contains { "*?[\\".contains($0) }
    let names = isPlain ? [part] : entries(folder).filter { fnmatch(part, $0, FNM_PERIOD) == 0 }
    for name in names {
      let path = folder + name
      if rest.isEmpty {
        if kind(path, followsLinks: true) == S_IFREG, !isExcluded(folder, excluded) {
          found.insert(Array(path.utf8))
        }
      } else if kind(path, followsLinks: true) == S_IFDIR {
        walk(path + "/", rest, excluded, &found)
      }
    }
  }

  private static func isExcluded(_ folder: String, _ excluded: String?) -> Bool {
    guard let excluded, let real = realpath(folder.isEmpty ? "." : folder, nil) else { return false }
    defer { free(real) }
    let path = String(cString: real)
    return path == excluded || path.hasPrefix(excluded + "/")
  }

  private static func entries(_ folder: String) -> [String] {
    (try? FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? "." : folder)) ?? []
  }

  private static func kind(_ path: String, followsLinks: Bool) -> mode_t? {
    var status = stat()
    guard (followsLinks ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
    return status.st_mode & S_IFMT
  }
}
