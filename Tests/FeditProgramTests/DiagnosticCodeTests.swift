import FeditProgram
import FeditSyntax
import FeditTestSupport
import Foundation
import Testing

@Suite struct DiagnosticCodeTests {
  private func codes(_ text: String, _ files: [String: String]) -> [String] {
    var world = MapWorld()
    for (name, content) in files { world.scripts["/" + name] = content }
    return plan(SourceText(name: "t.fedit", text), path: "/t.fedit", world: world).diagnostics.map(\.code)
  }

  @Test("each failing example gives its code alone, each working one is clean", arguments: DiagnosticCode.all)
  func examples(_ entry: DiagnosticCode) {
    #expect(codes(entry.working, entry.files) == [])
    if entry.isShown { #expect(codes(entry.failing, entry.files) == [entry.code]) }
  }

  @Test("codes are there once each, with all their texts")
  func table() {
    #expect(Set(DiagnosticCode.all.map(\.code)).count == DiagnosticCode.all.count)
    for entry in DiagnosticCode.all {
      #expect(!entry.title.isEmpty && entry.explanation.count > 30 && !entry.remedy.isEmpty, "\(entry.code)")
    }
  }

  @Test("Docs/errors has a page for each code, made from the table")
  func pages() throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Docs/errors")
    let isRecording = ProcessInfo.processInfo.environment["FEDIT_RECORD"] == "1"
    if isRecording { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }
    var index = "# Errors and warnings\n\n`fedit explain CODE` prints these pages.\n\n"
    var wanted: [String: String] = [:]
    for entry in DiagnosticCode.all {
      wanted[entry.code + ".md"] = entry.markdown
      index += "- [\(entry.code)](\(entry.code).md): \(entry.title)\n"
    }
    wanted["README.md"] = index
    for (name, text) in wanted {
      let file = folder.appendingPathComponent(name)
      if isRecording { try text.write(to: file, atomically: true, encoding: .utf8) }
      let found = try? String(contentsOf: file, encoding: .utf8)
      #expect(found == text, "\(name) is not the table's; record with FEDIT_RECORD=1")
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter {
      $0.hasSuffix(".md")
    }
    #expect(Set(names) == Set(wanted.keys))
    #expect(!isRecording, "recorded; run again without FEDIT_RECORD")
  }
}
