import FeditImage
import FeditPixels
import FeditPlan
import FeditRaster
import Testing

@Suite("Drawings for people") struct DrawingTests {
  private func gray(_ width: Int, _ height: Int, _ level: UInt8) -> Picture {
    Picture(
      width: width, height: height, samples: .eight([UInt8](repeating: level, count: width * height * 3)))
  }

  @Test("every printable ASCII character has a glyph of its own")
  func glyphs() {
    var seen: Set<String> = []
    for code in 33...126 {
      let text = String(UnicodeScalar(UInt8(code)))
      let pixels = BitmapFont.pixels(of: text)
      #expect(!pixels.isEmpty && pixels.allSatisfy { (0..<5).contains($0.x) && (0..<8).contains($0.y) })
      #expect(seen.insert("\(pixels)").inserted, "\(text) looks like another")
    }
    #expect(BitmapFont.pixels(of: " ").isEmpty)
    #expect(BitmapFont.width(of: "abc") == 17 && BitmapFont.width(of: "") == 0)
  }

  @Test("accents are left off, other characters are boxes, one a character")
  func folding() {
    func pixels(_ text: String) -> String { "\(BitmapFont.pixels(of: text))" }
    #expect(pixels("é") == pixels("e") && pixels("Ü") == pixels("U") && pixels("×") == pixels("x"))
    #expect(pixels("目") == pixels("👁") && pixels("目") != pixels(" "))
    #expect(BitmapFont.width(of: "目👨‍👩‍👧") == 11)
  }

  @Test("a sheet holds its pictures where rows and columns say, and its text below them")
  func sheet() throws {
    let cells = (0..<3).map { Sheet.Cell(gray(100, 50, UInt8(40 * $0)), caption: "picture \($0)") }
    let sheet = Sheet(
      title: "A title", rows: Sheet.rows(of: cells, columns: 2), notes: ["note"], cellWidth: 100)
    let page = sheet.render()
    #expect(page == sheet.render())
    #expect(page.width == 2 * 100 + 3 * 12)
    // Title 20 + gap, then rows of 50 + 4 + 10 with gaps of 12.
    let top = 12 + 20 + 12
    #expect(page.rgb8(12, top) == (0, 0, 0) && page.rgb8(111, top + 49) == (0, 0, 0))
    #expect(page.rgb8(124, top) == (40, 40, 40))
    #expect(page.rgb8(12, top + 76) == (80, 80, 80))
    #expect(page.height == top + 2 * 76 + 10 + 12)
    // Without a row there is a page all the same.
    #expect(Sheet(rows: []).render().height > 0)
  }

  @Test("pictures are fitted into their cells: shrunk, or enlarged by a whole factor")
  func fitting() {
    let large = Sheet(rows: [[.init(gray(1000, 500, 9))]], cellWidth: 100).render()
    #expect(large.height == 50 + 24)
    let small = Sheet(rows: [[.init(gray(30, 40, 9))]], cellWidth: 100).render()
    #expect(small.height == 80 + 24)
    let sixteen = Picture(
      width: 2, height: 2, hasAlpha: true, samples: .sixteen([UInt16](repeating: 65_535, count: 16)))
    #expect(Sheet(rows: [[.init(sixteen)]], cellWidth: 32).render().rgb8(16, 16) == (255, 255, 255))
  }

  @Test("the overlay tints the mask, shows colours and lines, and leaves the rest as it is")
  func overlay() throws {
    let photo = Make.photo(200, 100)
    let edit = Make.edit([
      Make.stroke(.mask, Make.rect(20, 20, 60, 60)),
      Make.stroke(.color, Make.rect(100, 20, 40, 40), color: RGB8(red: 255, green: 0, blue: 0)),
      Make.stroke(.sketch, Make.line((10, 90), (190, 90))),
    ])
    let region = Make.region(128)
    let view = Overlay.View.photo(photo, longerSide: 400)
    let picture = try Overlay().draw(
      [edit], over: gray(200, 100, 100), region: region, images: [:], view: view)
    #expect(picture.width == 400 && picture.height == 200)
    #expect(picture.rgb8(350, 60) == (100, 100, 100))
    let masked = picture.rgb8(100, 100)
    #expect(masked.blue > 130 && masked.red < 80)
    let colored = picture.rgb8(240, 80)
    #expect(colored.red > 220 && colored.green < 30)
    #expect(picture.rgb8(300, 180).red > 200)
    #expect(picture.rgb8(300, 176) == (100, 100, 100))
    // The region alone, upright.
    let square = try Overlay().draw(
      [edit], over: gray(200, 100, 100), region: region, images: [:], view: .region(region, side: 256))
    #expect(square.width == 256 && square.rgb8(100, 100) == masked)
    #expect(
      try Overlay().draw(
        [], over: gray(200, 100, 100), region: region, images: [:], view: .region(region, side: 64)
      )
      .rgb8(30, 30) == (100, 100, 100))
  }
}
