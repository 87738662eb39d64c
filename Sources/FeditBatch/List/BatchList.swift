import FeditFiles
import FeditPlan
import FeditProgram
import FeditSession
import FeditSyntax
import FeditText
import Foundation

/// The rows of a batch, from patterns of photos or from a table.
public struct BatchList: Sendable {
  /// The largest list that is read, in bytes.
  public static let sizeLimit = 256 << 20

  /// The list's name, where there is one.
  public private(set) var name: String?
  /// The rows, in the order of the list.
  public private(set) var items: [BatchItem]
  /// Names that columns set, in their order.
  public private(set) var columns: [String] = []

  /// Photos that match patterns, in the order of their paths.
  ///
  /// - Parameters:
  ///   - patterns: as `FileGlob` has them, relative to the current folder.
  ///   - folder: where results go; it is not searched for photos.
  /// - Throws: `UserError` where a pattern matches nothing.
  public init(patterns: [String], folder: String) throws(UserError) {
    let real = PathResolver.real(folder)
    // By their bytes, as `FileGlob` does.
    var found: Set<[UInt8]> = []
    for pattern in patterns {
      let files = FileGlob.files(matching: pattern, outside: real)
      guard !files.isEmpty else {
        throw UserError(
          .unreadable, "no file matches --photos \(quotedName(pattern))",
          hints: [
            "'*' stands for any name and '**' for any folders; photos in the output folder are not taken"
          ])
      }
      found.formUnion(files.map { Array($0.utf8) })
    }
    let paths = found.sorted { $0.lexicographicallyPrecedes($1) }.map { String(decoding: $0, as: UTF8.self) }
    items = paths.enumerated().map { index, path in
      BatchItem(
        row: index + 1, line: nil, photo: PlanFile(name: path, path: PathResolver.real(path)), settings: [],
        output: "", problem: nil)
    }
    name(folder: real)
  }

  /// Rows of a table in CSV. Its first row names the columns: `photo`, relative to the table's folder;
  /// `output`, the result's name below the output folder, where wanted; and what `--set` may set. A column whose
  /// name begins with `#` is left alone, an empty cell sets nothing.
  ///
  /// - Parameters:
  ///   - path: the table.
  ///   - folder: where results go.
  /// - Throws: `FileError`; `UserError` where the table as a whole is wrong. What is wrong with one row
  ///   is the row's `problem`.
  public init(table path: String, folder: String) throws {
    let bytes = try readFile(path, limit: Self.sizeLimit)
    try self.init(
      bytes, name: path, base: (PathResolver.real(path) as NSString).deletingLastPathComponent, folder: folder
    )
  }

  /// As `init(table:folder:)`, from bytes.
  ///
  /// - Parameters:
  ///   - bytes: CSV in UTF-8.
  ///   - name: what errors call the table.
  ///   - base: the folder that photos are relative to.
  ///   - folder: where results go.
  /// - Throws: `UserError`.
  package init(_ bytes: [UInt8], name: String, base: String, folder: String) throws(UserError) {
    let text = try CSVText(bytes, name: name)
    guard let header = text.records.first, header.cells.contains("photo") else {
      throw UserError(
        .data, "\(quotedName(name)) has no column 'photo'",
        hints: ["its first line names the columns, such as: photo,width,color"])
    }
    var seen: Set<String> = []
    for column in header.cells where !column.hasPrefix("#") {
      guard !column.isEmpty else {
        throw UserError(
          .data, "\(quotedName(name)) has a column without a name",
          hints: ["name one that is not for fedit with '#', such as '#note'"])
      }
      guard seen.insert(column).inserted else {
        throw UserError(.data, "\(quotedName(name)) has the column \(quotedName(column)) twice")
      }
    }
    guard text.records.count > 1 else {
      throw UserError(.unreadable, "\(quotedName(name)) has no rows below its columns' names")
    }
    self.name = name
    columns = header.cells.filter { $0 != "photo" && $0 != "output" && !$0.hasPrefix("#") }
    let real = PathResolver.real(folder)
    let resolver = PathResolver(root: real)
    items = text.records.dropFirst().enumerated().map { index, record in
      Self.item(record, row: index + 1, header: header.cells, base: base, resolver)
    }
    self.name(folder: real)
  }

  private static func item(
    _ record: CSVText.Record, row: Int, header: [String], base: String, _ resolver: PathResolver
  ) -> BatchItem {
    var item = BatchItem(
      row: row, line: record.line, photo: PlanFile(name: "", path: ""), settings: [], output: "", problem: nil
    )
    if record.cells.count != header.count {
      item.problem = "the row has \(record.cells.count) cells, and there are \(header.count) columns"
    }
    if record.cells.contains(where: { $0.utf8.contains(0) }) {
      item.problem = "the row has a NUL character in it"
    }
    for (column, cell) in zip(header, record.cells) where !cell.isEmpty {
      switch column {
      case "photo":
        item.photo = PlanFile(
          name: cell, path: PathResolver.real(cell.hasPrefix("/") ? cell : base + "/" + cell))
      case "output": item.output = cell
      case _ where column.hasPrefix("#"): break
      default: item.settings.append(.init(name: column, value: cell))
      }
    }
    if item.problem == nil, item.photo.name.isEmpty { item.problem = "the row names no photo" }
    if item.problem == nil, !item.output.isEmpty {
      if let wrong = Self.problem(output: item.output, resolver) {
        item.problem = wrong
        item.output = ""
      } else {
        item.output = String(resolver.canonical(item.output))
      }
    }
    return item
  }

  private static func problem(output: String, _ resolver: PathResolver) -> String? {
    if let problem = pictureNameProblem(output) { return problem }
    if (output as NSString).lastPathComponent.hasPrefix(".") {
      return "the output \(quotedName(output)) has to have a name before its ending"
    }
    do throws(PathResolver.Problem) {
      _ = try resolver.resolve(output, in: resolver.root)
      return nil
    } catch {
      return "the output \(quotedName(output)) has to be a path below the output folder"
    }
  }

  private mutating func name(folder: String) {
    OutputNames.assign(to: &items)
    OutputNames.refuseClashes(in: &items, folder: folder)
  }

  /// Checks that the recipe has what the columns and `--set` set.
  ///
  /// - Throws: `UserError`.
  public func checkColumns(settable: [String]) throws(UserError) {
    for column in columns where !settable.contains(column) {
      let near = nearestName(to: column, among: settable + ["photo", "output"])
      throw UserError(
        .data,
        "\(quotedName(name ?? "")) has the column \(quotedName(column)), and the recipe has no such parameter"
          + (near.map { "; did you mean '\($0)'?" } ?? ""),
        hints: [
          settable.isEmpty
            ? "the recipe has no parameters" : "it has \(settable.joined(separator: ", "))",
          "a column whose name begins with '#' is left alone",
        ])
    }
  }
}

extension PathResolver {
  /// A path that `resolve` takes in the root's own folder, without `.` and `..`, relative to the root.
  fileprivate func canonical(_ path: String) -> Substring {
    guard let real = try? resolve(path, in: root) else { return path[...] }
    return real.dropFirst(root == "/" ? 1 : root.utf8.count + 1)
  }
}
