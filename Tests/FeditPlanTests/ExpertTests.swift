import FeditPlan
import Testing

@Suite("Parts of a face, sizes of masks, choice of experts") struct ExpertTests {
  private let face = FaceGeometry(leftEye: Point(98, 122), rightEye: Point(158, 122), mouth: Point(128, 184))

  @Test(
    "a face without outlines has its parts where faces have them",
    arguments: [
      (98, 122, FacePart.eyes), (158, 126, .eyes), (100, 100, .brows), (128, 150, .nose), (128, 186, .mouth),
      (90, 160, .skin), (128, 75, .skin), (128, 20, .hair), (50, 80, .hair), (128, 215, .skin),
      (60, 250, .clothes), (10, 120, .background), (250, 10, .background),
    ])
  func parts(x: Double, y: Double, part: FacePart) { #expect(FaceParts(face).part(at: Point(x, y)) == part) }

  @Test("outlines go before averages, and what lies outside the face may be known better")
  func outlines() {
    var face = face
    face.contours[.lips] = [Point(90, 150), Point(110, 150), Point(110, 170), Point(90, 170)]
    face.contours[.faceShape] = [Point(60, 60), Point(196, 60), Point(196, 230), Point(60, 230)]
    let parts = FaceParts(face)
    #expect(parts.part(at: Point(100, 160)) == .mouth && parts.part(at: Point(128, 186)) != .mouth)
    #expect(parts.part(at: Point(70, 225)) == .skin)
    #expect(parts.part(at: Point(10, 10)) { _ in .clothes } == .clothes)
  }

  @Test("a turned and enlarged face has the same parts")
  func turned() {
    let map = Affine(a: 0, b: 3, c: -3, d: 0, tx: 900, ty: 40)
    let turned = FaceGeometry(
      leftEye: map(face.leftEye), rightEye: map(face.rightEye), mouth: map(face.mouth))
    for y in stride(from: 4.37, to: 256, by: 8) {
      for x in stride(from: 4.61, to: 256, by: 8) {
        #expect(FaceParts(turned).part(at: map(Point(x, y))) == FaceParts(face).part(at: Point(x, y)))
      }
    }
  }

  @Test("thin is by thickness, small by area")
  func sizes() {
    #expect(MaskSize(thickness: 7, area: 30_000, side: 256) == .thin)
    #expect(MaskSize(thickness: 9, area: 2000, side: 256) == .small)
    #expect(MaskSize(thickness: 9, area: 2100, side: 256) == .large)
  }

  private func row(_ category: EditCategory, _ expert: String) -> ExpertRanking.Row {
    .init(category: category, figures: .init(tasks: 9, means: [:], expert: expert, margin: 0))
  }

  @Test(
    "the category's own row goes before that of any part; what was not measured or can't be is the default's")
  func choice() {
    let ranking = ExpertRanking(
      source: .init(
        set: "", pictures: 1, tasks: 1, size: 256, seed: 1, measure: .structure, vgg16: nil, agreement: 1),
      experts: [], defaultExpert: "a", check: .init(single: [:], ranked: 0, gain: 0),
      rows: [
        row(.init(part: .skin, guidance: EditGuidance.none, size: .thin), "heal"),
        row(.init(guidance: EditGuidance.none, size: .thin), "b"),
      ])
    func chosen(_ part: FacePart?, _ size: MaskSize, excluding: Set<String> = []) -> String {
      ranking.choice(for: .init(part: part, guidance: EditGuidance.none, size: size), excluding: excluding)
        .expert
    }
    #expect(chosen(.skin, .thin) == "heal" && chosen(.hair, .thin) == "b" && chosen(nil, .thin) == "b")
    #expect(chosen(.skin, .large) == "a" && chosen(.skin, .thin, excluding: ["heal"]) == "a")
  }
}
