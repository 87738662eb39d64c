import FeditGenerator
import FeditImage
import FeditPixels
import FeditPlan
import FeditProgram
import FeditRaster
import FeditSession
import FeditSyntax
import FeditText
import Foundation

/// What the runner's thread holds: sessions that keep what was computed, and the pixels that windows have.
///
/// Where the photo is larger than it is shown, a first session runs the plan on a reduced photo, as fine as the screen; the
/// second one goes on to the photo itself.
final class PicturePainter {
  private let settings: StudioSettings
  private let broadcaster: Broadcaster
  private let session: EditSession
  private let quick: EditSession
  private var photo: (key: PhotoKey, pixels: PixelBuffer)?
  private var reduced: ReducedPhoto?
  private var shown: (version: Int, stage: String, pixels: PixelBuffer)?
  private var plan: Plan?

  private struct PhotoKey: Equatable {
    var photo: PlanPhoto
    var stamp: FileStamp?
  }

  init(_ settings: StudioSettings, _ broadcaster: Broadcaster) {
    self.settings = settings
    self.broadcaster = broadcaster
    var options = settings.session
    options.keeping = .results(bytes: 1 << 30)
    session = EditSession(options: options)
    options.keeping = .results(bytes: 1 << 28)
    quick = EditSession(options: options, sharing: session.sharedModels)
  }

  // MARK: The picture

  /// Makes the picture of a text and shows it.
  ///
  /// - Parameters:
  ///   - text: The script.
  ///   - version: Its number, which the picture carries.
  ///   - zoom: Screen pixels per photo pixel.
  ///   - control: Stops the work, where a newer text has come.
  /// - Returns: The files that the picture is made from; nil where the text has no plan.
  func paint(_ text: String, version: Int, zoom: Double, control: RunControl) -> [String]? {
    var options = settings.plan
    options.leavesOutSaves = true
    let checked = session.check(
      source: SourceText(name: settings.name, text), path: settings.path, options: options)
    // What is wrong, the drafter says.
    guard let plan = checked.plan else { return nil }
    self.plan = plan
    do {
      try showPhoto(of: plan, version: version)
      if let reduced = try reducedPhoto(of: plan, zoom: zoom) {
        broadcaster.send(Outgoing.Progress(version: version, stage: "screen"))
        let result = try quick.run(reduced.plan(plan), control: control, collectsSaves: false)
        let pixels = PixelBuffer(result.picture)
        let part = pixels.difference(from: reduced.pixels)
        var head = pixels.head(part, version: version, stage: "screen")
        head.type = "preview"
        head.factor = reduced.factor
        broadcaster.send(head, pixels.changedBytes(of: part, from: reduced.pixels))
      }
      broadcaster.send(Outgoing.Progress(version: version, stage: "full"))
      let result = try session.run(plan, control: control, collectsSaves: false)
      show(result, version: version, stage: "full")
      say(result.warnings, of: checked, text, version: version)
    } catch {
      report(error, version: version)
    }
    return checked.sources.map(\.path).filter { $0 != settings.path } + [plan.photo.file.path]
      + plan.inputs.map(\.path) + plan.modelFiles.map(\.path)
  }

  private func report(_ error: any Error, version: Int) {
    let known = error as? any UserFacingError
    if let known, known.exitStatus == .interrupted { return }
    broadcaster.send(
      Outgoing.Failure(
        version: version, message: known?.description ?? String(describing: error), hints: known?.hints ?? [])
    )
  }

  private func say(_ warnings: [RunWarning], of checked: ProgramResult, _ text: String, version: Int) {
    let sources = checked.sources.map(\.source)
    let source = SourceText(name: settings.name, text)
    let offsets = UTF16Offsets(source)
    broadcaster.send(
      Outgoing.Warnings(
        version: version,
        problems: warnings.map { Outgoing.Problem($0.diagnostic(in: sources), in: source, offsets) }))
  }

  private func showPhoto(of plan: Plan, version: Int) throws {
    let key = PhotoKey(photo: plan.photo, stamp: FileStamp(plan.photo.file.path))
    guard photo?.key != key else { return }
    let pixels = PixelBuffer(try session.photo(of: plan))
    photo = (key, pixels)
    reduced = nil
    shown = (version, "photo", pixels)
    for frame in Self.photoFrames(pixels) { broadcaster.send(frame.head, frame.bytes) }
  }

