import FeditLanguageServer
import FeditTestSupport
import Testing

extension FeatureTests {
  // MARK: Colours and tokens

  @Test("colours written out are found, whatever their form")
  func documentColors() throws {
    let client = try Client()
    client.open(
      """
      let a = #ff8000
      let b = [rgb(0, 51, 255), hsl(120deg, 1, 0.5), teal]
      let c = mix(#fff, black, 0.5)
      let d = rgb(1, 2, 3 + 4)
      let e = "red"
      """)
    let found = try client.request("textDocument/documentColor", client.document()).array
    #expect(
      found.map { $0["range"].rangeText } == [
        "0:8-0:15", "1:9-1:24", "1:26-1:45", "1:47-1:51", "2:12-2:16", "2:18-2:23",
      ])
    #expect(found.first?["color"]["red"] == 1 && found.first?["color"]["blue"] == 0)
  }

  @Test("a picked colour is offered in every form, the written one first")
  func colorPresentations() throws {
    let client = try Client()
    client.open("let b = hsl(120deg, 1, 0.5)")
    func labels(_ red: Double, _ green: Double, _ blue: Double, _ start: Int, _ end: Int) throws -> [String] {
      try client.request(
        "textDocument/colorPresentation",
        [
          "textDocument": ["uri": .string(Client.main)],
          "color": ["red": .double(red), "green": .double(green), "blue": .double(blue), "alpha": 1],
          "range": [
            "start": ["line": 0, "character": .int(start)], "end": ["line": 0, "character": .int(end)],
          ],
        ]
      ).array.map { $0["label"].string }
    }
    #expect(
      try labels(1, 0, 0, 8, 27) == [
        "hsl(0deg, 1, 0.5)", "#ff0000", "rgb(255, 0, 0)", "oklch(0.63, 0.26, 29.2deg)", "red",
      ])
    #expect(try labels(0.5, 0.25, 0.1, 0, 0).first == "#80401a")
  }

  /// Tokens as `text:type.modifiers`.
  private func tokens(_ data: JSON, _ text: String) -> [String] {
    let types = [
      "comment", "keyword", "string", "number", "type", "parameter", "variable", "property", "function",
      "method",
      "namespace", "enumMember",
    ]
    let lines = text.components(separatedBy: "\n").map { Array($0.utf16) }
    let numbers = data.array.compactMap(\.int)
    var result: [String] = []
    var (line, character) = (0, 0)
    for index in stride(from: 0, to: numbers.count, by: 5) {
      character = numbers[index] > 0 ? numbers[index + 1] : character + numbers[index + 1]
      line += numbers[index]
      let word = String(decoding: lines[line][character..<(character + numbers[index + 2])], as: UTF16.self)
      result.append(
        "\(word):\(types[numbers[index + 3]])\(numbers[index + 4] == 0 ? "" : ".\(numbers[index + 4])")")
    }
    return result
  }

  @Test("tokens are told with what they mean")
  func semanticTokens() throws {
    let text = """
      // ü😀
      param tint: color = teal "a \\(1) b"
      def dot(at: point) = circle(at, 3).moved(by: (at.x, 2))
      edit "e" { in face { mask dot(at: left_eye) brush 4 } }
      /* a
      b */ for i in 0..<2 { assert i > 1 }
      """
    let client = try Client()
    client.open("face eyes (1, 2), (3, 4); " + text)
    let result = try client.request("textDocument/semanticTokens/full", client.document())
    let found = tokens(result["data"], "face eyes (1, 2), (3, 4); " + text)
    #expect(
      found == [
        "face:keyword", "eyes:keyword", "1:number", "2:number", "3:number", "4:number", "// ü😀:comment",
        "param:keyword", "tint:variable.3", "color:type", "teal:enumMember.4", "\"a \\(:string", "1:number",
        ") b\":string", "def:keyword", "dot:function.1", "at:parameter.1", "point:type", "circle:function.4",
        "at:parameter", "3:number", "moved:method.4", "by:parameter", "at:parameter", "x:property",
        "2:number",
        "edit:keyword", "\"e\":string", "in:keyword", "face:keyword", "mask:keyword", "dot:function",
        "at:parameter", "left_eye:variable.6", "brush:keyword", "4:number", "/* a:comment", "b */:comment",
        "for:keyword", "i:variable.1", "in:keyword", "0:number", "2:number", "assert:keyword", "i:variable",
        "1:number",
      ])
  }

  @Test("token changes applied to the last tokens give the new ones")
  func tokenDeltas() throws {
    let client = try Client()
    client.open(sunglasses)
    let first = try client.request("textDocument/semanticTokens/full", client.document())
    client.replace(sunglasses.replacing("let both", with: "let extra = 3\n        let both"))
    let delta = try client.request(
      "textDocument/semanticTokens/full/delta",
      ["textDocument": ["uri": .string(Client.main)], "previousResultId": first["resultId"]])
    var data = first["data"].array
    for edit in delta["edits"].array {
      let start = try #require(edit["start"].int)
      data.replaceSubrange(
        start..<(start + (try #require(edit["deleteCount"].int))), with: edit["data"].array)
    }
    let full = try client.request("textDocument/semanticTokens/full", client.document())
    #expect(data == full["data"].array)
    #expect((delta["edits"][0]["data"].array.count) < 30)
    let lost = try client.request(
      "textDocument/semanticTokens/full/delta",
      ["textDocument": ["uri": .string(Client.main)], "previousResultId": "gone"])
    #expect(lost["data"].array == full["data"].array)
    let range: JSON = ["start": ["line": 14, "character": 0], "end": ["line": 15, "character": 0]]
    let part = try client.request(
      "textDocument/semanticTokens/range", ["textDocument": ["uri": .string(Client.main)], "range": range])
    #expect(part["data"].array.count == 5 * 3)
  }

  @Test("paths are links")
  func links() throws {
    let client = try Client(open: "photo \"p.png\"\nuse \"lib.fedit\"\nuse \"gone.fedit\"", host: host())
    let found = try client.request("textDocument/documentLink", client.document()).array
    #expect(
      found.map { "\($0["range"].rangeText) \($0["target"].string)" } == [
        "0:7-0:12 file:///w/p.png", "1:5-1:14 file:///w/lib.fedit",
      ])
  }
}
