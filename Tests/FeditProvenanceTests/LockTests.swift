import FeditProvenance
import Testing

@Suite struct LockTests {
  @Test func aLockIsReadBackFromItsText() throws {
    let lock = sampleLock()
    #expect(try Lock(Array(lock.text.utf8), file: "l") == lock)
  }

  @Test func theTextIsSortedWithOneMemberALine() throws {
    let lines = sampleLock().text.split(separator: "\n")
    let top = lines.filter { $0.hasPrefix("  \"") }.compactMap { $0.split(separator: "\"").dropFirst().first }
    #expect(top == top.sorted() && top.contains("script") && top.contains("versions"))
    #expect(lines.contains("    \"cairo\": \"1.16.0\","))
    #expect(sampleLock().text.hasSuffix("}\n"))
  }

  @Test func oneChangeIsOneLine() {
    var other = sampleLock()
    other.photo.sha256 = String(repeating: "9", count: 64)
    let before = sampleLock().text.split(separator: "\n")
    let after = other.text.split(separator: "\n")
    #expect(zip(before, after).count { $0 != $1 } == 1 && before.count == after.count)
  }

  @Test func namesWithQuotesAndControlCharactersSurvive() throws {
    var lock = sampleLock()
    lock.uses = ["a \"b\" \\ \n \u{1} é \u{2028}": String(repeating: "0", count: 64)]
    #expect(try Lock(Array(lock.text.utf8), file: "l") == lock)
  }

  @Test(arguments: [
    ("", "not valid JSON"), ("[]", "wrong kind"), ("{}", "'lock' is missing"),
    (sampleLock().text.replacing("\"lock\": 1", with: "\"lock\": 2"), "format 2"),
    (sampleLock().text.replacing("\"eeeeee", with: "\"../../"), "SHA-256"),
    (sampleLock().text.replacing("\"seed\": 7", with: "\"seed\": -7"), "not valid"),
    (String(repeating: "[", count: 100_000), "not valid JSON"),
  ])
  func aMalformedLockSaysWhatIsWrong(text: String, expected: String) throws {
    let error = try provenanceError { _ = try Lock(Array(text.utf8), file: "task.fedit.lock") }
    #expect(error.description.contains("task.fedit.lock"))
    #expect(error.problem.contains(expected), "\(error)")
  }

  @Test func whatDiffersIsNamed() {
    let lock = sampleLock()
    #expect(lock.differences(to: lock) == [])
    var now = lock
    now.photo.sha256 = String(repeating: "9", count: 64)
    now.model.sha256 = String(repeating: "8", count: 64)
    now.uses = [:]
    now.images["new.png"] = String(repeating: "7", count: 64)
    now.options.set = [:]
    now.seeds[0].seed = 8
    now.versions["cairo"] = "1.18.0"
    let found = lock.differences(to: now)
    #expect(found.map(\.subject) == [.option, .use, .photo, .image, .model, .seed, .version])
    #expect(found.filter(\.isInput).count == 5)
    let text = found.map(\.description).joined(separator: "\n")
    for part in [
      "portrait.png", "portrait-256", "brows.fedit", "new.png", "--set tint", "edit \"one\"", "cairo",
    ] {
      #expect(text.contains(part), "\(part)")
    }
  }

  @Test func theLockInAPictureNamesNoFolderOfTheMachine() {
    var lock = sampleLock()
    lock.script.name = "/home/alice/edits/task.fedit"
    lock.photo.name = "/home/alice/portrait.png"
    lock.options.photo = "../../alice/portrait.png"
    lock.options.model = "/srv/models/m.safetensors"
    lock.model.name = "/srv/models/m.safetensors"
    let embedded = lock.embedded
    #expect(
      !embedded.text.contains("alice") && !embedded.text.contains("srv") && !embedded.text.contains("/home"))
    #expect(embedded.outputs == [:] && embedded.photo.name == "portrait.png")
    #expect(embedded.images == lock.images)
  }
}
