import FeditBatch
import FeditTestSupport
import FeditText
import Foundation
import Testing

@Suite struct TableTests {
  private func list(_ text: String) throws -> BatchList {
    try BatchList(Array(text.utf8), name: "l.csv", base: "/photos", folder: "/results")
  }

  @Test("columns set parameters row by row, and an empty cell sets nothing")
  func settings() throws {
    let list = try list("photo,width,face.mouth,#note\na.png,3,\"(98, 122)\",x\nsub/b.jpg,,,\n")
    #expect(list.columns == ["width", "face.mouth"])
    #expect(list.items.map(\.row) == [1, 2])
    #expect(list.items.map(\.line) == [2, 3])
    #expect(list.items.map(\.photo.path) == ["/photos/a.png", "/photos/sub/b.jpg"])
    #expect(
      list.items[0].settings.map { "\($0.name)=\($0.value)" } == ["width=3", "face.mouth=(98, 122)"])
    #expect(list.items[1].settings.isEmpty)
  }

  @Test("quotes, doubled quotes, line breaks in cells, CRLF, a byte order mark and empty lines are read")
  func quoting() throws {
    let list = try list("\u{FEFF}photo,text\r\n\r\n\"a,\"\"b\"\".png\",\"two\nlines\"\r\nc.png,\"\"\r")
    #expect(list.items.map(\.photo.name) == ["a,\"b\".png", "c.png"])
    #expect(list.items[0].settings.map(\.value) == ["two\nlines"])
    #expect(list.items.map(\.line) == [3, 5])
  }

  @Test(
    "a table that is wrong as a whole is refused",
    arguments: [
      ("width\n3\n", "'l.csv' has no column 'photo'"),
      ("photo,photo\na,b\n", "'l.csv' has the column 'photo' twice"),
      ("photo,\na,b\n", "'l.csv' has a column without a name"),
      ("photo\n", "'l.csv' has no rows below its columns' names"),
      ("photo,w\n\"a.png,3\n\n", "'l.csv', line 2: a quote that begins here is never closed"),
      ("photo,w\n\"a\".png,3\n", "'l.csv', line 2: something stands behind a closing quote"),
    ])
  func whole(_ text: String, _ message: String) throws {
    let error = #expect(throws: UserError.self) { try list(text) }
    #expect(error?.message == message)
  }

  @Test("text that is not UTF-8 is refused with its line")
  func encoding() throws {
    let bytes = Array("photo\na.png\n".utf8) + [0xE9, 0x2E, 0x70, 0x6E, 0x67]
    let error = #expect(throws: UserError.self) {
      try BatchList(bytes, name: "l.csv", base: "/", folder: "/results")
    }
    #expect(error?.message == "'l.csv', line 3: this is not UTF-8")
  }

  @Test("what is wrong with one row is that row's problem")
  func rows() throws {
    let list = try list(
      "photo,output,w\na.png,x.png,1\nb.png\n,y.png,1\nc.png,c.gif,1\nd.png,../d.png,1\ne.png,./x.png,1\nf.png,/etc/f.png,\n"
    )
    #expect(
      list.items.map(\.problem) == [
        nil, "the row has 1 cells, and there are 3 columns", "the row names no photo",
        "pictures are saved as PNG, JPEG, TIFF and WebP, so 'c.gif' has to end with .png, .jpg, .jpeg, .tif, .tiff or .webp",
        "the output '../d.png' has to be a path below the output folder", "row 1 writes 'x.png', too",
        "the output '/etc/f.png' has to be a path below the output folder",
      ])
  }

  @Test("a column that the recipe has no parameter for is refused, with the nearest name")
  func columns() throws {
    let list = try list("photo,widht\na.png,3\n")
    let error = #expect(throws: UserError.self) { try list.checkColumns(settable: ["width", "tint"]) }
    #expect(
      error?.message
        == "'l.csv' has the column 'widht', and the recipe has no such parameter; did you mean 'width'?")
  }
}

@Suite struct NameTests {
  private func outputs(_ photos: [String], folder: String = "/results") throws -> [String] {
    let text = (["photo"] + photos).joined(separator: "\n")
    return try BatchList(Array(text.utf8), name: "l.csv", base: "/p", folder: folder).items.map(\.output)
  }

  @Test("results are named after their photos")
  func plain() throws { #expect(try outputs(["a.jpg", "s/b.png"]) == ["a.png", "b.png"]) }

  @Test("folders are mirrored where names collide, and only there")
  func folders() throws {
    #expect(try outputs(["x/a.jpg", "y/a.jpg", "y/b.jpg"]) == ["x/a.png", "y/a.png", "b.png"])
  }

  @Test("photos that differ in their ending alone keep it")
  func endings() throws {
    #expect(try outputs(["a.jpg", "a.png", "b.png"]) == ["a.jpg.png", "a.png.png", "b.png"])
  }

  @Test("a photo in several rows gets their numbers")
  func repeated() throws {
    #expect(try outputs(["a.jpg", "b.jpg", "a.jpg"]) == ["a.jpg-row-1.png", "b.png", "a.jpg-row-3.png"])
  }

  @Test("a result never lies where a photo of another row lies")
  func inputs() throws {
    let text = "photo,output\na.jpg,b.png\nb.png,c.png\n"
    let list = try BatchList(Array(text.utf8), name: "l.csv", base: "/p", folder: "/p")
    #expect(
      list.items.map(\.problem) == [
        "its result would lie where the photo of row 2 lies, and inputs are never overwritten", nil,
      ])
  }

