import FeditText
import Testing

@Suite struct TerminalSafeTests {
  @Test("characters that could steer a terminal, or turn the direction of text, are shown and not sent")
  func escapes() {
    #expect(terminalSafe("a\u{1B}[31mb\u{202E}") == "a\\u{1B}[31mb\\u{202E}")
    #expect(terminalSafe("one\ntwo\r\u{9B}\u{2028}\u{200B}") == "one\\u{A}two\\u{D}\\u{9B}\\u{2028}\\u{200B}")
    #expect(terminalSafe("plain é 漢 😀") == "plain é 漢 😀")
    #expect(terminalSafeLines("a\u{7}\nb") == "a\\u{7}\nb")
  }

  @Test("what is safe stays as it is")
  func idempotence() {
    let once = terminalSafe("\u{1B}]0;x\u{7}\\u{1B}")
    #expect(terminalSafe(once) == once)
  }

  @Test("what is very long is cut")
  func limit() {
    #expect(terminalSafe("abcdef", limit: 3) == "abc…")
    #expect(terminalSafe("abc", limit: 3) == "abc")
    #expect(quotedName(String(repeating: "n", count: 1000)).count == 203)
  }

  @Test("JSON of the same values has no character that could steer a terminal")
  func json() {
    #expect(
      escapingInvisibleCharacters(inJSON: "{\"a\":\"\u{7F}\u{202E}é\"}\n") == "{\"a\":\"\\u007f\\u202eé\"}\n")
    let text = OrderedJSON.object([
      ("b", .string("\u{1B}\"\\\n\u{E0001}")), ("a", .array([.integer(1), .null])),
    ]).text
    #expect(text == "{\n  \"b\": \"\\u001b\\\"\\\\\\n\\udb40\\udc01\",\n  \"a\": [1, null]\n}")
  }
}

@Suite struct UserFacingErrorTests {
  private struct Fault: UserFacingError {
    var exitStatus: FeditText.ExitStatus { .unwritable }
    var description: String
    var hints: [String]
  }

  @Test("an error is printed with its hints, each on a line that cannot steer a terminal")
  func report() {
    let fault = Fault(description: "cannot write 'a\u{1B}[2J'", hints: ["free\u{7} some space"])
    #expect(fault.report == "error: cannot write 'a\\u{1B}[2J'\n  hint: free\\u{7} some space\n")
  }

  @Test("exit statuses are those that the documentation names")
  func numbers() {
    let all: [FeditText.ExitStatus] = [
      .different, .usage, .data, .unreadable, .software, .unwritable, .interrupted,
    ]
    #expect(all.map(\.rawValue) == [1, 64, 65, 66, 70, 73, 130])
  }
}

@Suite struct DisplayWidthTests {
  @Test("combining marks take no column, wide characters two")
  func columns() {
    #expect(DisplayWidth.columns("abc") == 3)
    #expect(DisplayWidth.columns("e\u{301}") == 1)
    #expect(DisplayWidth.columns("漢字") == 4)
    #expect(DisplayWidth.columns("😀") == 2)
  }
}
