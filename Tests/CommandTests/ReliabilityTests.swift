import FeditTestSupport
import Foundation
import Testing

private let script = head + "edit \"a\" {\n    mask circle((60, 60), 20)\n}\nsave \"o.png\"\n"

/// Whether text holds characters that could steer a terminal, or turn the direction of the text around them.
private func steersTerminal(_ text: String) -> Bool {
  text.unicodeScalars.contains {
    $0.properties.generalCategory == .control && $0 != "\n" || $0.properties.generalCategory == .format
  }
}

@Suite struct StandardStreamTests {
  private func scratch() throws -> Scratch {
    let scratch = try Scratch.with(script)
    try scratch.write("u.fedit", "fedit 1\nlet x   = 1\n")
    #expect(try scratch.fedit("lock", "s.fedit", "--quiet").status == 0)
    return scratch
  }

  static let printing = [
    "run s.fedit", "lock s.fedit", "verify s.fedit", "plan s.fedit", "plan s.fedit --json",
    "check s.fedit u.fedit --format json",
    "inspect o.png", "inspect o.png --json", "inspect o.png --extract script", "fmt --check u.fedit",
    "edit s.fedit --set 5:5:as spot",
    "trace p.png --script -o -", "explain", "explain unknown-name", "model list", "model list --json",
    "model info portrait-256", "layers s.fedit -o l", "grid p.png -o g.png", "sheet s.fedit -o h.png",
    "diff s.fedit u2.fedit",
    "batch s.fedit --photos 'p.png' -o out", "batch s.fedit --photos 'p.png' -o out --json",
    "new mine --photo p.png",
    "--help", "--version", "run --help",
  ]

  @Test("what can't be written to standard output ends a command with 73", arguments: printing)
  func full(_ command: String) throws {
    let scratch = try scratch()
    try scratch.write("u2.fedit", script.replacing("20)", with: "21)"))
    let outcome = try scratch.shell("fedit \(command) >/dev/full")
    #expect(outcome.status == 73, "\(outcome.errors)")
    #expect(outcome.errors.contains("error: cannot write standard output: no space left on device\n"))
    let closed = try scratch.shell("rm -rf mine.fedit out; fedit \(command) >&-")
    #expect(closed.status == 73, "\(closed.errors)")
    #expect(closed.errors.contains("error: cannot write standard output: bad file descriptor\n"))
  }

  @Test("formatting standard input onto a full disk ends with 73")
  func formatting() throws {
    let outcome = try scratch().shell("fedit fmt --stdin <u.fedit >/dev/full")
    #expect(outcome.status == 73)
  }

  @Test("standard error that can't be written changes nothing", arguments: ["/dev/full", "&-"])
  func errors(_ target: String) throws {
    let scratch = try scratch()
    try scratch.write("bad.fedit", "photo\n")
    #expect(try scratch.shell("fedit check bad.fedit 2>\(target)").status == 65)
    #expect(try scratch.shell("fedit run s.fedit 2>\(target)").status == 0)
  }

  @Test("a batch with its standard output closed writes its manifest as ever")
  func closedBatch() throws {
    let scratch = try scratch()
    #expect(try scratch.shell("fedit batch s.fedit --photos p.png -o one --json").status == 0)
    #expect(try scratch.shell("fedit batch s.fedit --photos p.png -o two --json >&-").status == 73)
    #expect(try scratch.bytes("one/manifest.json") == scratch.bytes("two/manifest.json"))
    #expect(!scratch.exists("two/manifest.journal"))
  }
}

@Suite struct ThreadTests {
  /// Lets `pthread_create` fail once or always, as at a container's limit of processes.
  private static let shim = """
    #define _GNU_SOURCE
    #include <dlfcn.h>
    #include <errno.h>
    #include <pthread.h>
    #include <stdatomic.h>
    #include <stdlib.h>
    static atomic_int made;
    int pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *x) {
      int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
      const char *at = getenv("FAIL_THREAD");
      int number = ++made;
      if (at && (number == atoi(at) || (atoi(at) < 0 && number >= -atoi(at)))) return EAGAIN;
      return real(t, a, f, x);
    }
    """

  private func scratch() throws -> Scratch {
    let scratch = try Scratch()
    try scratch.photo("a.png")
    try scratch.photo("b.png")
    try scratch.write("s.fedit", script)
    try scratch.write("shim.c", Self.shim)
    #expect(try scratch.shell("cc -shared -fPIC -o shim.so shim.c -ldl").status == 0)
    return scratch
  }

