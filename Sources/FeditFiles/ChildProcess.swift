import Foundation

/// Other programs, run without a shell.
public enum ChildProcess {
  /// What became of a program that has ended.
  public struct Outcome: Sendable {
    /// Its exit status; 128 and the signal's number where a signal ended it.
    public var status: Int32
    /// What it wrote to standard output, where that was collected.
    public var output: [UInt8]
  }

  /// Where the program's streams lead.
  public enum Streams: Sendable {
    /// Standard output is collected; the others are empty.
    case collected
    /// All three are this process's own, as an editor needs them.
    case inherited
  }

  /// Runs a program and waits until it ends.
  ///
  /// - Parameters:
  ///   - command: its name, looked for in `PATH`, and its arguments.
  ///   - streams: where its streams lead.
  /// - Returns: nil where it can't be started.
  public static func run(_ command: [String], streams: Streams = .collected) -> Outcome? {
    guard let program = command.first else { return nil }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var ends: [Int32] = [-1, -1]
    if case .collected = streams {
      guard pipe(&ends) == 0 else { return nil }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    }
    var arguments = command.map { strdup($0) } + [nil]
    defer { for argument in arguments { free(argument) } }
    var environment =
      ProcessInfo.processInfo.environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for variable in environment { free(variable) } }
    var child: pid_t = 0
    let problem = posix_spawnp(&child, program, &actions, nil, &arguments, &environment)
    if ends[1] >= 0 { close(ends[1]) }
    defer { if ends[0] >= 0 { close(ends[0]) } }
    guard problem == 0 else { return nil }
    let output = ends[0] >= 0 ? readToEnd(ends[0]) : []
    var status: Int32 = 0
    while waitpid(child, &status, 0) < 0 { guard errno == EINTR else { return nil } }
    let signal = status & 0x7F
    return Outcome(status: signal == 0 ? status >> 8 & 0xFF : 128 + signal, output: output)
  }

  private static func readToEnd(_ descriptor: Int32) -> [UInt8] {
    var result: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(descriptor, &block, block.count)
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return result }
      result += block[..<count]
    }
  }
}
