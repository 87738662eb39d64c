import FeditPlan
import FeditProvenance
import FeditRaster
import FeditSession
import FeditText

extension ResultDifference {
  /// How far, in words.
  public var words: String {
    guard pixels > 0 else { return "the results are the same" }
    return
      "\(pixels) pixel\(pixels == 1 ? " differs" : "s differ"), by up to \(largest) level\(largest == 1 ? "" : "s")"
  }
}

/// Differences between two scripts as people and programs read them.
public struct DifferenceReport: Sendable {
  /// What the sides are called.
  public var names: (before: String, after: String)
  /// What differs.
  public var differences: [PlanDifference]

  /// A report on differences that were found.
  public init(before: String, after: String, _ differences: [PlanDifference]) {
    names = (before, after)
    self.differences = differences
  }

  /// The differences for people: what concerns the whole script first, then edit by edit; ends in a newline
  /// unless it is empty.
  ///
  /// - Parameters:
  ///   - isColored: For a terminal.
  ///   - saysNothing: Whether nothing is said where nothing differs.
  /// - Returns: Text with control characters escaped, but for the colours.
  public func text(isColored: Bool, saysNothing: Bool) -> String {
    if differences.isEmpty { return saysNothing ? "" : "no difference in meaning\n" }
    func painted(_ text: String, _ code: String) -> String {
      isColored ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
    let lines = [
      painted("--- \(terminalSafe(names.before, limit: 400))", "1"),
      painted("+++ \(terminalSafe(names.after, limit: 400))", "1"),
    ]
    let body = self.lines.map { line in
      let color =
        switch line.kind {
        case nil: "36"
        case .added: "32"
        case .removed: "31"
        case .changed: "33"
        }
      return (line.isInEdit ? "  " : "") + painted(terminalSafe(line.text, limit: 2000), color)
    }
    return (lines + body).joined(separator: "\n") + "\n"
  }

  /// The differences in the order of `text`; the line above those of an edit has no kind.
  var lines: [(kind: PlanDifference.Kind?, isInEdit: Bool, text: String)] {
    var result: [(kind: PlanDifference.Kind?, isInEdit: Bool, text: String)] = []
    var edit: String?
    for difference in differences.filter({ $0.edit == nil }) + differences.filter({ $0.edit != nil }) {
      if let name = difference.edit, name != edit {
        result.append((nil, false, "edit \"\(name)\""))
        edit = name
      }
      var plain = difference
      plain.edit = nil
      result.append((difference.kind, edit != nil, plain.description))
    }
    return result
  }

  /// The differences for programs, with how far the results differ where they were made.
  public func json(_ page: Comparison.Page? = nil) -> String {
    var members: [(String, OrderedJSON)] = [
      ("before", .string(names.before)), ("after", .string(names.after)),
      ("equal", .bool(differences.isEmpty)),
      (
        "differences",
        .array(
          differences.map { difference in
            .object([
              ("kind", .string(difference.kind.rawValue)),
              ("edit", difference.edit.map { .string($0) } ?? .null),
              ("subject", .string(difference.subject)), ("detail", .string(difference.detail)),
            ])
          })
      ),
    ]
    if let difference = page?.difference {
      members.append(
        (
          "result",
          .object([("pixels", .integer(difference.pixels)), ("largest", .integer(difference.largest))])
        ))
    }
    return OrderedJSON.object(members).text + "\n"
  }
}

extension Comparison {
  /// What differs, to be read.
  public var report: DifferenceReport {
    DifferenceReport(before: before.name, after: after.name, differences)
  }
}

extension Plan {
  /// This plan of a script out of a picture and that of a whole script, fit for comparing: the other ends where
  /// this one was cut, and neither has saves.
  ///
  /// - Parameter whole: The plan of a whole script.
  /// - Returns: This plan without saves, and the other one cut.
  public func matched(_ whole: Plan) -> (embedded: Plan, whole: Plan) {
    var (embedded, whole) = (self, whole)
    if case .save(let last, _)? = steps.last,
      let end = whole.steps.firstIndex(where: {
        if case .save(let file, _) = $0 { file.name == last.name } else { false }
      })
    {
      whole.steps.removeSubrange(end...)
    }
    let isEdit = { (step: PlanStep) in if case .edit = step { true } else { false } }
    embedded.steps = embedded.steps.filter(isEdit)
    whole.steps = whole.steps.filter(isEdit)
    return (embedded, whole)
  }
}
