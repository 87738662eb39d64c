import FeditLanguageServer
import FeditTestSupport
import Testing

@Suite struct FeatureTests {
  // MARK: Diagnostics

  @Test("a diagnostic says what, where, how to mend it, and what it is related to")
  func diagnostics() throws {
    let client = try Client()
    client.open("let size = 3\nlet size = 4\n")
    let told = try #require(client.diagnostics[Client.main]?.first)
    #expect(told["range"].rangeText == "1:4-1:8")
    #expect(told["severity"] == 1 && told["source"] == "fedit" && told["code"] == "duplicate-name")
    #expect(told["message"].string.hasPrefix("'size' is defined already\nhint: "))
    let related = told["relatedInformation"][0]
    #expect(related["location"]["range"].rangeText == "0:4-0:8" && related["message"] == "defined here")
  }

  @Test("a hint that carries an edit is a quick fix")
  func codeActions() throws {
    let marked = Marked("let size = 3\nlet other = si▲ze2\nlet third = #12\n")
    let client = try Client()
    client.open(marked.text)
    func actions(_ position: JSON, only: JSON = nil) throws -> [JSON] {
      try client.request(
        "textDocument/codeAction",
        [
          "textDocument": ["uri": .string(Client.main)], "range": ["start": position, "end": position],
          "context": ["diagnostics": [], "only": only],
        ]
      ).array
    }
    let found = try actions(marked.position)
    #expect(found.map { $0["title"] } == ["Change 'size2' to 'size'"])
    let action = try #require(found.first)
    #expect(action["kind"] == "quickfix" && action["isPreferred"] == true)
    #expect(action["diagnostics"][0]["code"] == "unknown-name")
    let change = action["edit"]["documentChanges"][0]
    #expect(change["textDocument"] == ["uri": .string(Client.main), "version": 1])
    #expect(change["edits"][0]["newText"] == "size")
    #expect(change["edits"][0]["range"].rangeText == "1:12-1:17")
    #expect(try actions(["line": 0, "character": 1]).isEmpty)
    #expect(try actions(marked.position, only: ["refactor"]).isEmpty)
  }

  @Test("a client without versioned edits gets plain ones")
  func plainEdits() throws {
    let marked = Marked("let size = 3\nlet other = si▲ze2\n")
    let client = try Client(open: marked.text, capabilities: [:])
    let action = try client.request(
      "textDocument/codeAction",
      [
        "textDocument": ["uri": .string(Client.main)],
        "range": ["start": marked.position, "end": marked.position], "context": ["diagnostics": []],
      ])[0]
    #expect(action["edit"]["changes"][Client.main][0]["newText"] == "size")
    #expect(action["edit"]["documentChanges"].isNull)
  }

  // MARK: Hover

  private func hover(_ marked: String, host: MapHost = MapHost(), capabilities: JSON = Client.able) throws
    -> String?
  {
    let marked = Marked(marked)
    let client = try Client(open: marked.text, host: host, capabilities: capabilities)
    let result = try client.ask("hover", at: marked.position)
    return result.isNull ? nil : result["contents"]["value"].string
  }

