import FeditPixels
import FeditPlan
import FeditProgram
import FeditSession
import FeditStudio
import FeditSyntax
import FeditText
import Synchronization

/// Plans texts for the canvas and carries gestures out; on a thread of its own, so that neither waits for a picture.
final class Drafter: Sendable {
  enum Job: Sendable {
    case text(String, version: Int)
    case message(WindowMessage, ServerWindow)
    case greet(ServerWindow)
  }

  let inbox = Mailbox<Job>()
  private let settings: StudioSettings
  private let broadcaster: Broadcaster
  private let world: DiskWorld
  private let scale = Mutex(1.0)
  /// What was last sent, for windows that come later.
  private let last = Mutex<String?>(nil)

  init(_ settings: StudioSettings, _ broadcaster: Broadcaster) {
    self.settings = settings
    self.broadcaster = broadcaster
    world = DiskWorld(root: settings.session.root, pictureLimits: settings.session.pictureLimits)
  }

  func take(_ text: String, version: Int) {
    inbox.put(.text(text, version: version)) { if case .text = $0 { true } else { false } }
  }

  func take(_ message: WindowMessage, from window: ServerWindow) { inbox.put(.message(message, window)) }

  func greet(_ window: ServerWindow) { inbox.put(.greet(window)) }

  func zoom(_ zoom: Double) { scale.withLock { $0 = min(max(zoom, 0.01), 64) } }

  /// Works until the inbox is closed.
  func work() {
    while let job = inbox.take() {
      switch job {
      case .text(let text, let version):
        let message = ServerWindow.json(draw(text, version: version))
        last.withLock { $0 = message }
        for window in broadcaster.windows() { window.send(message) }
      case .greet(let window):
        if let message = last.withLock({ $0 }) { window.send(message) }
      case .message(.gesture(let id, let text, let gesture, let isTrial), let window):
        carryOut(gesture, on: text, isTrial: isTrial, id: id, for: window)
      case .message(.targets(let id, let text, let at, let handle), let window):
        findTargets(text, at, handle, id: id, for: window)
      case .message: break
      }
    }
  }

  private var view: StudioView {
    var options = settings.plan
    options.leavesOutSaves = true
    return StudioView(
      zoom: scale.withLock { $0 }, name: settings.name, path: settings.path, world: world, options: options)
  }

  // MARK: Drawing

  private func draw(_ text: String, version: Int) -> Outgoing.Drawing {
    let source = SourceText(name: settings.name, text)
    let offsets = UTF16Offsets(source)
    let checked = FeditProgram.plan(source, path: settings.path, world: world, options: view.options)
    let problems = checked.diagnostics.map { Outgoing.Problem($0, in: source, offsets) }
    let drawing = checked.hasErrors ? nil : try? FeditStudio.drawing(of: text, view: view)
    return Outgoing.Drawing(
      version: version, isGood: drawing != nil,
      items: drawing?.items.map { Outgoing.Drawing.Item($0, offsets) } ?? [], width: drawing?.width,
      height: drawing?.height, problems: problems, outline: Outline(source))
  }

  // MARK: Gestures

  private func carryOut(_ gesture: Gesture, on text: String, isTrial: Bool, id: Int, for window: ServerWindow)
  {
    do {
      let edit = try edited(text, by: gesture, view: view)
      window.send(
        Outgoing.Edit(
          id: id, text: edit.text, moves: edit.moves, selection: edit.selection,
          drawing: isTrial ? draw(edit.text, version: -1) : nil))
    } catch {
      window.send(Outgoing.Refused(id: id, message: error.description, hints: error.hints))
    }
  }

  private func findTargets(
    _ text: String, _ at: SourceLocation, _ handle: Int, id: Int, for window: ServerWindow
  ) {
    do {
      let offsets = UTF16Offsets(SourceText(name: "", text))
      let targets = try moveTargets(of: text, at: at, handle: handle, view: view)
      window.send(
        Outgoing.Targets(
          id: id,
          targets: targets.map {
            Outgoing.Targets.Target(at: $0.location, span: offsets[$0.span], text: $0.text, moves: $0.moves)
          }))
    } catch {
      window.send(Outgoing.Refused(id: id, message: error.description, hints: error.hints))
    }
  }
}

extension Outgoing.Problem {
  /// A diagnostic with its place as the page counts it.
  init(_ diagnostic: Diagnostic, in source: SourceText, _ offsets: UTF16Offsets) {
    let isHere = diagnostic.range.source.name == source.name
    self.init(
      severity: diagnostic.severity.rawValue, code: diagnostic.code, message: diagnostic.message,
      span: isHere ? offsets[diagnostic.range.span] : nil,
      file: isHere ? nil : diagnostic.range.source.name, hints: diagnostic.hints.map(\.message))
  }
}

extension Outgoing.Drawing.Item {
  init(_ item: StudioDrawing.Item, _ offsets: UTF16Offsets) {
    self.init(
      edit: item.edit, layer: item.layer.rawValue, isErase: item.isErase, label: item.label,
      at: item.location,
      span: offsets[item.span],
      trail: item.trail.map {
        Outgoing.Drawing.Crumb(file: $0.file, at: $0.location, text: $0.text, isLocked: $0.isLocked)
      }, path: item.paths.map(\.svg).joined(), isClosed: item.isClosed,
      color: item.color.map { Self.hex($0) }, width: item.width,
      handles: item.handles.map {
        Outgoing.Drawing.Handle(
          number: $0.number, x: $0.place.x, y: $0.place.y, text: $0.text, isLocked: $0.isLocked)
      })
  }

  private static func hex(_ color: RGB8) -> String {
    "#"
      + [color.red, color.green, color.blue].map { (value: UInt8) -> String in
        let digits = String(value, radix: 16)
        return digits.count == 1 ? "0" + digits : digits
      }.joined()
  }
}

extension Path {
  /// As in the `d` of an SVG path, to a hundredth of a pixel.
  fileprivate var svg: String {
    func pair(_ point: Point) -> String {
      "\((point.x * 100).rounded() / 100) \((point.y * 100).rounded() / 100) "
    }
    return elements.map { $0.letter + $0.points.map(pair).joined() }.joined()
  }
}