  @Test("no two of many random photos are given one name")
  func unique() throws {
    var state: UInt64 = 7
    func next(_ count: UInt64) -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (state >> 33) % count
    }
    for _ in 0..<50 {
      let photos = (0..<40).map { _ in
        "\(["", "s/", "s/t/", "u/"][Int(next(4))])\(["a", "b", "a-row-1", "a.png"][Int(next(4))])\([".png", ".jpg", ""][Int(next(3))])"
      }
      let text = "photo\n" + photos.joined(separator: "\n")
      let items = try BatchList(Array(text.utf8), name: "l.csv", base: "/p", folder: "/results").items
      let good = items.filter { $0.problem == nil }
      #expect(Set(good.map(\.output)).count == good.count)
      #expect(good.count > 30)
    }
  }
}

@Suite struct PatternTests {
  private func list(_ scratch: Scratch, _ patterns: String...) throws -> [String] {
    try BatchList(patterns: patterns.map { scratch.path + "/" + $0 }, folder: scratch.path + "/out").items
      .map { String($0.photo.name.dropFirst(scratch.path.utf8.count + 1)) }
  }

  @Test("'*' stands for a name, '**' for folders, and the order is that of the bytes")
  func patterns() throws {
    let scratch = try Scratch()
    for name in ["b.png", "a.png", "B.png", "é.png", "n.txt", "s/a.png", "s/t/c.jpg", ".h.png", "s/.d/x.png"]
    {
      try scratch.write(name)
    }
    #expect(try list(scratch, "*.png") == ["B.png", "a.png", "b.png", "é.png"])
    #expect(try list(scratch, "**/*.png") == ["B.png", "a.png", "b.png", "s/a.png", "é.png"])
    #expect(try list(scratch, "s/**/c.jpg") == ["s/t/c.jpg"])
    #expect(try list(scratch, "**/[ab].png", "s/t/*") == ["a.png", "b.png", "s/a.png", "s/t/c.jpg"])
  }

  @Test("results of an earlier run are not taken for photos")
  func results() throws {
    let scratch = try Scratch()
    for name in ["a.png", "out/a.png", "out/s/b.png"] { try scratch.write(name) }
    #expect(try list(scratch, "**/*.png") == ["a.png"])
  }

  @Test("a pattern that nothing matches is an error")
  func nothing() throws {
    let scratch = try Scratch()
    let error = #expect(throws: UserError.self) { _ = try list(scratch, "*.png") }
    #expect(error?.exitStatus == .unreadable)
  }

  @Test("links to folders that lead round in a circle end")
  func circle() throws {
    let scratch = try Scratch()
    try scratch.write("s/a.png")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.path + "/s/loop", withDestinationPath: scratch.path)
    #expect(try list(scratch, "**/*.png") == ["s/a.png"])
  }
}

@Suite struct ShardTests {
  @Test("each row belongs to one shard, and shards are as even as they can be", arguments: [1, 2, 3, 7, 100])
  func partition(_ count: Int) throws {
    let shards = try (1...count).map { try #require(Shard(index: $0, count: count)) }
    var sizes = [Int](repeating: 0, count: count)
    for row in 1...50 {
      let owners = shards.indices.filter { shards[$0].contains(row: row) }
      #expect(owners.count == 1)
      for owner in owners { sizes[owner] += 1 }
    }
    #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
  }

  @Test(
    "what is no I/N is refused", arguments: ["0/4", "5/4", "1", "1/0", "a/b", "1/2/3", "-1/2", "1/", "1 /2"])
  func refused(_ text: String) { #expect(Shard(text) == nil) }

  @Test("I/N is read") func read() { #expect(Shard("3/16") == Shard(index: 3, count: 16)) }
}

@Suite struct PageTests {
  @Test("the table of Docs/batch.md is one")
  func table() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let page = try String(contentsOf: root.appendingPathComponent("Docs/batch.md"), encoding: .utf8)
    let text = try #require(page.firstMatch(of: /```csv\n((?s).*?)```/)?.1)
    let list = try BatchList(Array(text.utf8), name: "l.csv", base: "/p", folder: "/results")
    #expect(list.items.map(\.problem) == [nil, nil])
    #expect(list.items.map(\.output) == ["anna.png", "ben-dark.png"])
    #expect(list.items.map(\.settings.count) == [4, 4])
    try list.checkColumns(settable: ["tint", "face.left_eye", "face.right_eye", "face.mouth"])
  }
}
