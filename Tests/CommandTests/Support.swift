import FeditImage
import FeditTestSupport
import Foundation

/// The repository's folder.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

extension Scratch {
  func picture(_ name: String) throws -> Picture { try PictureFile.read(path + "/" + name) }

  /// A photo of smooth colours with some grain, the same each time.
  func photo(_ name: String = "p.png", width: Int = 128, height: Int = 128, isDeep: Bool = false) throws {
    var state: UInt32 = 3
    func level(_ x: Int, _ y: Int, _ c: Int) -> Int {
      state = state &* 1_664_525 &+ 1_013_904_223
      return (x * 2 + y * (c + 1) + Int(state >> 28)) % 256
    }
    var values: [Int] = []
    for y in 0..<height { for x in 0..<width { for c in 0..<3 { values.append(level(x, y, c)) } } }
    let samples: Picture.Samples =
      isDeep ? .sixteen(values.map { UInt16($0 * 257 ^ 0x55) }) : .eight(values.map { UInt8($0) })
    try PNGFile.write(
      Picture(width: width, height: height, hasAlpha: false, samples: samples), to: path + "/" + name)
  }

  struct Outcome {
    var status: Int32
    var output: String
    var errors: String
    var seconds: Double
    /// The largest resident set, in bytes.
    var memory: Int
  }

  /// A folder with the photo `p.png` and the script `s.fedit`.
  static func with(_ script: String) throws -> Scratch { try with("s.fedit", script) }

  /// A folder with the photo `p.png` and a script.
  static func with(_ name: String, _ script: String) throws -> Scratch {
    let scratch = try Scratch()
    try scratch.photo()
    try scratch.write(name, script)
    return scratch
  }

  /// The program that was built with the tests.
  static func program() throws -> String { try programs + "/fedit" }

  /// Runs fedit in this folder.
  func fedit(_ arguments: String..., input: String = "", environment: [String: String] = [:]) throws
    -> Outcome
  {
    try fedit(arguments, input: input, environment: environment)
  }

  func fedit(_ arguments: [String], input: String = "", environment: [String: String] = [:]) throws -> Outcome
  {
    try spawn([try Self.program()] + arguments, input: input, environment: environment)
  }

  /// Begins a run of fedit in this folder, whose output nobody reads.
  func started(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try Self.program())
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: path)
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  /// Runs a shell command in this folder, with fedit in its path, git as nobody has configured it, and
  /// `-e` and `-u` set.
  @discardableResult
  func shell(_ command: String) throws -> Outcome {
    let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    var variables = [
      "PATH": try Self.programs + ":" + path, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
      "GIT_PAGER": "cat",
    ]
    for role in ["AUTHOR", "COMMITTER"] {
      variables["GIT_\(role)_NAME"] = "A"
      variables["GIT_\(role)_EMAIL"] = "a@example.org"
    }
    return try spawn(["/bin/sh", "-euc", command], environment: variables)
  }

  /// The folder that the tests and fedit were built in.
  private static var programs: String {
    get throws {
      let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
      return URL(fileURLWithPath: own).deletingLastPathComponent().path
    }
  }

  /// Runs a program in this folder, its output into files: a server that it leaves behind keeps nobody waiting.
  private func spawn(_ command: [String], input: String = "", environment: [String: String]) throws -> Outcome
  {
    let id = UUID().uuidString
    let files = ["in", "out", "err"].map { NSTemporaryDirectory() + "/fedit-\(id).\($0)" }
    defer { for file in files { unlink(file) } }
    try Data(input.utf8).write(to: URL(fileURLWithPath: files[0]))
    var variables = ProcessInfo.processInfo.environment
    for (name, value) in environment { variables[name] = value }
    // posix_spawn rather than Process, to know the child before it ends.
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, files[0], O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, files[1], O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, files[2], O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var argv: [UnsafeMutablePointer<CChar>?] =
      (["env", "-C", path] + command).map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] =
      variables.sorted { $0.key < $1.key }.map { strdup("\($0)=\($1)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var child: pid_t = 0
    let start = ContinuousClock.now
    guard posix_spawn(&child, "/usr/bin/env", &actions, nil, &argv, &envp) == 0 else {
      throw CocoaError(.executableNotLoadable)
    }
    var status: Int32 = 0
    // What wait4 tells of memory counts this process's as well, up to the moment the child becomes fedit.
    var memory = 0
    var ended: pid_t = 0
    while ended == 0 || ended < 0 && errno == EINTR {
      usleep(1_000)
      memory = max(memory, Self.peakResidentBytes(of: child))
      ended = waitpid(child, &status, WNOHANG)
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    func text(_ file: String) -> String {
      String(decoding: (try? Data(contentsOf: URL(fileURLWithPath: file))) ?? Data(), as: UTF8.self)
    }
    let code = status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    return Outcome(
      status: code, output: text(files[1]), errors: text(files[2]), seconds: seconds, memory: memory)
  }

  /// The most memory a process has had at once; 0 if it has ended, or is not yet fedit.
  private static func peakResidentBytes(of process: pid_t) -> Int {
    let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
    let lines = status.split(separator: "\n")
    guard lines.first == "Name:\tfedit", let line = lines.first(where: { $0.hasPrefix("VmHWM:") }) else {
      return 0
    }
    return (Int(line.filter(\.isNumber)) ?? 0) << 10
  }
}

/// The head of a script on the photo `p.png`, whose region is the photo itself.
let head = "fedit 1\nphoto \"p.png\"\nregion (0, 0) size 128 at 128\n"
