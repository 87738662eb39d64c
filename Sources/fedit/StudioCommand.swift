import ArgumentParser
import FeditFiles
import FeditImage
import FeditNN
import FeditPlan
import FeditProgram
import FeditSession
import FeditStudioServer
import FeditText
import Foundation

/// `fedit studio [SCRIPT|PHOTO]`
struct StudioCommand: ParsableCommand, ComputingCommand {
  static let configuration = CommandConfiguration(
    commandName: "studio", abstract: "Draw on the photo in a browser; drawing writes the script.",
    discussion: """
      Prints an address and opens it in the browser: the script on the left, the photo on the right. What is drawn becomes \
      statements, and what is typed moves the strokes. A photo begins a new script beside it.
      The page comes from this machine and can be opened by nobody without the address. Ctrl-C ends it, and so does \
      closing the last window; what was not saved is kept beside the script and offered the next time.
      """.reflowed)

  @Argument(
    help: ArgumentHelp("A script, which need not exist yet, or a photo.", valueName: "SCRIPT|PHOTO"),
    completion: .file(extensions: ["fedit"] + PictureFormat.readEndings))
  var file: String?

  @Option(help: ArgumentHelp("The port on 127.0.0.1 (default: a free one).", valueName: "N"))
  var port: Int?

  @Flag(help: "Print the address, and open no browser.")
  var noOpen = false

  @OptionGroup var limits: LimitFlags
  @OptionGroup var compute: ComputeFlags

  func validate() throws {
    if let port, !(0...65_535).contains(port) {
      throw ValidationError("--port takes a number from 1 to 65535; 0 takes a free one")
    }
  }

  func run() throws {
    Interruption.install()
    signal(SIGPIPE, SIG_IGN)
    // Pictures and trees are made anew all the time, from the memory of those before.
    keepFreedMemory()
    let studio = try Studio(try settings())
    let server = try StudioServer(port: port ?? 0, handler: studio)
    try studio.start()
    printLine("studio: \(server.address)")
    let launcher = noOpen ? nil : BrowserLauncher(address: server.address)
    defer { launcher?.tidyUp() }
    let end = server.run {
      studio.lookAround()
      return Interruption.isRequested || studio.isAbandoned()
    }
    if let kept = studio.end() {
      printLine("what was not saved is in '\(kept)'; the next 'fedit studio' offers it")
    }
    if end == .wrongTokens {
      throw CommandFailure(
        .data, "the studio has ended: \(ServerLimits().wrongTokens) times somebody came with a wrong token",
        hints: ["another program on this machine tries to get in; start the studio again for a new token"])
    }
  }

  private func settings() throws -> StudioSettings {
    try limits.checkRoot()
    let (path, text) = try script()
    var session = SessionOptions(root: limits.root ?? (path as NSString).deletingLastPathComponent)
    if let threads = compute.threads { session.threads = threads }
    session.pictureLimits = limits.pictures
    var plan = PlanOptions()
    plan.limits = limits.evaluation
    return StudioSettings(
      path: path, name: (path as NSString).lastPathComponent, newText: text, session: session, plan: plan,
      host: DiskHost(), version: feditVersion)
  }

  /// The script's path, and the text of one that is not there yet.
  private func script() throws -> (path: String, newText: String) {
    let empty = "fedit 1\n"
    guard let file else {
      return (Self.free("untitled", in: FileManager.default.currentDirectoryPath), empty)
    }
    if file.hasSuffix(".fedit") || file == "-" {
      guard file != "-" else {
        throw CommandFailure(
          .usage, "the studio needs a script's file", hints: ["fedit studio my-edit.fedit"])
      }
      return (PathResolver.real(file), empty)
    }
    let path = PathResolver.real(file)
    guard FileManager.default.fileExists(atPath: path) else {
      throw CommandFailure(
        .unreadable, "there is no '\(file)'", hints: ["a new script's name ends in .fedit"])
    }
    // A script under another name.
    guard PictureFile.format(of: path) != nil else { return (path, empty) }
    do {
      _ = try PictureFile.size(path, limits: limits.pictures)
    } catch {
      throw UserError(error, name: file)
    }
    let name = (path as NSString).lastPathComponent
    let folder = (path as NSString).deletingLastPathComponent
    let stem = (name as NSString).deletingPathExtension
    return (Self.free(stem, in: folder), "fedit 1\n\nphoto \(quoted(name))\n")
  }

  /// A script's path that nothing stands at yet.
  private static func free(_ stem: String, in folder: String) -> String {
    var number = 1
    var path = "\(folder)/\(stem).fedit"
    while FileManager.default.fileExists(atPath: path) {
      number += 1
      path = "\(folder)/\(stem)-\(number).fedit"
    }
    return PathResolver.real(path)
  }
}

/// Opens an address in the user's browser.
///
/// The token does not stand on a command line, where all users of the machine could read it: the browser gets a small page
/// that only this user can read, and that leads on.
private final class BrowserLauncher {
  private let folder: String

  /// nil where there is no graphical environment, or nothing that opens pages.
  init?(address: String) {
    let environment = ProcessInfo.processInfo.environment
    guard environment["DISPLAY"]?.isEmpty == false || environment["WAYLAND_DISPLAY"]?.isEmpty == false else {
      return nil
    }
    let parent = environment["XDG_RUNTIME_DIR"] ?? NSTemporaryDirectory()
    var template = Array("\(parent)/fedit-studio-XXXXXX".utf8CString)
    // Made with permissions for this user alone.
    guard mkdtemp(&template) != nil else { return nil }
    folder = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let page = folder + "/studio.html"
    let text = """
      <!doctype html><meta charset="utf-8"><meta name="referrer" content="no-referrer">
      <meta http-equiv="refresh" content="0; url=\(address)"><title>fedit studio</title>

      """
    guard (try? AtomicFile.write(Array(text.utf8), to: page)) != nil,
      NativeThread.start({ _ = ChildProcess.run(["xdg-open", page]) })
    else {
      tidyUp()
      return nil
    }
  }

  /// Removes the page that leads to the address.
  func tidyUp() { try? FileManager.default.removeItem(atPath: folder) }
}
