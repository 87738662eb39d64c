import FeditFiles
import FeditProvenance
import FeditTestSupport
import Foundation
import Testing

@Suite struct PictureMetadataTests {
  private func metadata(_ build: (inout ChunkWriter) -> Void) throws -> PictureMetadata {
    try withTemporaryFolder { folder in
      var writer = ChunkWriter()
      build(&writer)
      try writer.write(to: folder + "/p.png")
      return try PictureMetadata(path: folder + "/p.png")
    }
  }

  private func fault(_ build: (inout ChunkWriter) -> Void) throws -> String {
    try provenanceError { _ = try metadata(build) }.problem
  }

  @Test func theTextsOfAPictureAreRead() throws {
    let found = try metadata {
      $0.appendText(PictureMetadata.scriptKeyword, "photo \"ä.png\"\n")
      $0.append("IDAT", [1, 2, 3])
      $0.appendText(PictureMetadata.lockKeyword, "{}")
      $0.appendText(PictureMetadata.xmpKeyword, XMP.packet(creator: "fedit 1"))
    }
    #expect(found.script == "photo \"ä.png\"\n" && found.lock == "{}")
    #expect(found.digitalSourceType == "compositeWithTrainedAlgorithmicMedia")
    #expect(found.width == 4 && found.height == 4)
  }

  @Test func compressedTextIsRead() throws {
    let text = String(repeating: "edit ", count: 20_000)
    let found = try metadata {
      $0.append(
        "iTXt",
        Array(PictureMetadata.scriptKeyword.utf8) + [0, 1, 0, 0, 0] + ZlibBytes.stored(Array(text.utf8)))
    }
    #expect(found.script == text)
  }

  @Test func aPictureWithoutTextsHasNone() throws {
    let found = try metadata { $0.appendText("Comment", "hello") }
    #expect(found.script == nil && found.lock == nil && found.xmp == nil && found.digitalSourceType == nil)
  }

  @Test func aSmallChunkThatGrowsLargeIsRefused() throws {
    let bomb = ZlibBytes.bomb(of: 0, count: 10_320_001)
    #expect(bomb.count < 70_000)
    let problem = try fault {
      $0.append("iTXt", Array(PictureMetadata.scriptKeyword.utf8) + [0, 1, 0, 0, 0] + bomb)
    }
    #expect(problem.contains("longer than \(PictureMetadata.textLimit) bytes"))
  }

  @Test func malformedTextsAreRefused() throws {
    let key = Array(PictureMetadata.scriptKeyword.utf8)
    #expect(try fault { $0.appendText(PictureMetadata.scriptKeyword, [0x61, 0xFF, 0xFE]) }.contains("UTF-8"))
    #expect(try fault { $0.append("iTXt", key + [0, 1]) }.contains("malformed"))
    #expect(try fault { $0.append("iTXt", key + [0, 0, 0, 65, 66]) }.contains("malformed"))
    #expect(try fault { $0.append("iTXt", key + [0, 1, 0, 0, 0, 1, 2, 3]) }.contains("damaged"))
    #expect(try fault { $0.append("iTXt", key + [0, 0, 0, 0, 0, 65], checksum: 1) }.contains("checksum"))
    #expect(
      try fault {
        $0.appendText(PictureMetadata.scriptKeyword, "a")
        $0.appendText(PictureMetadata.scriptKeyword, "b")
      }.contains("twice"))
  }

  @Test func aHundredThousandChunksAreRefused() throws {
    let problem = try fault { writer in
      var one = ChunkWriter()
      let head = one.bytes.count
      one.appendText("Comment", "x")
      let chunk = Array(one.bytes[head...])
      for _ in 0..<100_000 { writer.bytes += chunk }
    }
    #expect(problem.contains("more than \(PictureMetadata.chunkLimit) chunks"))
  }

  @Test func whatIsNoPictureSaysSo() throws {
    try withTemporaryFolder { folder in
      for bytes in [[], Array("hello".utf8), Array(String(repeating: "text ", count: 100).utf8)] {
        try Data(bytes).write(to: URL(fileURLWithPath: folder + "/p.png"))
        let error = try provenanceError { _ = try PictureMetadata(path: folder + "/p.png") }
        #expect(error.problem == "it is not a PNG file")
      }
      #expect(throws: FileError.self) { try PictureMetadata(path: folder) }
      #expect(throws: FileError.self) { try PictureMetadata(path: folder + "/none") }
    }
  }

  @Test func anyTruncationAndAnyFlippedByteIsReadOrRefused() throws {
    var writer = ChunkWriter()
    writer.appendText(PictureMetadata.scriptKeyword, "edit \"one\" { }")
    writer.append("IDAT", [1, 2, 3])
    writer.append("IEND", [])
    try withTemporaryFolder { folder in
      let path = folder + "/p.png"
      for count in 0..<writer.bytes.count {
        try Data(writer.bytes[..<count]).write(to: URL(fileURLWithPath: path))
        #expect(throws: ProvenanceError.self) { try PictureMetadata(path: path) }
      }
      for position in writer.bytes.indices {
        var flipped = writer.bytes
        flipped[position] ^= 0x41
        try Data(flipped).write(to: URL(fileURLWithPath: path))
        // A flipped byte in a text is found by its checksum: it is never shown changed.
        let found = try? PictureMetadata(path: path)
        #expect(found == nil || found?.script == nil || found?.script == "edit \"one\" { }")
      }
    }
  }

  @Test func theLabelIsWellFormedAndNamesNobody() throws {
    let packet = XMP.packet(creator: "fedit <\"1&2\">")
    #expect(packet.contains("fedit &lt;&quot;1&amp;2&quot;&gt;"))
    #expect(
      packet.contains("http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"))
    #expect(!XMP.packet(creator: nil).contains("CreatorTool"))
  }
}
