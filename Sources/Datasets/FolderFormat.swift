/// A data set of several files under names of their own.
protocol FolderFormat {
  /// The format's name, for messages.
  static var title: String { get }
  /// Whether one of its files is there.
  static func isIn(_ folder: Folder) throws(DatasetError) -> Bool
  /// The set in a folder that holds at least one of its files.
  static func open(_ folder: Folder, _ holdout: Holdout) throws(DatasetError) -> Dataset
}