  @Test(
    "a batch ends, with all rows, where a thread can't be started",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cc")),
    arguments: [1, 2, 3, 4, -1, -3])
  func batch(_ at: Int) throws {
    let scratch = try scratch()
    let outcome = try scratch.shell(
      "LD_PRELOAD=./shim.so FAIL_THREAD=\(at) timeout 120 fedit batch s.fedit --photos '[ab].png' -o out --jobs 2"
    )
    #expect(outcome.status == 0, "\(outcome.status): \(outcome.errors)")
    for name in ["a", "b"] { #expect(scratch.exists("out/\(name).png")) }
  }

  @Test(
    "the language server says so and ends where a thread can't be started",
    .enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/cc")))
  func server() throws {
    let scratch = try scratch()
    let outcome = try scratch.shell("LD_PRELOAD=./shim.so FAIL_THREAD=-1 timeout 60 fedit lsp </dev/null")
    #expect(outcome.status == 70)
    #expect(outcome.errors.contains("thread"))
  }
}

@Suite struct WritingTests {
  @Test("a limit on file sizes is a failure to write like any other: 73, and nothing is left")
  func sizeLimit() throws {
    let scratch = try Scratch.with(script)
    try scratch.write("o.png", "old")
    let outcome = try scratch.shell("ulimit -f 4; fedit run s.fedit")
    #expect(outcome.status == 73)
    #expect(outcome.errors == "error: cannot write 'o.png': file too large\n")
    #expect(try scratch.bytes("o.png") == Array("old".utf8))
    #expect(scratch.files == ["o.png", "p.png", "s.fedit"])
  }

  @Test("a result may have a name as long as the file system allows")
  func longName() throws {
    let scratch = try Scratch.with(script)
    let name = String(repeating: "n", count: 251) + ".png"
    let outcome = try scratch.fedit("run", "s.fedit", "-o", name)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(scratch.exists(name))
  }

  @Test("a script may save over a photo of the command line where saves are left out")
  func savesLeftOut() throws {
    let scratch = try Scratch()
    try scratch.photo("p.png")
    try scratch.photo("o.png")
    try scratch.write("s.fedit", script)
    let photo = try scratch.bytes("o.png")
    #expect(try scratch.fedit("run", "s.fedit", "--photo", "o.png").status == 65)
    let one = try scratch.fedit("run", "s.fedit", "--photo", "o.png", "-o", "z.png")
    #expect(one.status == 0, "\(one.errors)")
    let all = try scratch.fedit("batch", "s.fedit", "--photos", "*.png", "-o", "out")
    #expect(all.status == 0, "\(all.errors)")
    #expect(try scratch.bytes("o.png") == photo)
    #expect(scratch.exists("out/o.png"))
  }

  @Test("trace does not replace a script")
  func trace() throws {
    let scratch = try Scratch.with(script)
    let outcome = try scratch.fedit("trace", "p.png", "-o", "s.fedit")
    #expect(outcome.status == 73)
    #expect(outcome.errors.contains("'s.fedit' already exists, and a script is never replaced"))
    #expect(try scratch.bytes("s.fedit") == Array(script.utf8))
  }
}

@Suite struct HostileTextTests {
  private static let escape = "\u{1B}]0;owned\u{7}\u{1B}[2J\u{202E}"

  /// A weight file whose metadata and tensor names hold escape sequences.
  private static var weights: [UInt8] {
    let escape = "\\u001b]0;owned\\u0007\\u001b[2J\\u202e"
    let header =
      "{\"__metadata__\":{\"architecture\":\"\(escape)\",\"\(escape)\":\"\(escape)\"},"
      + "\"\(escape)\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}"
    return (0..<8).map { UInt8(truncatingIfNeeded: header.utf8.count >> (8 * $0)) } + Array(header.utf8)
      + [0, 0, 0, 0]
  }

  @Test("escape sequences out of a weight file are never printed")
  func weightFile() throws {
    let scratch = try Scratch()
    try scratch.photo()
    try scratch.write("m.safetensors", Self.weights)
    try scratch.write("s.fedit", head + "model \"m.safetensors\"\nedit \"a\" { mask circle((60, 60), 9) }\n")
    for command in [
      ["model", "info", "m.safetensors"], ["model", "add", "m", "m.safetensors"],
      ["model", "bench", "m.safetensors"], ["model", "import", "m.safetensors", "-o", "n.safetensors"],
      ["eval", "m.safetensors", "."], ["run", "s.fedit"], ["check", "s.fedit"],
      ["check", "s.fedit", "--format", "json"], ["run", "s.fedit", "--model", "m.safetensors"],
    ] {
      let outcome = try scratch.fedit(command)
      #expect(outcome.status == 65, "\(command): \(outcome.status) \(outcome.errors)")
      #expect(!steersTerminal(outcome.output + outcome.errors), "\(command)")
      let isShown = (outcome.output + outcome.errors).contains("\\u{1B}")
      #expect(isShown || command.contains("json"), "\(command): \(outcome.errors)")
    }
  }

  @Test(
    "escape sequences in names of the command line are never printed",
    arguments: [
      ["run", "X.fedit"], ["check", "X.fedit"], ["fmt", "X.fedit"], ["plan", "X.fedit"],
      ["verify", "X.fedit"],
      ["lock", "X.fedit"], ["inspect", "X.png"], ["diff", "X.fedit", "s.fedit"], ["watch", "X.fedit"],
      ["sheet", "s.fedit", "-o", "X"],
      ["grid", "X.png", "-o", "g.png"], ["trace", "X.png"], ["layers", "X.fedit", "-o", "l"],
      ["batch", "X.fedit", "--photos", "p.png", "-o", "o"], ["batch", "s.fedit", "--photos", "X", "-o", "o"],
      ["batch", "s.fedit", "--list", "X.csv", "-o", "o"], ["run", "s.fedit", "--set", "X=1"],
      ["run", "s.fedit", "--only", "X"], ["run", "s.fedit", "--photo", "X.png"],
      ["run", "s.fedit", "--model", "X"],
      ["run", "s.fedit", "--root", "X"], ["run", "s.fedit", "--X"], ["X"], ["explain", "X"],
      ["model", "add", "X", "X.safetensors"], ["model", "remove", "X"], ["model", "info", "X"],
      ["model", "import", "X", "-o", "o.safetensors"],
      ["model", "apply", "X", "i.safetensors", "-o", "o.safetensors"],
      ["prepare", "X", "-o", "set"], ["train", "X", "-o", "run", "--steps", "1"],
      ["eval", "portrait-256", "X"],
      ["repl", "X.png"], ["lsp", "--root", "X"], ["new", "X/"], ["studio", "X.png"],
      ["studio", "--root", "X"],
    ])
  func names(_ command: [String]) throws {
    let scratch = try Scratch.with(script)
    let outcome = try scratch.fedit(command.map { $0.replacing("X", with: Self.escape) })
    #expect(outcome.status >= 64, "\(outcome.status)")
    #expect(!steersTerminal(outcome.output + outcome.errors))
  }

  @Test("escape sequences in a table and in photos' names are never printed by a batch")
  func table() throws {
    let scratch = try Scratch()
    try scratch.photo("\(Self.escape).png")
    try scratch.write("s.fedit", script)
    try scratch.write("l.csv", "photo,#\n\(Self.escape).png,\nnone\(Self.escape).png,\n")
    for options in [[], ["--json"]] {
      let outcome = try scratch.fedit(["batch", "s.fedit", "--list", "l.csv", "-o", "out"] + options)
      #expect(outcome.status == 65)
      #expect(!steersTerminal(outcome.output + outcome.errors))
    }
  }
}

@Suite struct FileNameTests {
  private static let composed = "\u{E9}"
  private static let decomposed = "e\u{301}"

  @Test("names that Unicode takes for the same text are different photos and different scripts")
  func canonicalEquivalents() throws {
    let scratch = try Scratch()
    try scratch.photo("in/\(Self.composed).png")
    try scratch.photo("in/\(Self.decomposed).png", isDeep: true)
    try scratch.write("s.fedit", script)
    let outcome = try scratch.fedit("batch", "s.fedit", "--photos", "in/*.png", "-o", "out")
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("2 made, 0 up to date, 0 failed"))
    try scratch.write("\(Self.composed).fedit", "let first = 20\n")
    try scratch.write("\(Self.decomposed).fedit", "let second = 60\n")
    try scratch.write(
      "u.fedit",
      head.replacing("p.png", with: "in/\(Self.composed).png")
        + "use \"\(Self.composed).fedit\"\nuse \"\(Self.decomposed).fedit\"\n"
        + "edit \"a\" { mask circle((second, second), first) }\n")
    let check = try scratch.fedit("check", "u.fedit")
    #expect(check.status == 0, "\(check.output)")
  }

  @Test("a NUL character in a table is that row's problem, and no name is cut at it")
  func nul() throws {
    let scratch = try Scratch.with(script)
    try scratch.write("l.csv", Array("photo\np.png\0x\n".utf8))
    let outcome = try scratch.fedit("batch", "s.fedit", "--list", "l.csv", "-o", "out")
    #expect(outcome.status == 65)
    #expect(outcome.errors.contains("the row has a NUL character in it"))
  }

  @Test("a cell of manifest.csv is never a formula")
  func formula() throws {
    let scratch = try Scratch()
    try scratch.photo("=1+1.png")
    try scratch.write("s.fedit", script)
    #expect(try scratch.fedit("batch", "s.fedit", "--photos", "=*.png", "-o", "out").status == 0)
    let table = String(decoding: try scratch.bytes("out/manifest.csv"), as: UTF8.self)
    #expect(table.contains(",'=1+1.png,") && !table.contains(",=1+1.png,"))
  }
}

@Suite struct ForgedLockTests {
  @Test("verify says no where the lock names other inputs than those used", arguments: ["photo", "model"])
  func forged(_ part: String) throws {
    let scratch = try Scratch.with(script)
    #expect(try scratch.fedit("lock", "s.fedit", "--no-metadata").status == 0)
    #expect(try scratch.fedit("verify", "s.fedit").status == 0)
    var lock = try #require(
      try JSONSerialization.jsonObject(with: Data(scratch.bytes("s.fedit.lock"))) as? [String: Any])
    var file = try #require(lock[part] as? [String: Any])
    file["sha256"] = String(repeating: "0", count: 64)
    lock[part] = file
    try scratch.write("s.fedit.lock", Array(try JSONSerialization.data(withJSONObject: lock)))
    let outcome = try scratch.fedit("verify", "s.fedit")
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("s.fedit: DIFFERENT\n") && outcome.output.contains("the \(part) '"))
  }
}
