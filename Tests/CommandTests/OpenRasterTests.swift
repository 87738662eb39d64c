import FeditImage
import FeditTestSupport
import Foundation
import Testing

@Suite struct OpenRasterTests {
  private static let script =
    head + """
      edit "first & <last>" {
          seed 3; mask circle((60, 60), 20); sketch line((50, 60), (70, 60)); color circle((60, 60), 9) with #804020
      }
      save "out.png"

      """

  private func scratch() throws -> Scratch { try .with("a.fedit", Self.script) }

  /// The members of an archive, unpacked by Python's zipfile, which checks them.
  private func unpack(_ scratch: Scratch, _ name: String) throws -> String {
    let outcome = try scratch.shell(
      """
      python3 - <<'END'
      import zipfile
      with zipfile.ZipFile("\(name)") as archive:
          assert archive.testzip() is None
          archive.extractall("unpacked")
          print("\\n".join(archive.namelist()))
      END
      """)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output
  }

  @Test("a run's OpenRaster file holds photo, mask, sketch, colour and result as layers of the photo's size")
  func run() throws {
    let scratch = try scratch()
    let outcome = try scratch.fedit("run", "a.fedit", "--layers", "all.ora")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let names = try unpack(scratch, "all.ora").split(separator: "\n").map(String.init)
    #expect(names.prefix(2) == ["mimetype", "stack.xml"])
    #expect(String(decoding: try scratch.bytes("unpacked/mimetype"), as: UTF8.self) == "image/openraster")
    let stack = try scratch.bytes("unpacked/stack.xml")
    let text = String(decoding: stack, as: UTF8.self)
    #expect(text.contains("w=\"128\" h=\"128\""))
    #expect(text.contains("<stack name=\"first &amp; &lt;last&gt;\">"))
    let layers = text.matches(of: /<layer name="(\w+)" src="(.+?)" x="(\d+)" y="(\d+)"/).map {
      (name: String($0.1), file: "unpacked/" + String($0.2), x: Int($0.3) ?? -1, y: Int($0.4) ?? -1)
    }
    #expect(layers.map(\.name) == ["result", "sketch", "color", "mask", "photo"])
    #expect(try scratch.picture(layers[0].file).samples == scratch.picture("out.png").samples)
    #expect(try scratch.picture(layers[4].file).samples == scratch.picture("p.png").samples)
    // A line's pixel and one beside it, in the layer of lines.
    let sketch = try scratch.picture(layers[1].file)
    guard case .eight(let samples) = sketch.samples else {
      Issue.record("layers have 8 bits")
      return
    }
    func alpha(_ x: Int, _ y: Int) -> UInt8 {
      samples[((y - layers[1].y) * sketch.width + x - layers[1].x) * 4 + 3]
    }
    #expect([alpha(60, 59), alpha(60, 60)].contains(255))
    #expect(alpha(60, 70) == 0)
    let mask = try scratch.picture(layers[3].file)
    #expect((38...42).contains(mask.width))
    #expect((38...42).contains(layers[3].x))
    #expect(try scratch.picture("unpacked/mergedimage.png").samples == scratch.picture("out.png").samples)
    #expect(try scratch.picture("unpacked/Thumbnails/thumbnail.png").width == 128)
  }

  @Test("'save layers' with a name in .ora writes the same file, which a lock names and verify makes again")
  func save() throws {
    let scratch = try scratch()
    try scratch.write("b.fedit", Self.script + "save layers \"saved.ora\"\n")
    #expect(try scratch.fedit("run", "a.fedit", "--layers", "all.ora").status == 0)
    #expect(try scratch.fedit("lock", "b.fedit").status == 0)
    #expect(try scratch.bytes("saved.ora") == scratch.bytes("all.ora"))
    let verified = try scratch.fedit("verify", "b.fedit")
    #expect(verified.status == 0, "\(verified.errors)")
  }

  @Test("fedit layers writes the same without running, the same bytes each time")
  func layers() throws {
    let scratch = try scratch()
    #expect(try scratch.fedit("layers", "a.fedit", "-o", "a.ora").status == 0)
    #expect(try scratch.fedit("layers", "a.fedit", "-o", "b.ora").status == 0)
    #expect(try scratch.bytes("a.ora") == scratch.bytes("b.ora"))
    _ = try unpack(scratch, "a.ora")
    let text = String(decoding: try scratch.bytes("unpacked/stack.xml"), as: UTF8.self)
    #expect(!text.contains("result"))
    #expect(text.contains("name=\"mask\""))
  }
}
