import FeditPlan

/// One row of a batch: a photo, what is set for it, and where its result goes.
public struct BatchItem: Hashable, Sendable {
  /// A value for one of the recipe's parameters, or a point of the face.
  public struct Setting: Hashable, Sendable {
    /// What `--set` calls it.
    public var name: String
    /// As `--set` takes it.
    public var value: String
  }

  /// From 1, in the order of the list; the same whatever the shard.
  public var row: Int
  /// The line of the list; nil where the photos came from a pattern.
  public var line: Int?
  /// The photo to edit.
  public var photo: PlanFile
  /// In the order of the columns; empty cells are left out.
  public var settings: [Setting]
  /// The result's name below the output folder; empty where the row has none.
  public var output: String
  /// What is wrong with the row itself, so that it can't be run.
  public var problem: String?
}
