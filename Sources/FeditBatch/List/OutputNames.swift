import FeditSession
import FeditText
import Foundation

/// Names results after their photos.
///
/// `a/x.jpg` becomes `x.png`. Where that would name two results alike, their folders are mirrored, below what
/// all photos have in common; where photos of one folder differ in their ending alone, the ending is kept; where
/// one photo stands in several rows, the row's number is added. Depends on the whole list alone, so that all
/// shards agree.
enum OutputNames {
  /// - Parameter items: those whose `output` is empty and that have no problem get one.
  static func assign(to items: inout [BatchItem]) {
    let open = items.indices.filter { items[$0].output.isEmpty && items[$0].problem == nil }
    let shared = sharedFolder(open.map { items[$0].photo.path })
    // Many rows may have one photo.
    var names: [String: Names] = [:]
    for index in open where names[items[index].photo.path] == nil {
      names[items[index].photo.path] = Names(items[index].photo.path, below: shared)
    }
    func candidate(_ index: Int, _ stage: Int) -> String {
      let row = items[index].row
      return names[items[index].photo.path].map { $0.candidate(stage, row: row) } ?? "photo-row-\(row).png"
    }
    var stages = [Int: Int](uniqueKeysWithValues: open.map { ($0, 0) })
    let taken = Set(items.filter { !$0.output.isEmpty }.map(\.output))
    while true {
      let groups = Dictionary(grouping: open) { candidate($0, stages[$0, default: 0]) }
      let clashing = groups.filter { $0.value.count > 1 || taken.contains($0.key) }.flatMap(\.value)
        .filter { stages[$0, default: 0] < 3 }
      guard !clashing.isEmpty else { break }
      for index in clashing { stages[index, default: 0] += 1 }
    }
    let outputs = open.map { candidate($0, stages[$0, default: 0]) }
    for (index, output) in zip(open, outputs) { items[index].output = output }
  }

  /// Marks rows whose result would lie where another's does or where a photo lies.
  ///
  /// - Parameters:
  ///   - items: rows with names.
  ///   - folder: the output folder, absolute and real.
  static func refuseClashes(in items: inout [BatchItem], folder: String) {
    var photos: [String: Int] = [:]
    for item in items where photos[item.photo.path] == nil { photos[item.photo.path] = item.row }
    var first: [String: Int] = [:]
    for index in items.indices where items[index].problem == nil {
      let output = items[index].output
      let path = PathResolver.real(folder + "/" + output)
      if let row = photos[path] {
        items[index].problem =
          "its result would lie where the photo of row \(row) lies, and inputs are never overwritten"
      } else if let row = first[path] {
        items[index].problem = "row \(row) writes \(quotedName(output)), too"
      } else {
        first[path] = items[index].row
      }
    }
  }

  /// The parts that a photo's results are named after.
  private struct Names {
    private let stem: String
    private let name: String
    private let folders: String

    init(_ path: String, below shared: [Substring]) {
      let parts = path.split(separator: "/")
      name = parts.last.map(String.init) ?? "photo"
      stem = (name as NSString).deletingPathExtension
      folders = parts.dropLast().dropFirst(shared.count).map { $0 + "/" }.joined()
    }

    func candidate(_ stage: Int, row: Int) -> String {
      switch stage {
      case 0: stem + ".png"
      case 1: folders + stem + ".png"
      case 2: folders + name + ".png"
      default: folders + name + "-row-\(row).png"
      }
    }
  }

  /// The folder that all paths have in common.
  private static func sharedFolder(_ paths: [String]) -> [Substring] {
    guard let first = paths.first else { return [] }
    var shared = Array(first.split(separator: "/").dropLast())
    for path in paths.dropFirst() {
      let parts = path.split(separator: "/").dropLast()
      let count = zip(shared, parts).prefix { $0 == $1 }.count
      shared.removeLast(shared.count - count)
    }
    return shared
  }
}
