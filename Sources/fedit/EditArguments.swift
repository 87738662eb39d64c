import ArgumentParser
import FeditFiles
import FeditPlan
import FeditStudio
import FeditText
import Foundation

import struct FeditSyntax.SourceLocation

/// What `fedit edit` is asked to do, read from its options; files of points are read later.
enum EditArguments {
  case move(SourceLocation, Int, Point, SourceLocation?)
  case draw(String, SourceLocation?)
  case redraw(SourceLocation, String)
  case delete(SourceLocation)
  case set(SourceLocation, String, String)
  case detach(SourceLocation)
  case parameter(SourceLocation)

  /// - Throws: `ValidationError` where a value has not the form that it should have.
  init(_ command: EditCommand) throws {
    if let move = command.move {
      let form = "--move takes LINE:COLUMN:HANDLE and DX,DY, such as 9:5:1 4,-2"
      let (place, by) = try Self.pair(move, form)
      let numbers = place.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
      let parts = by.split(separator: ",", omittingEmptySubsequences: false).map { Double(String($0)) }
      guard numbers.count == 3, parts.count == 2, let line = numbers[0], let column = numbers[1],
        let handle = numbers[2], let x = parts[0], let y = parts[1], x.isFinite, y.isFinite
      else { throw ValidationError(form + ", found '\(move)'") }
      let literal = try command.literal.map { try Self.place($0, "--literal") }
      self = .move(SourceLocation(line: line, column: column), handle, Point(x, y), literal)
    } else if let draw = command.draw {
      self = .draw(draw, try command.after.map { try Self.place($0, "--after") })
    } else if let redraw = command.redraw {
      let (place, file) = try Self.pair(redraw, "--redraw takes LINE:COLUMN and a file of points")
      self = .redraw(try Self.place(place, "--redraw"), file)
    } else if let delete = command.delete {
      self = .delete(try Self.place(delete, "--delete"))
    } else if let set = command.set {
      let form = "--set takes LINE:COLUMN:MODIFIER and a value, such as 9:5:brush 3"
      let (place, value) = try Self.pair(set, form)
      guard let colon = place.lastIndex(of: ":"), colon != place.startIndex else {
        throw ValidationError(form + ", found '\(set)'")
      }
      self = .set(
        try Self.place(String(place[..<colon]), "--set"), String(place[place.index(after: colon)...]), value)
    } else if let detach = command.detach {
      self = .detach(try Self.place(detach, "--detach"))
    } else {
      self = .parameter(try Self.place(command.parameter ?? "", "--param"))
    }
  }

  /// The gesture, with the points read.
  ///
  /// - Throws: `FileError`, `CommandFailure`.
  func gesture(of command: EditCommand) throws -> Gesture {
    switch self {
    case .move(let place, let handle, let by, let literal):
      return .move(at: place, handle: handle, by: by, picked: literal)
    case .draw(let file, let after):
      let style = StrokeStyle(
        color: command.color, brush: command.brush, erases: command.layer, isMirrored: command.mirrored)
      return .draw(
        points: try Self.points(file), tool: command.tool, style: style, after: after,
        smoothing: command.smoothing, recognize: !command.asDrawn)
    case .redraw(let place, let file):
      return .redraw(at: place, points: try Self.points(file), smoothing: command.smoothing)
    case .delete(let place): return .delete(at: place)
    case .set(let place, let modifier, let value): return .set(at: place, modifier: modifier, value: value)
    case .detach(let place): return .detach(at: place)
    case .parameter(let place): return .extractParam(at: place)
    }
  }

  // MARK: Pairs of arguments

  /// Options that take two arguments, which swift-argument-parser does not know: the second may begin with a dash.
  private static let pairs: Set<String> = ["--move", "--redraw", "--set"]

  /// A command line in which the two arguments of an option are one, with a space between.
  static func paired(_ arguments: [String]) -> [String] {
    guard arguments.first == "edit" else { return arguments }
    var result: [String] = []
    var index = 0
    while index < arguments.count {
      let argument = arguments[index]
      if argument == "--" { return result + arguments[index...] }
      if pairs.contains(argument), index + 2 < arguments.count, !arguments[index + 1].contains(" ") {
        result.append("\(argument)=\(arguments[index + 1]) \(arguments[index + 2])")
        index += 3
      } else {
        result.append(argument)
        index += 1
      }
    }
    return result
  }

  private static func pair(_ text: String, _ form: String) throws -> (String, String) {
    guard let space = text.firstIndex(of: " "), space != text.startIndex else {
      throw ValidationError(form + ", found '\(text)'")
    }
    return (String(text[..<space]), String(text[text.index(after: space)...]))
  }

  private static func place(_ text: String, _ option: String) throws -> SourceLocation {
    let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let line = numbers[0], let column = numbers[1] else {
      throw ValidationError("\(option) takes LINE:COLUMN, such as 9:5, found '\(text)'")
    }
    return SourceLocation(line: line, column: column)
  }

  // MARK: Points

  /// The largest file of points that is read, in bytes.
  private static let pointsLimit = 16 << 20

  /// A file of points.
  private struct PointsFile: Decodable {
    var points: [Point]

    private enum CodingKeys: CodingKey { case points }

    private struct Pair: Decodable {
      var point: Point

      private enum CodingKeys: CodingKey { case x, y }

      init(from decoder: any Decoder) throws {
        if var list = try? decoder.unkeyedContainer() {
          point = Point(try list.decode(Double.self), try list.decode(Double.self))
          guard list.isAtEnd else {
            throw DecodingError.dataCorruptedError(in: list, debugDescription: "a point has two numbers")
          }
          return
        }
        let object = try decoder.container(keyedBy: CodingKeys.self)
        point = Point(try object.decode(Double.self, forKey: .x), try object.decode(Double.self, forKey: .y))
      }
    }

    init(from decoder: any Decoder) throws {
      if let object = try? decoder.container(keyedBy: CodingKeys.self), object.contains(.points) {
        points = try object.decode([Pair].self, forKey: .points).map(\.point)
      } else {
        points = try decoder.singleValueContainer().decode([Pair].self).map(\.point)
      }
    }
  }

  private static func points(_ file: String) throws -> [Point] {
    let bytes =
      file == "-" ? try readStandardInput(limit: pointsLimit) : try readFile(file, limit: pointsLimit)
    do {
      return try JSONDecoder().decode(PointsFile.self, from: Data(bytes)).points
    } catch {
      throw CommandFailure(
        .data, "'\(file)' holds no points",
        hints: ["it is to be a list such as [[12, 30], [14, 31.5]], in photo pixels"])
    }
  }
}
