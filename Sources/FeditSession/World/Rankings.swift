import FeditFiles
import FeditImage
import FeditPixels
import FeditPlan
import FeditProgram
import FeditRaster
import FeditText
import FeditWeights
import Foundation

extension ExpertRanking {
  /// Reads a ranking.
  ///
  /// - Parameters:
  ///   - bytes: JSON, as `encoded()` gives it.
  ///   - name: What messages call the file.
  /// - Returns: The ranking.
  /// - Throws: `WorldProblem` where it is none.
  public static func decoded(_ bytes: [UInt8], name: String) throws(WorldProblem) -> ExpertRanking {
    let again = ["'fedit model rank' makes one"]
    func fault(_ problem: String) -> WorldProblem {
      WorldProblem(.malformed, "'\(terminalSafe(name))' \(problem)", hints: again)
    }
    struct Head: Decodable {
      var format: String
      var version: Int
    }
    let data = Data(bytes)
    guard let head = try? JSONDecoder().decode(Head.self, from: data), head.format == format else {
      throw fault("is no ranking of experts")
    }
    guard head.version == version else {
      throw fault("is a ranking of version \(head.version); this fedit knows version \(version)")
    }
    guard let ranking = try? JSONDecoder().decode(ExpertRanking.self, from: data) else {
      throw fault("is a damaged ranking of experts")
    }
    let names = ranking.experts.map(\.name)
    let known = Set(names)
    guard known.count == names.count, known.contains(ranking.defaultExpert),
      ranking.defaultExpert != PlanExpert.heal,
      ranking.rows.allSatisfy({ known.contains($0.figures.expert) })
    else { throw fault("is a damaged ranking: its rows name experts that it does not have") }
    return ranking
  }

  /// The file's bytes: the same for the same ranking.
  public func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }
}

extension DiskWorld {
  /// A ranking by its file, with its experts found and compared with what was measured.
  public func ranking(_ file: String, from script: String?) throws(WorldProblem) -> PlanRanking {
    guard ExpertRanking.isFile(file) else {
      throw WorldProblem(.malformed, "'\(terminalSafe(file))' is no ranking of experts")
    }
    let path: String
    if let script { path = try resolve(file, from: script) } else { path = PathResolver.real(file) }
    return try ranking(PlanFile(name: file, path: path)) { (name) throws(WorldProblem) in
      guard script != nil else { return PathResolver.real(Self.path(of: name, beside: path)) }
      return try resolve(name, from: path)
    }
  }

  private static func path(of name: String, beside file: String) -> String {
    name.hasPrefix("/") ? name : (file as NSString).deletingLastPathComponent + "/" + name
  }

  /// Opens a ranking's experts.
  ///
  /// - Parameters:
  ///   - file: The ranking.
  ///   - resolve: Where a weight file of it lies.
  /// - Returns: The ranking with their models.
  /// - Throws: `WorldProblem` where one can't be used or is another than was measured.
  package func ranking(
    _ file: PlanFile, resolve: (String) throws(WorldProblem) -> String
  ) throws(WorldProblem) -> PlanRanking {
    let shown = terminalSafe(file.name)
    let bytes: [UInt8]
    do {
      bytes = try readFile(file.path, limit: ExpertRanking.sizeLimit)
    } catch {
      guard exists(file.path) else {
        throw WorldProblem(
          .missing, "there is no ranking '\(shown)'", hints: ["'fedit model rank' makes one"])
      }
      throw WorldProblem(.unreadable, "the ranking '\(shown)' cannot be read: \(error)")
    }
    let ranking = try ExpertRanking.decoded(bytes, name: file.name)
    var models: [String: PlanModel] = [:]
    for expert in ranking.experts where expert.name != PlanExpert.heal {
      models[expert.name] = try model(of: expert, in: shown, resolve)
    }
    return PlanRanking(file: file, ranking: ranking, models: models)
  }

  private func model(
    of expert: ExpertRanking.Expert, in ranking: String, _ resolve: (String) throws(WorldProblem) -> String
  ) throws(WorldProblem) -> PlanModel {
    let name = terminalSafe(expert.name)
    let loaded: LoadedModel
    if expert.kind == "file" {
      let path = try resolve(expert.name)
      guard exists(path) else {
        throw WorldProblem(
          .missing, "the ranking '\(ranking)' names the weight file '\(name)', and it is not there",
          hints: ["paths in a ranking are relative to its folder", "rank again without it: fedit model rank"])
      }
      loaded = try loadedModel(PlanModel(source: .file(PlanFile(name: expert.name, path: path)), size: 0))
    } else {
      loaded = try loadedModel(expert.name, from: nil)
    }
    guard loaded.sha256 == expert.sha256 else {
      throw WorldProblem(
        .malformed,
        "the weights of '\(name)' are not those that the ranking '\(ranking)' measured: SHA-256 "
          + "\(loaded.sha256.prefix(12))…, the ranking has \((expert.sha256 ?? "none").prefix(12))…",
        hints: ["rank again with the new weights: fedit model rank"])
    }
    return loaded.plan
  }

  /// Where an edit's mask lies and how large it is.
  public func maskPlace(
    of edit: PlanEdit, pens: PlanRegion, photo: PlanPhoto, face: FaceGeometry?, side: Double
  ) throws(WorldProblem) -> MaskPlace? {
    var images: [String: Picture] = [:]
    for case .image(let file, _) in edit.strokes.map(\.content) where images[file.path] == nil {
      do { images[file.path] = try pictures.picture(file.path) } catch { throw Self.problem(error) }
    }
    let mask: PhotoMask
    do {
      mask = try Rasterizer.wholeMask(of: edit, pens: pens, photo: photo, images: images)
    } catch {
      throw WorldProblem(.malformed, "\(error)")
    }
    let parts = face.map { FaceParts($0) }
    return MaskPlace(
      mask, in: PixelRect(x: 0, y: 0, width: photo.width, height: photo.height), side: side,
      part: parts.map { parts in { parts.part(at: $0) } })
  }
}
