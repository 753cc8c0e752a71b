/// A data set of several files under names of their own.
protocol FolderFormat {
  /// The format's name, for messages.
  static var title: String { get }
  /// Whether one of its files is there.
  static func isIn(_ folder: Folder) throws(DatasetError) -> Bool
  /// The set in a folder that holds at least one of its files.
  static func open(_ folder: Folder) throws(DatasetError) -> Dataset
}

extension FolderFormat {
  /// Refuses a folder with a single training image.
  static func requireTwo(_ train: RawImages, in folder: Folder) throws(DatasetError) {
    guard train.count >= 2 else {
      throw DatasetError(
        .damaged, "\(folder.path) holds one training image: two are needed, to train and to validate")
    }
  }
}
