import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import FeditSession
import FeditText

/// Every photo of a batch before and after, on one page.
///
/// Only pictures of the size in which the page shows them are kept, and the more rows there are the smaller they are,
/// so that the page takes about 100 MB at most, however many photos there are and whatever their size.
public struct BatchSheet: Sendable {
  /// The most rows that a page takes.
  public static let limit = 20_000
  /// The pixels that the pictures of a page have together, about.
  private static let area = 24_000_000.0
  /// The side of the box of each picture, in pixels.
  public let side: Int

  /// - Parameter count: How many rows the page will have.
  public init(count: Int) {
    side = min(256, max(24, Int((Self.area / Double(2 * max(count, 1))).squareRoot())))
  }

  /// A row's photo and result, cut to what was edited with the face around it.
  ///
  /// - Parameters:
  ///   - photo: As it was.
  ///   - result: As it is.
  ///   - plan: What was done.
  ///   - session: Knows the images of the script.
  /// - Returns: Both side by side.
  /// - Throws: `UserError` where an image of the script can't be read.
  func pair(_ photo: Picture, _ result: Picture, of plan: Plan, session: EditSession) throws -> Picture {
    let size = Double(plan.region.size)
    var places = [Point(0, 0), Point(size, 0), Point(size, size), Point(0, size)].map {
      plan.region.toPhoto($0)
    }
    for edit in plan.edits { places += try session.maskedCorners(of: edit, in: plan) ?? [] }
    let view = Overlay.View.around(places, of: plan.photo, margin: 0).fitted(width: side, height: side)
    return BeforeAfter.picture(before: view.picture(of: photo), after: view.picture(of: result), side: side)
  }

  /// A row that failed: the photo, where it could be read, and no result.
  func pair(failed photo: Picture?) -> Picture {
    BeforeAfter.picture(before: photo, after: nil, side: side)
  }

  /// The page.
  ///
  /// - Parameters:
  ///   - title: Above everything.
  ///   - outcome: Of a run with this sheet.
  /// - Returns: 8-bit RGB.
  public func render(title: String, _ outcome: BatchRun.Outcome) -> Picture {
    let width = 2 * side + BeforeAfter.gap
    let rows = outcome.manifest.rows
    let cells = zip(rows, outcome.pairs).map { row, pair in
      Sheet.Cell(pair ?? self.pair(failed: nil), caption: caption(row))
    }
    // Half as many columns as rows of pairs make a page about as wide as high.
    let columns = max(1, Int((Double(cells.count) / 1.6).squareRoot().rounded(.up)))
    return Sheet(
      title: title, rows: Sheet.rows(of: cells, columns: columns), notes: notes(rows), cellWidth: width,
      cellHeight: side, textScale: side > 160 ? 2 : 1
    ).render()
  }

  private func caption(_ row: BatchRecord) -> String {
    // Below small pictures there is room for the number alone; the manifest has the rest.
    guard side >= 72 else { return row.status == .failed ? "\(row.row) failed" : "\(row.row)" }
    let name = row.photo.name.split(separator: "/").last.map(String.init) ?? row.photo.name
    switch row.status {
    case .failed: return "\(row.row) \(name): FAILED"
    case .pending: return "\(row.row) \(name): not begun"
    case .done: return "\(row.row) \(name)"
    }
  }

  /// How many there are, and why rows failed.
  private func notes(_ rows: [BatchRecord]) -> [Sheet.Note] {
    let failed = rows.filter { $0.status == .failed }
    let most = 40
    let red = RGB8(red: 200, green: 30, blue: 36)
    var notes: [Sheet.Note] = ["\(rows.count) photos, each before and after; \(failed.count) failed"]
    notes += failed.prefix(most).map {
      Sheet.Note("row \($0.row), \($0.photo.name): \($0.error ?? "")", color: red)
    }
    if failed.count > most { notes.append("… and \(failed.count - most) more; manifest.json has all") }
    return notes
  }
}