  @Test("hovering over a name tells its declaration, type, text and value")
  func hoverNames() throws {
    func at(_ old: String, _ new: String) -> String {
      sunglasses.replacing(old, with: new, maxReplacements: 1)
    }
    let param = try hover(at("with tint", "with ti▲nt"))
    #expect(
      param == "```fedit\nparam tint: color = #20242c\n```\n\nlens colour\n\n`#20242c` · `rgb(32, 36, 44)`")
    let function = try hover(at("= lens(left", "= le▲ns(left"))
    #expect(
      function
        == "```fedit\ndef lens(at: point)\n```\n\ngives a shape\n\nOne lens, a little wider than high.")
    let value = try hover(at("sketch both", "sketch bo▲th"))
    #expect(value == "```fedit\nlet both = lens(left_eye) + lens(right_eye)\n```\n\na shape")
    let parameter = try hover(at("ellipse(at", "ellipse(▲at"))
    #expect(
      parameter
        == "```fedit\nat: point\n```\n\na parameter of 'lens'\n\n`(-0.5, 0)` — in the photo at (98, 122)  \n`(0.5, 0)` — in the photo at (158, 122)"
    )
    let eye = try hover(at("lens(left_eye", "lens(left▲_eye"))
    #expect(eye?.contains("The eye on the picture's left") == true)
    #expect(eye?.hasSuffix("`(-0.5, 0)` — in the photo at (98, 122)") == true)
    let builtin = try hover(at("= ellipse", "= ell▲ipse"))
    #expect(builtin == "```fedit\nellipse(center, (rx, ry))\n```\n\nan ellipse")
    let method = try hover(at("both.grown", "both.gr▲own"))
    #expect(method?.contains(".grown(R)") == true)
  }

  @Test("hovering over a point tells its place in the photo, through canvas and frames")
  func hoverPoints() throws {
    #expect(
      try hover("photo \"p.png\"\ncanvas (512, 512)\nedit \"a\" { mask circle((100, 2▲00), 9) }")
        == "`(100, 200)` — in the photo at (50, 100)")
    #expect(
      try hover(sunglasses.replacing("(0, -0.08)", with: "(▲0, -0.08)"))
        == "`(0, -0.08)` — in the photo at (128, 117.2)")
    #expect(
      try hover("photo \"p.png\"\nedit \"a\" { for i in 0..<6 { mask circle(▲(i * 10, 5), 3) } }")?
        .hasSuffix("`(30, 5)` — in the photo at (30, 5)  \n…") == true)
  }

  @Test("hovering over a colour shows it, as a picture where the client can")
  func hoverColors() throws {
    #expect(try hover("let a = #8▲b5a2b") == "`#8b5a2b` · `rgb(139, 90, 43)`")
    #expect(
      try hover("let a = re▲d")
        == "```fedit\nred\n```\n\na colour of CSS\n\n`#ff0000` · `rgb(255, 0, 0)` · `red`")
    #expect(
      try hover("let a = m▲ix(black, white, 0.5)")?.hasSuffix(
        "`#808080` · `rgb(128, 128, 128)` · `gray` · `grey`") == true)
    let marked: JSON = ["general": ["markdown": ["parser": "marked"]]]
    #expect(
      try hover("let a = #8▲b5a2b", capabilities: marked)?.hasPrefix("![#8b5a2b](data:image/svg+xml;base64,")
        == true)
    let plain: JSON = ["textDocument": ["hover": ["contentFormat": ["plaintext"]]]]
    #expect(try hover("let a = #8▲b5a2b", capabilities: plain) == "#8b5a2b  rgb(139, 90, 43)")
  }

  @Test("hovering over a word of the language tells how it is written and what it means")
  func hoverWords() throws {
    #expect(try hover("fe▲dit 1")?.hasPrefix("```fedit\nfedit 1\n```") == true)
    #expect(try hover("param a: num▲ber = 1")?.contains("at most 1000000") == true)
    let edit = try hover(sunglasses.replacing("edit \"sun", with: "ed▲it \"sun"))
    #expect(edit?.hasSuffix("Pass 1: 5 strokes, seed 7.") == true)
    #expect(try hover("let a = circle((1, 2), 3).moved(b▲y: (1, 2))")?.contains("by: point") == true)
    #expect(try hover("let a = (1, 2).▲x")?.contains("a point's x") == true)
    #expect(try hover("// com▲ment") == nil)
    #expect(try hover("let a = 1 ▲  ") == nil)
  }

  @Test("hovering over a path tells what the file is")
  func hoverPaths() throws {
    var host = MapHost()
    host.scripts["/w/lib.fedit"] = "param wide: number = 3\ndef dot(at: point) = circle(at, wide)\n"
    #expect(try hover("photo \"p▲.png\"") == "`p.png`: 256 × 256 pixels")
    #expect(
      try hover("model \"por▲trait-256\"")
        == "`portrait-256`: shipped with fedit, trained at 256 × 256 pixels")
    #expect(
      try hover("use \"l▲ib.fedit\"", host: host)
        == "`lib.fedit` introduces\n\n- `param wide: number = 3`\n- `def dot(at: point)`")
  }

  // MARK: Completion

  private func complete(_ marked: String, host: MapHost = MapHost()) throws -> [JSON] {
    let marked = Marked(marked)
    let client = try Client(open: marked.text, host: host)
    return try client.ask("completion", at: marked.position)["items"].array
  }

  private func labels(_ marked: String, host: MapHost = MapHost()) throws -> [String] {
    try complete(marked, host: host).map { $0["label"].string }
  }

  @Test("statements are offered where they may stand")
  func completeStatements() throws {
    let top = try labels("▲")
    #expect(top.contains("photo") && top.contains("edit") && top.contains("fedit") && !top.contains("mask"))
    let edit = try labels("def dot(at: point) { mask circle(at, 3) }\nedit \"a\" {\n  ▲\n}")
    #expect(edit.first == "dot" && edit.contains("mask") && edit.contains("seed") && !edit.contains("photo"))
    let procedure = try labels("def dot(at: point) {\n  m▲\n}")
    #expect(procedure.contains("mask") && !procedure.contains("seed") && !procedure.contains("edit"))
    #expect(
      try labels("edit \"a\" { paint circle((1, 2), 3) { ▲ } }") == ["color", "erase", "mask", "sketch"])
    #expect(try labels("edit \"a\" {\n  in face {\n    ▲\n  }\n}").contains("mask"))
    #expect(try labels("let a = 1 // ▲").isEmpty)
    #expect(try labels("let ▲").isEmpty)
  }

  @Test("what fits the place comes first")
  func completeExpressions() throws {
    let base = "param tint: color = red\nlet wide = 3\nlet ring = circle((1, 2), 3)\n"
    #expect(try labels(base + "edit \"a\" { mask ▲ }").first == "ring")
    #expect(try labels(base + "edit \"a\" { color ring with ▲ }").first == "tint")
    #expect(try labels(base + "edit \"a\" { color ring with ▲ }").contains("cornflowerblue"))
    #expect(try !labels(base + "edit \"a\" { mask ▲ }").contains("cornflowerblue"))
    #expect(try labels(base + "edit \"a\" { mask ring brush ▲ }").first == "wide")
    let afterMask = try labels(base + "edit \"a\" { mask ring ▲ }")
    #expect(afterMask == ["as", "at", "brush", "size"])
    let afterColor = try labels(base + "edit \"a\" { color ring ▲ }")
    #expect(afterColor == ["as", "at", "brush", "size", "with"])
    let afterRecolor = try labels(base + "edit \"a\" { recolor ring ▲ }")
    #expect(afterRecolor == afterColor)
    #expect(try labels(base + "edit \"a\" { warp ring ▲ }") == ["as", "reach", "to"])
    #expect(try labels(base + "edit \"a\" { warp ring to ▲ }").first == "ring")
    #expect(try labels(base + "edit \"a\" { warp ring to ring ▲ }") == ["as", "reach"])
    #expect(try labels("face eyes (1, 2), (3, 4) ▲") == ["mouth"])
    #expect(try labels("face ▲") == ["auto", "eyes"])
    #expect(try labels("region (0, 0) ▲") == ["size"])
    #expect(try labels("region (0, 0) size 256 ▲") == ["at"])
    #expect(try labels("edit \"a\" { blend ▲ }") == ["feather", "none"])
    #expect(try labels("edit \"a\" { in ▲ }") == ["face", "moved", "rotated", "scaled"])
    #expect(try labels("edit \"a\" { erase ▲ }") == ["color", "mask", "sketch"])
    #expect(try labels("param a: ▲") == ["bool", "color", "number", "point", "string"])
    #expect(
      try labels("def a(b: ▲") == [
        "angle", "bool", "color", "list", "number", "point", "shape", "string",
      ])
    #expect(try labels("let wide = 3\nlet b = \"wide: \\(▲)\"").first == "wide")
  }

  @Test("names are offered in their scope only")
  func completeScopes() throws {
    let text = """
      let first = 1
      for i in 0..<3 {
        let inside = i
        assert ▲
      }
      let later = 2
      """
    let found = try labels(text)
    #expect(found.contains("first") && found.contains("i") && found.contains("inside"))
    #expect(!found.contains("later"))
    let face = "face eyes (1, 2), (3, 4)\nedit \"a\" { in face { mask circle(▲, 3) } }"
    #expect(try labels(face).prefix(3).contains("left_eye"))
    let inDefinition = "def dot(at: point) = circle(at, ▲)\nlet later = 2"
    #expect(try labels(inDefinition).contains("later"))
    #expect(try labels(inDefinition).contains("at"))
  }

  @Test("named arguments, members and the names of used files are offered")
  func completeCallsAndMembers() throws {
    var host = MapHost()
    host.scripts["/w/lib.fedit"] = "param wide: number = 3\ndef dot(at: point) = circle(at, wide)\n"
    let call = "def lens(at: point, wide: number = 2) = circle(at, wide)\nlet a = lens("
    #expect(try labels(call + "▲").contains("at:") && labels(call + "▲").contains("wide:"))
    #expect(try labels(call + "at: (1, 2), ▲").contains("wide:"))
    #expect(try !labels(call + "at: (1, 2), ▲").contains("at:"))
    #expect(try labels("let a = circle((1, 2), 3).▲") == ["grown", "mirrored", "moved", "rotated", "scaled"])
    #expect(
      try labels("let a = circle((1, 2), 3).gr▲") == ["grown", "mirrored", "moved", "rotated", "scaled"])
    #expect(try labels("let p = (1, 2)\nlet a = p.▲\nlet b = 3") == ["x", "y"])
    #expect(
      try labels("edit \"a\" { in moved(by: (1, 2)).▲ { } }") == ["moved", "rotated", "scaled"])
    #expect(try labels("use \"lib.fedit\" as lib\nlet a = lib.▲", host: host) == ["wide", "dot"])
    #expect(try labels("use \"lib.fedit\"\nlet a = ▲", host: host).contains("dot"))
  }

  @Test("files and models are offered in strings, and quoted where no string was begun")
  func completePaths() throws {
    var host = MapHost()
    host.scripts["/w/lib.fedit"] = ""
    host.pictures["/w/masks/m.png"] = (8, 8)
    #expect(try labels("photo \"▲\"", host: host) == ["p.png", "masks/"])
    #expect(try labels("photo \"▲", host: host) == ["p.png", "masks/"])
    #expect(try labels("use \"▲\"", host: host) == ["lib.fedit", "masks/"])
    #expect(try labels("model \"▲\"", host: host) == ["portrait-256", "masks/"])
    #expect(try labels("edit \"a\" { mask image(\"masks/▲\") }", host: host) == ["m.png"])
    let quoted = try complete("photo ▲", host: host)
    #expect(quoted.first?["textEdit"]["newText"] == "\"p.png\"")
    #expect(try labels("photo \"../▲\"", host: host).isEmpty)
    #expect(try labels("let a = \"▲\"", host: host).isEmpty)
  }

  @Test("a completion replaces the word it stands in, with places to fill in where the client takes them")
  func completionEdits() throws {
    let item = try #require(try complete("edit \"a\" { sk▲et }").first { $0["label"] == "sketch" })
    #expect(item["textEdit"]["range"].rangeText == "0:11-0:15")
    #expect(item["textEdit"]["newText"] == "sketch $0" && item["insertTextFormat"] == 2)
    let marked = Marked("edit \"a\" { sk▲ }")
    let client = try Client(open: marked.text, capabilities: [:])
    let plain = try client.ask("completion", at: marked.position)["items"].array
      .first { $0["label"] == "sketch" }
    #expect(plain?["textEdit"]["newText"] == "sketch" && plain?["insertTextFormat"] == 1)
    let color = try #require(try complete("let a = tea▲").first { $0["label"] == "teal" })
    #expect(color["kind"] == 16 && color["detail"] == "#008080")
  }

  @Test("a call's signature marks the parameter that is being written")
  func signatures() throws {
    func help(_ marked: String) throws -> String {
      let marked = Marked(marked)
      let client = try Client(open: marked.text)
      let result = try client.ask("signatureHelp", at: marked.position)
      if result.isNull { return "none" }
      let label = result["signatures"][0]["label"].string
      guard let active = result["activeParameter"].int else { return label }
      let place = result["signatures"][0]["parameters"][active]["label"]
      guard let start = place[0].int, let end = place[1].int else { return label + " / -" }
      return label + " / " + String(decoding: Array(label.utf16)[start..<end], as: UTF16.self)
    }
    #expect(
      try help("let a = arc(▲")
        == "arc(center: point, radius: number, from: angle, to: angle) → shape / center: point")
    #expect(try help("let a = arc((1, 2), ▲)").hasSuffix("/ radius: number"))
    #expect(try help("let a = arc((1, ▲").hasSuffix("/ center: point"))
    #expect(try help("let a = arc(to: 3deg, ▲").hasSuffix("/ center: point"))
    #expect(try help("let a = line((1, 2), (3, 4), ▲") == "line(point, point, …) → shape / point")
    #expect(
      try help("def lens(at: point, wide: number = 2) = circle(at, wide)\nlet a = lens((1, 2), ▲)")
        == "lens(at: point, wide: number = 2) → shape / wide: number = 2")
    #expect(try help("let a = circle((1, 2), 3, ▲").hasSuffix(" / -"))
    #expect(try help("let a = (1, ▲") == "none")
  }

  // MARK: Navigation

  private static let library = """
    param wide: number = 3
    def dot(at: point) = circle(at, wide)
    """

  func host() -> MapHost {
    var host = MapHost()
    host.scripts["/w/lib.fedit"] = Self.library
    host.scripts["/w/other.fedit"] =
      "use \"lib.fedit\" as lib\nphoto \"p.png\"\nedit \"b\" { mask lib.dot(at: (5, lib.wide)) }"
    return host
  }

  private func places(_ locations: JSON) -> [String] {
    locations.array.map { "\($0["uri"].string.split(separator: "/").last ?? "") \($0["range"].rangeText)" }
  }

  @Test("a name leads to its definition, also in a used file; a path to its file")
  func definitions() throws {
    func definition(_ marked: String) throws -> [String] {
      let marked = Marked(marked)
      return places(try Client(open: marked.text, host: host()).ask("definition", at: marked.position))
    }
    #expect(try definition("let a = 1\nlet b = ▲a") == ["main.fedit 0:4-0:5"])
    #expect(try definition("use \"lib.fedit\"\nlet b = d▲ot((1, 2))") == ["lib.fedit 1:4-1:7"])
    #expect(try definition("use \"lib.fedit\" as lib\nlet b = lib.d▲ot((1, 2))") == ["lib.fedit 1:4-1:7"])
    #expect(try definition("use \"lib.fedit\" as lib\nlet b = l▲ib.dot((1, 2))") == ["main.fedit 0:19-0:22"])
    #expect(try definition("use \"lib.fedit\"\nlet b = dot(a▲t: (1, 2))") == ["lib.fedit 1:8-1:10"])
    #expect(try definition("use \"l▲ib.fedit\"") == ["lib.fedit 0:0-0:0"])
    #expect(try definition("photo \"▲p.png\"") == ["p.png 0:0-0:0"])
    #expect(try definition("let a = el▲lipse((1, 2), (3, 4))") == [])
    #expect(try definition("let a = 1\nlet b = \"\\(▲a)\"") == ["main.fedit 0:4-0:5"])
  }

  @Test("references are found in all scripts of the workspace that use the name")
  func references() throws {
    let marked = Marked("use \"lib.fedit\"\nlet b = d▲ot((1, wide))")
    let client = try Client(open: marked.text, host: host())
    #expect(
      places(try client.ask("references", at: marked.position, ["context": ["includeDeclaration": true]]))
        == [
          "lib.fedit 1:4-1:7", "main.fedit 1:8-1:11", "other.fedit 2:20-2:23",
        ])
    #expect(
      places(try client.ask("references", at: marked.position, ["context": ["includeDeclaration": false]]))
        == [
          "main.fedit 1:8-1:11", "other.fedit 2:20-2:23",
        ])
  }

  @Test("the other places of a name are marked")
  func highlights() throws {
    let marked = Marked("let a = 1\nlet b = ▲a + a\nfor a2 in 0..<2 { assert a > a2 }")
    let client = try Client(open: marked.text)
    let found = try client.ask("documentHighlight", at: marked.position).array
    #expect(
      found.map { "\($0["range"].rangeText) \($0["kind"].int ?? 0)" } == [
        "0:4-0:5 3", "1:8-1:9 2", "1:12-1:13 2", "2:25-2:26 2",
      ])
  }

  // MARK: Rename

  private func rename(_ marked: String, to name: String) throws -> [String] {
    let marked = Marked(marked)
    let client = try Client(open: marked.text, host: host())
    let result = try client.ask("rename", at: marked.position, ["newName": .string(name)])
    return result["documentChanges"].array.flatMap { change in
      change["edits"].array.map {
        "\(change["textDocument"]["uri"].string.split(separator: "/").last ?? "") \($0["range"].rangeText) \($0["newText"].string)"
      }
    }
  }

  @Test("a name is changed everywhere, in used files, their users and named arguments")
  func rename() throws {
    #expect(
      try rename("use \"lib.fedit\"\nlet b = d▲ot((1, wide))", to: "spot") == [
        "lib.fedit 1:4-1:7 spot", "main.fedit 1:8-1:11 spot", "other.fedit 2:20-2:23 spot",
      ])
    #expect(
      try rename("use \"lib.fedit\"\nlet b = dot(a▲t: (1, wide))", to: "center") == [
        "lib.fedit 1:8-1:10 center", "lib.fedit 1:28-1:30 center", "main.fedit 1:12-1:14 center",
        "other.fedit 2:24-2:26 center",
      ])
    #expect(
      try rename("let 𝒳▲ = 1\nlet b = \"\\(𝒳) 𝒳\"", to: "x") == [
        "main.fedit 0:4-0:6 x", "main.fedit 1:11-1:13 x",
      ])
  }

  @Test(
    "a name that cannot be, that is taken, or that would hide another is refused",
    arguments: [
      ("let ▲a = 1", "2b", "is no name"), ("let ▲a = 1", "a b", "is no name"),
      ("let ▲a = 1", "", "is no name"),
      ("let ▲a = 1", "mask", "is a word of the language"),
      ("let ▲a = 1", "photo", "is a word of the language"),
      ("let ▲a = 1", "circle", "is a function of the language"),
      ("let ▲a = 1\nlet b = a", "b", "is defined already"),
      ("let ▲a = 1\nfor i in 0..<2 { assert a < i }", "i", "is defined already"),
      ("let ▲a = 1\ndef f(b: number) = a + b", "b", "is defined already"),
      ("let ▲a = 1\nlet c = red", "red", "is the name of something else"),
      ("let a = ▲red", "rot", "belongs to the language"), ("let a = ▲1", "b", "there is no name here"),
    ])
  func renameRefusals(_ marked: String, _ name: String, _ reason: String) {
    do {
      let edits = try rename(marked, to: name)
      Issue.record("\(name) was taken: \(edits)")
    } catch let refusal as Client.Refusal {
      #expect(refusal.message.contains(reason), "\(refusal.message)")
    } catch {
      Issue.record("\(error)")
    }
  }

  @Test("what is about to be renamed is shown, and what belongs to the language refused")
  func prepareRename() throws {
    let marked = Marked("let size = 1\nlet b = si▲ze")
    let client = try Client(open: marked.text)
    let result = try client.ask("prepareRename", at: marked.position)
    #expect(result["range"].rangeText == "1:8-1:12" && result["placeholder"] == "size")
    #expect(throws: Client.Refusal.self) {
      try client.ask("prepareRename", at: ["line": 0, "character": 1])
    }
  }

  // MARK: Formatting

  @Test("formatting changes the lines that need it and no others")
  func formatting() throws {
    let text = "let a = 1\nlet   b=2\nlet c = 3\nedit \"e\" {\nmask circle( (1,2),3 )\n}\n"
    let client = try Client()
    client.open(text)
    let edits = try client.request(
      "textDocument/formatting",
      ["textDocument": ["uri": .string(Client.main)], "options": ["tabSize": 4, "insertSpaces": true]]
    ).array
    #expect(edits.map { $0["range"].rangeText } == ["1:0-2:0", "4:0-5:0"])
    #expect(edits.first?["newText"] == "let b = 2\n")
    let some = try client.request(
      "textDocument/rangeFormatting",
      [
        "textDocument": ["uri": .string(Client.main)],
        "range": ["start": ["line": 0, "character": 0], "end": ["line": 1, "character": 3]],
        "options": ["tabSize": 4, "insertSpaces": true],
      ]
    ).array
    #expect(some.map { $0["range"].rangeText } == ["1:0-2:0"])
    client.replace("let a = (1")
    #expect(throws: Client.Refusal.self) {
      try client.request("textDocument/formatting", client.document())
    }
  }

  // MARK: Outline

  private func outline(_ symbols: JSON, _ indent: String = "") -> String {
    symbols.array.map {
      "\(indent)\($0["name"].string) [\($0["detail"].string)] \($0["range"].rangeText)\n"
        + outline($0["children"], indent + "  ")
    }.joined()
  }

  @Test("the outline has edits, definitions, parameters and labelled strokes")
  func documentSymbols() throws {
    let client = try Client()
    client.open(sunglasses)
    #expect(
      outline(try client.request("textDocument/documentSymbol", client.document())) == """
        p.png [photo] 3:0-3:13
        tint [param color = #20242c] 6:0-6:41
        lens [(at: point)] 9:0-9:47
        sunglasses [edit] 11:0-21:1
          both [lens(left_eye) + lens(right_eye)] 14:8-14:51
          bridge [sketch] 19:8-19:75
        portrait-sunglasses.png [save] 23:0-23:30

        """)
    let flat = try Client(open: sunglasses, capabilities: [:])
    let symbols = try flat.request("textDocument/documentSymbol", flat.document()).array
    #expect(
      symbols.map { $0["containerName"].string }.filter { !$0.isEmpty } == ["sunglasses", "sunglasses"])
    let found = try flat.request("workspace/symbol", ["query": "len"]).array
    #expect(found.map { $0["name"] } == ["lens"])
  }

  @Test("blocks, comments and lists fold")
  func folding() throws {
    let client = try Client()
    client.open(
      """
      // one
      // two
      use "a.fedit"
      use "b.fedit"
      /* three
         four */
      edit "a" {
        mask polygon(
          (1, 2),
          (3, 4),
          (5, 6)
        )
      }
      """)
    let ranges = try client.request("textDocument/foldingRange", client.document()).array
    #expect(
      ranges.map { "\($0["startLine"].int ?? -1)-\($0["endLine"].int ?? -1) \($0["kind"].string)" } == [
        "0-1 comment", "2-3 imports", "4-5 comment", "6-11 ", "7-10 ",
      ])
  }

  @Test("a selection grows from the word to the value, the statement, the block, the script")
  func selection() throws {
    let marked = Marked("edit \"a\" {\n  mask circle((1▲0, 2), 3)\n}")
    let client = try Client(open: marked.text)
    var range = try client.request(
      "textDocument/selectionRange",
      ["textDocument": ["uri": .string(Client.main)], "positions": [marked.position]])[0]
    var found: [String] = []
    while !range.isNull {
      found.append(range["range"].rangeText)
      range = range["parent"]
    }
    #expect(
      found == ["1:15-1:17", "1:14-1:21", "1:7-1:25", "1:2-1:25", "0:9-2:1", "0:0-2:1"])
  }
}
