import FeditLanguageServer

/// The language server for the window that edits: completion, explanations, renaming.
final class LanguageChannel: Sendable {
  let inbox = Mailbox<(String, ServerWindow)>()
  private let settings: StudioSettings

  init(_ settings: StudioSettings) { self.settings = settings }

  func take(_ message: String, from window: ServerWindow) { inbox.put((message, window)) }

  /// Works until the inbox is closed. A window that begins anew gets a server of its own.
  func work() {
    var server: LanguageServer?
    var owner: ServerWindow?
    while let (message, window) = inbox.take() {
      if window !== owner {
        server = LanguageServer(
          host: settings.host, version: settings.version, root: settings.session.root)
        owner = window
      }
      guard let server else { continue }
      server.receive(Array(message.utf8))
      while server.hasWork {
        // Diagnostics come with the drawing; what is typed next is not to wait for them here.
        if !server.hasMessages, inbox.contains(where: { _ in true }) { break }
        for body in server.work(isInterrupted: { self.inbox.contains { _ in true } }) {
          window.send(Outgoing.LSP(message: String(decoding: body, as: UTF8.self)))
        }
      }
    }
  }
}
