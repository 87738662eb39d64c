import FeditPlan
import FeditProgram
import FeditText

extension PlanExpert {
  /// Which expert fills an edit, and why, for people.
  var words: String {
    let name = terminalSafe(self.name)
    switch reason {
    case .written: return "expert \(name)  (as written)"
    case .ranked(let category, let figures):
      guard let own = figures.means[self.name] else {
        return "expert \(name)  (\(category.words): not measured, so the ranking's default)"
      }
      let tasks = figures.tasks == 1 ? "1 task" : "\(figures.tasks) tasks"
      let others = figures.means.filter { $0.key != self.name }.sorted {
        ($0.value, $0.key) < ($1.value, $1.key)
      }
      let beside = others.first.map { ", \(terminalSafe($0.key)) \(Self.text($0.value))" } ?? ""
      // Guidance that healing can't follow, or a difference that may be chance.
      let isDefault = others.first.map { $0.value < own } ?? false ? ", the ranking's default" : ""
      return "expert \(name)  (\(category.words): \(Self.text(own))\(beside), \(tasks)\(isDefault))"
    }
  }

  private static func text(_ value: Double) -> String { numberText(value, decimals: 3) }

  /// The same for programs.
  var json: OrderedJSON {
    var members: [(String, OrderedJSON)] = [
      ("name", .string(name)), ("kind", .string(model?.source.kind ?? PlanExpert.heal)),
    ]
    if case .ranked(let category, let figures) = reason {
      members += [
        ("part", category.part.map { .string($0.rawValue) } ?? .null),
        ("guidance", category.guidance.map { .string($0.rawValue) } ?? .null),
        ("size", category.size.map { .string($0.rawValue) } ?? .null), ("tasks", .integer(figures.tasks)),
        (
          "means",
          .object(figures.means.sorted { $0.key < $1.key }.map { ($0.key, .number($0.value)) })
        ),
      ]
    }
    return .object(members)
  }
}
