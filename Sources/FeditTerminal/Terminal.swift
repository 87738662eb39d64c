import Foundation

/// What is known of the terminal that fedit talks to.
public struct Terminal: Sendable {
  /// How it takes pictures.
  public var pictures: PictureProtocol
  /// Its size in character cells.
  public var columns: Int
  /// Its height in character cells.
  public var rows: Int

  /// A terminal with properties of choice.
  public init(pictures: PictureProtocol, columns: Int, rows: Int) {
    self.pictures = pictures
    self.columns = columns
    self.rows = rows
  }

  /// Asks the terminal on standard input and output what it can.
  ///
  /// Pictures in half blocks where it does not answer within 200 ms; none where output is no terminal.
  public static func detect(environment: [String: String] = ProcessInfo.processInfo.environment) -> Terminal {
    let (columns, rows) = size()
    guard isatty(STDOUT_FILENO) == 1, isatty(STDIN_FILENO) == 1, environment["TERM"] != "dumb" else {
      return Terminal(pictures: .none, columns: columns, rows: rows)
    }
    // A wish goes before what is found out; useful inside multiplexers, which swallow the questions.
    if let wish = environment["FEDIT_PICTURES"].flatMap(PictureProtocol.init(rawValue:)) {
      return Terminal(pictures: wish, columns: columns, rows: rows)
    }
    let answer = ask()
    return Terminal(pictures: pictureProtocol(answer: answer), columns: columns, rows: rows)
  }

  /// The size of the terminal on standard output, 80×24 where that is none.
  public static func size() -> (columns: Int, rows: Int) {
    var size = winsize()
    guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
      return (80, 24)
    }
    return (Int(size.ws_col), Int(size.ws_row))
  }

  /// Graphics of kitty (a query that draws nothing), the terminal's name and version (XTVERSION), and, last,
  /// primary device attributes, which every terminal answers.
  static let question = "\u{1B}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\\u{1B}[>q\u{1B}[c"

  /// What the answers to `question` say.
  package static func pictureProtocol(answer: String) -> PictureProtocol {
    if answer.contains("\u{1B}_Gi=31;OK") { return .kitty }
    if answer.contains("iTerm2") || answer.contains("WezTerm") { return .iterm2 }
    // Device attributes: ESC [ ? 62 ; 4 ; … c; 4 is sixel graphics.
    if let match = answer.firstMatch(of: /\x{1B}\[\?([0-9;]*)c/),
      match.1.split(separator: ";").dropFirst().contains("4")
    {
      return .sixel
    }
    return .blocks
  }

  /// Sends the question and reads until the device attributes have come or the time is over.
  private static func ask() -> String {
    var before = termios()
    guard tcgetattr(STDIN_FILENO, &before) == 0 else { return "" }
    var raw = before
    raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
    guard tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0 else { return "" }
    defer { tcsetattr(STDIN_FILENO, TCSANOW, &before) }
    let bytes = Array(question.utf8)
    guard write(STDOUT_FILENO, bytes, bytes.count) == bytes.count else { return "" }
    var answer: [UInt8] = []
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(200)
    while clock.now < end, answer.count < 4096 {
      var descriptor = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard poll(&descriptor, 1, 50) > 0 else { continue }
      var block = [UInt8](repeating: 0, count: 256)
      let got = read(STDIN_FILENO, &block, block.count)
      guard got > 0 else { break }
      answer += block[..<got]
      if String(decoding: answer, as: UTF8.self).contains(/\x{1B}\[\?[0-9;]*c/) { break }
    }
    return String(decoding: answer, as: UTF8.self)
  }
}
