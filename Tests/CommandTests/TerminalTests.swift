import FeditImage
import FeditTestSupport
import Foundation
import Testing

/// Whether this machine has tmux, which gives programs a terminal.
private let hasTmux = FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux")

/// A terminal of its own, in which somebody types.
private final class Typist {
  private let scratch: Scratch
  private let name = "fedit-\(UUID().uuidString.prefix(8))"
  struct Stuck: Error, CustomStringConvertible {
    var description: String
  }

  init(_ scratch: Scratch, _ command: String) throws {
    self.scratch = scratch
    // History goes to a folder of the test; pictures are half blocks, whatever the terminal answers.
    let started = try scratch.shell(
      "TERM=xterm-256color LC_ALL=C.UTF-8 tmux -L \(name) -f /dev/null new-session -d -x 110 -y 45 "
        + "'env XDG_STATE_HOME=\(scratch.path)/state FEDIT_PICTURES=blocks EDITOR=\(scratch.path)/editor \(command); echo ended $?; sleep 60'"
    )
    guard started.status == 0 else { throw Stuck(description: started.errors) }
    try wait("the first prompt") { $0.last == "fedit>" }
  }

  deinit { _ = try? scratch.shell("tmux -L \(name) kill-server") }

  /// What the screen shows, without empty lines at its end.
  var screen: [String] {
    get throws {
      var lines = try scratch.shell("tmux -L \(name) capture-pane -p").output
        .split(separator: "\n", omittingEmptySubsequences: false).map {
          String($0.reversed().drop { $0 == " " }.reversed())
        }
      while lines.last == "" { lines.removeLast() }
      return lines
    }
  }

  func wait(_ what: String, until isThere: ([String]) -> Bool) throws {
    for _ in 0..<600 {
      if isThere(try screen) { return }
      usleep(50_000)
    }
    throw Stuck(
      description: "\(what) did not come; the screen shows:\n" + (try screen).joined(separator: "\n"))
  }

  func press(_ key: String) throws { try scratch.shell("tmux -L \(name) send-keys \(key)") }

  func type(_ text: String) throws {
    let quoted = text.replacing("'", with: "'\\''")
    try scratch.shell("tmux -L \(name) send-keys -l -- '\(quoted)'")
  }

  /// Types a line, presses Enter and waits for the prompt; gives what came between.
  @discardableResult
  func enter(_ line: String, prompt: String = "fedit>") throws -> [String] {
    try type(line)
    try wait("'\(line)'") { $0.last?.hasSuffix(line.suffix(60)) ?? false }
    try press("Enter")
    try wait("the prompt after '\(line)'") { $0.last == prompt }
    let shown = try screen
    // A diagnostic shows the line, too, behind a bar.
    let typed = shown.lastIndex { $0.hasSuffix(line.suffix(60)) && !$0.isEmpty && !$0.contains(" | ") } ?? 0
    return Array(shown[min(typed + 1, shown.count - 1)...].dropLast())
  }
}

@Suite(.serialized, .enabled(if: hasTmux)) struct TerminalTests {
  @Test(
    "fifteen statements with two mistakes, an undo and a :show; the saved script gives the session's picture")
  func session() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let typist = try Typist(scratch, "fedit repl p.png")
    try typist.enter("region (0, 0) size 128 at 128")
    try typist.enter("param tint: color = #204060")
    try typist.enter("let middle = (64, 64)")
    #expect(try typist.enter("middle + (6, 0)") == ["(70, 64)"])
    let first = try typist.enter("mask circle(middle, 24)")
    #expect(first.contains { $0.hasPrefix("edit \"edit 1\": 1804 pixels, ") && $0.hasSuffix(" ms") })
    #expect(first.contains { $0.contains("▀") })
    let mistake = try typist.enter("sketch cirle(middle, 12)")
    #expect(mistake.contains { $0.contains("error[unknown-name]: there is no function 'cirle'") })
    #expect(mistake.contains { $0.contains("did you mean 'circle'?") })
    try typist.enter("sketch circle(middle, 12)")
    try typist.enter("color circle(middle, 10) with tint")
    try typist.enter("seed 5")
    try typist.enter("mask rect((10, 10), (30, 12))")
    try typist.enter(":undo")
    try typist.enter(":set tint=#a03020")
    let second = try typist.enter("color circle(middle, 99) with nothing")
    #expect(second.contains { $0.contains("there is no 'nothing'") })
    try typist.enter("edit \"second\"")
    try typist.enter("mask polygon((90, 90),", prompt: "  ...")
    try typist.enter("(120, 90), (105, 120))")
    try typist.enter("for i in 0..<3 { sketch line((92 + i * 8, 92), (100 + i * 4, 110)) }")
    try typist.enter("blend feather 2")
    #expect(try typist.enter(":show mask").contains { $0.contains("▀") })
    #expect(try typist.enter(":show result screen.png").contains("wrote screen.png"))
    #expect(
      try typist.enter(":save s.fedit").contains("wrote s.fedit; 'fedit run s.fedit' repeats it"))
    try typist.enter(":list")
    try typist.type(":quit")
    try typist.press("Enter")
    try typist.wait("the end") { $0.contains("ended 0") }

    #expect(try scratch.fedit("run", "s.fedit", "-o", "run.png").status == 0)
    #expect(try scratch.picture("run.png").samples == scratch.picture("screen.png").samples)
    #expect(try scratch.picture("run.png").samples != scratch.picture("p.png").samples)
    #expect(try scratch.fedit("fmt", "--check", "s.fedit").status == 0)
    // What was typed is there the next time.
    let history = String(decoding: try scratch.bytes("state/fedit/history"), as: UTF8.self)
    #expect(history.contains("mask") && history.contains("polygon"))
  }

  @Test("Ctrl-C gives up a line, Tab completes, Ctrl-D asks once before an unsaved session is left")
  func keys() throws {
    let scratch = try Scratch()
    try scratch.photo()
    let typist = try Typist(scratch, "fedit repl p.png")
    try typist.type("mask poly")
    try typist.press("Tab")
    try typist.wait("the completed word") { $0.last?.hasPrefix("fedit> mask polygon") ?? false }
    try typist.press("C-c")
    try typist.wait("a new prompt") { $0.last == "fedit>" }
    try typist.enter("mask polygon((1, 1),", prompt: "  ...")
    try typist.press("C-c")
    try typist.wait("a new prompt") { $0.last == "fedit>" }
    #expect(try typist.enter(":layers") == ["no edit yet"])
    try typist.enter("mask circle((64, 64), 20)")
    try typist.press("C-d")
    try typist.wait("the question") { lines in
      lines.contains { $0.contains("the session is not saved") } && lines.last == "fedit>"
    }
    try typist.press("C-d")
    try typist.wait("the end") { $0.contains("ended 0") }
  }

  @Test(":edit opens the session in the user's editor, and takes what comes back")
  func editor() throws {
    let scratch = try Scratch()
    try scratch.photo()
    try scratch.write("editor", "#!/bin/sh\nsed -i 's/20)/30)/' \"$1\"\n")
    try scratch.shell("chmod +x editor")
    let typist = try Typist(scratch, "fedit repl p.png")
    try typist.enter("mask circle((64, 64), 20)")
    try typist.enter(":edit")
    #expect(try typist.enter(":list").contains { $0.contains("mask circle((64, 64), 30)") })
  }
}
