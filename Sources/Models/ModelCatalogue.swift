/// The models there are.
public enum ModelCatalogue {
  /// In the order they are listed; the first is the default.
  public static let all: [any GenerativeModel.Type] = [
    PixelCNN.self,
    VariationalAutoencoder.self,
    BernoulliMixture.self,
  ]

  /// The model of a name.
  public static func find(_ name: String) throws(ModelError) -> any GenerativeModel.Type {
    if let model = all.first(where: { $0.name == name }) { return model }
    let nearest = nearestName(to: name, among: all.map { $0.name })
    throw ModelError(
      .unknownModel, "there is no model '\(name)'" + (nearest.map { "; the nearest is \($0)" } ?? ""))
  }
}
