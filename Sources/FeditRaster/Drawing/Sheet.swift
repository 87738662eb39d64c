import FeditImage
import FeditPixels
import FeditPlan

/// Pictures with captions in rows on one page: contact sheets, variants side by side, before and after.
public struct Sheet: Sendable {
  /// A picture and what stands below it.
  public struct Cell: Sendable {
    /// Fitted into the cell's box.
    public var picture: Picture
    /// Wrapped to the cell's width; `\n` begins a line.
    public var caption: String

    /// A picture with a caption.
    public init(_ picture: Picture, caption: String = "") {
      self.picture = picture
      self.caption = caption
    }
  }

  /// A line of text, with a square of colour before it where it is about one.
  public struct Note: Sendable, ExpressibleByStringInterpolation {
    /// What it says.
    public var text: String
    /// The square's; nil for none.
    public var color: RGB8?

    /// A line of text, with or without a square.
    public init(_ text: String, color: RGB8? = nil) {
      self.text = text
      self.color = color
    }

    /// A line of text alone.
    public init(stringLiteral text: String) { self.init(text) }
  }

  /// Above everything, in larger letters; empty for none.
  public var title: String
  /// Rows of cells from the top; they need not be equally long.
  public var rows: [[Cell]]
  /// Lines of text below everything: parameters, versions.
  public var notes: [Note]
  /// The width of the box that each picture is fitted into, in pixels.
  public var cellWidth: Int
  /// The height of that box, in pixels.
  public var cellHeight: Int
  /// Pixels a pixel of the captions' letters.
  public var textScale: Int

  /// - Parameters:
  ///   - title: Above everything.
  ///   - rows: The cells.
  ///   - notes: Below everything.
  ///   - cellWidth: The box of each picture, in pixels.
  ///   - cellHeight: nil is as high as wide.
  ///   - textScale: nil fits the cells: 1 up to 400 pixels, then 2 and more.
  public init(
    title: String = "", rows: [[Cell]], notes: [Note] = [], cellWidth: Int = 256, cellHeight: Int? = nil,
    textScale: Int? = nil
  ) {
    self.title = title
    self.rows = rows
    self.notes = notes
    self.cellWidth = max(cellWidth, 16)
    self.cellHeight = max(cellHeight ?? cellWidth, 16)
    self.textScale = max(1, textScale ?? (cellWidth + 240) / 320)
  }

  /// Cells in rows of equal length.
  public static func rows(of cells: [Cell], columns: Int) -> [[Cell]] {
    stride(from: 0, to: cells.count, by: max(columns, 1)).map {
      Array(cells[$0..<min($0 + max(columns, 1), cells.count)])
    }
  }

  /// The page: 8-bit RGB. The same bytes for the same content, for no font of the system is used.
  public func render() -> Picture {
    let gap = 8 + 4 * textScale
    let columns = max(rows.map(\.count).max() ?? 0, 1)
    let width = columns * cellWidth + (columns + 1) * gap
    let line = BitmapFont.lineHeight * textScale
    let letters = max(1, (cellWidth + textScale) / (BitmapFont.advance * textScale))
    let fitted = rows.map { row in
      row.map { cell in
        (
          picture: cell.picture.fitted(width: cellWidth, height: cellHeight),
          caption: cell.caption.isEmpty ? [] : BitmapFont.wrapped(cell.caption, letters: letters)
        )
      }
    }
    let titleScale = textScale + 1
    let pageLetters = { (scale: Int) in max(1, (width - 2 * gap) / (BitmapFont.advance * scale)) }
    let titleLines = title.isEmpty ? [] : BitmapFont.wrapped(title, letters: pageLetters(titleScale))
    let swatch = BitmapFont.height * textScale
    let indent = swatch + 4 * textScale
    let noteLines = notes.flatMap { note in
      let letters =
        pageLetters(textScale) - (note.color == nil ? 0 : indent / (BitmapFont.advance * textScale) + 1)
      return BitmapFont.wrapped(note.text, letters: letters).enumerated().map {
        (text: $0.element, color: $0.offset == 0 ? note.color : nil, x: note.color == nil ? 0 : indent)
      }
    }
    // A row is as high as its highest picture and its longest caption.
    let heights = fitted.map { row in
      (
        picture: row.map(\.picture.height).max() ?? 0,
        caption: (row.map(\.caption.count).max() ?? 0) * line
      )
    }
    var height = gap
    if !titleLines.isEmpty { height += titleLines.count * BitmapFont.lineHeight * titleScale + gap }
    for row in heights { height += row.picture + (row.caption > 0 ? 4 * textScale + row.caption : 0) + gap }
    if !noteLines.isEmpty { height += noteLines.count * line + gap }
    var page = PixelSheet(width: width, height: height, color: (250, 250, 248))
    var y = gap
    for text in titleLines {
      page.write(text, x: gap, y: y, scale: titleScale, (20, 20, 24))
      y += BitmapFont.lineHeight * titleScale
    }
    if !titleLines.isEmpty { y += gap }
    for (row, size) in zip(fitted, heights) {
      for (column, cell) in row.enumerated() {
        let x = gap + column * (cellWidth + gap)
        let left = x + (cellWidth - cell.picture.width) / 2
        page.draw(cell.picture, x: left, y: y)
        for (index, text) in cell.caption.enumerated() {
          page.write(
            text, x: x, y: y + size.picture + 4 * textScale + index * line, scale: textScale, (48, 48, 54))
        }
      }
      y += size.picture + (size.caption > 0 ? 4 * textScale + size.caption : 0) + gap
    }
    for note in noteLines {
      if let color = note.color {
        page.fill(x: gap - 1, y: y - 1, width: swatch + 2, height: swatch + 2, (120, 120, 128))
        page.fill(x: gap, y: y, width: swatch, height: swatch, (color.red, color.green, color.blue))
      }
      page.write(note.text, x: gap + note.x, y: y, scale: textScale, (70, 70, 78))
      y += line
    }
    return page.picture
  }
}