  /// The photo as fine as the screen shows it; nil where that is hardly less than it has.
  private func reducedPhoto(of plan: Plan, zoom: Double) throws -> ReducedPhoto? {
    let factor = min(16, Int(1 / max(zoom, 0.01)))
    guard factor >= 2, plan.photo.width * plan.photo.height > 1_500_000 else { return nil }
    if let reduced, reduced.factor == factor { return reduced }
    let made = ReducedPhoto(try session.photo(of: plan), factor: factor)
    quick.world.hold(made.picture, as: ReducedPhoto.path)
    reduced = made
    return made
  }

  private func show(_ result: RunResult, version: Int, stage: String) {
    let pixels = PixelBuffer(result.picture)
    let part = shown.map { pixels.difference(from: $0.pixels) } ?? pixels.whole
    shown = (version, stage, pixels)
    broadcaster.send(pixels.head(part, version: version, stage: stage), pixels.bytes(of: part))
  }

  /// Gives a window that has just come all that others have.
  func greet(_ window: ServerWindow) {
    guard let photo, let shown else { return }
    for frame in Self.photoFrames(photo.pixels) { window.send(frame.head, frame.bytes) }
    let part = shown.pixels.difference(from: photo.pixels)
    window.send(
      shown.pixels.head(part, version: shown.version, stage: shown.stage), shown.pixels.bytes(of: part))
  }

  /// The photo in parts of a few megabytes.
  private static func photoFrames(_ pixels: PixelBuffer) -> [(head: Outgoing.FrameHead, bytes: [UInt8])] {
    let rows = max(1, (4 << 20) / (pixels.width * pixels.channels))
    return stride(from: 0, to: pixels.height, by: rows).map { y in
      let part = PixelRect(x: 0, y: y, width: pixels.width, height: min(rows, pixels.height - y))
      var head = pixels.head(part, version: nil, stage: nil)
      head.type = "photo"
      return (head, pixels.bytes(of: part))
    }
  }

  // MARK: Seeds

  /// Shows what the newest script would come to with other seeds, small.
  func showSeeds(from: UInt64, count: Int, control: RunControl) {
    guard let plan, !plan.edits.isEmpty else { return }
    do {
      let plan = reduced.map { $0.plan(plan) } ?? plan
      let corners = try plan.edits.flatMap { try quick.maskedCorners(of: $0, in: plan) ?? [] }
      let extent = max(Self.spread(corners.map(\.x)), Self.spread(corners.map(\.y)))
      let view = Overlay.View.around(corners, of: plan.photo, margin: Int(extent * 0.25) + 8, wholeFrom: 0.9)
        .fitted(width: 192, height: 192)
      let own = Set(plan.edits.map(\.seed))
      for seed in from..<from + UInt64(count) {
        let result = try quick.run(plan.seeded(seed).withoutOctaves, control: control, collectsSaves: false)
        let pixels = PixelBuffer(view.picture(of: result.picture))
        var head = pixels.head(pixels.whole, version: nil, stage: nil)
        head.type = "seed"
        head.seed = seed
        head.isOwn = own == [seed]
        broadcaster.send(head, pixels.bytes(of: pixels.whole))
      }
    } catch {
      report(error, version: -1)
    }
  }

  private static func spread(_ values: [Double]) -> Double { (values.max() ?? 0) - (values.min() ?? 0) }

  // MARK: Export

  /// Makes a file of a text and gives it to a window.
  func export(_ text: String, _ what: ExportKind, id: Int, to window: ServerWindow, control: RunControl) {
    do {
      let export = StudioExport(settings: settings, session: session, control: control)
      let file = try export.file(text, what)
      var head = Outgoing.FrameHead(type: "export")
      head.id = id
      head.name = file.name
      head.mime = file.type
      window.send(head, file.bytes)
    } catch {
      let known = error as? any UserFacingError
      window.send(
        Outgoing.Refused(
          id: id, message: known?.description ?? String(describing: error), hints: known?.hints ?? []))
    }
  }
}

extension Plan {
  /// The plan as the generator's own size shows it.
  fileprivate var withoutOctaves: Plan {
    var result = self
    result.steps = steps.map { step in
      guard case .edit(var edit) = step else { return step }
      edit.finish.octaves = .off
      return .edit(edit)
    }
    return result
  }
}
