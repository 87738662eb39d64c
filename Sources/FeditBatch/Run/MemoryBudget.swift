import Foundation

/// Memory that jobs share: who needs more than is left waits until others give theirs back.
final class MemoryBudget: @unchecked Sendable {
  private let condition = NSCondition()
  private let total: Int
  private var left: Int

  /// - Parameter bytes: for all jobs together.
  init(bytes: Int) {
    total = max(bytes, 0)
    left = total
  }

  /// Does something that needs memory; what needs more than there is runs alone.
  func with<T>(_ bytes: Int, _ body: () throws -> T) rethrows -> T {
    let share = min(max(bytes, 0), total)
    condition.lock()
    while left < share { condition.wait() }
    left -= share
    condition.unlock()
    defer {
      condition.lock()
      left += share
      condition.broadcast()
      condition.unlock()
    }
    return try body()
  }

  /// The bytes that the process may still take without swapping: what the system has available, or what
  /// its control group (a container's, a batch system's) leaves of its limit.
  static func available() -> Int {
    var result = Int.max
    for line in (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8))?.split(separator: "\n") ?? []
    where line.hasPrefix("MemAvailable:") {
      if let number = line.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) {
        result = number << 10
      }
    }
    let groups = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    guard let own = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::") }) else { return result }
    var folder = "/sys/fs/cgroup" + own.dropFirst(3)
    while folder.hasPrefix("/sys/fs/cgroup") {
      func number(_ file: String) -> Int? {
        (try? String(contentsOfFile: folder + "/" + file, encoding: .utf8)).flatMap {
          Int($0.trimmingCharacters(in: .whitespacesAndNewlines))
        }
      }
      if let limit = number("memory.max") {
        result = min(result, max(limit - (number("memory.current") ?? 0), 0))
      }
      folder = (folder as NSString).deletingLastPathComponent
    }
    return result
  }
}
