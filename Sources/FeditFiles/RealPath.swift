import Foundation

/// A path made absolute with `.`, `..` and symbolic links resolved as the kernel would,
/// as far as its parts exist; what does not exist is kept, with `..` taken literally.
public func realPath(_ path: String) -> String {
  let start = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
  var pending = start.split(separator: "/").map(String.init)
  var tail: [String] = []
  while true {
    let candidate = "/" + pending.joined(separator: "/")
    if let resolved = realpath(candidate, nil) {
      defer { free(resolved) }
      var parts = String(cString: resolved).split(separator: "/").map(String.init)
      for part in tail.reversed() where part != "." {
        if part == ".." { _ = parts.popLast() } else { parts.append(part) }
      }
      return "/" + parts.joined(separator: "/")
    }
    // A dangling link leads where it points, not where it stands.
    if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: candidate),
      tail.count < 4096
    {
      let folder = "/" + pending.dropLast().joined(separator: "/")
      let next = target.hasPrefix("/") ? target : folder + "/" + target
      // Bounded: a chain of dangling links that is no loop is at most as long as the kernel allows.
      if linkDepth(candidate) < 40 {
        return realPath(([next] + tail.reversed()).joined(separator: "/"))
      }
    }
    guard let last = pending.popLast() else { return "/" }
    tail.append(last)
  }
}

/// How many links one after the other a path leads through; 40 where they form a loop.
private func linkDepth(_ path: String) -> Int {
  var path = path
  for depth in 0..<40 {
    guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) else {
      return depth
    }
    path = target.hasPrefix("/") ? target : (path as NSString).deletingLastPathComponent + "/" + target
  }
  return 40
}
