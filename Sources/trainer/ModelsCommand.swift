import ArgumentParser
import Models
import Training

/// `trainer models`.
struct ModelsCommand: LocalCommand {
  static let configuration = CommandConfiguration(
    commandName: "models", abstract: "List the models, or one model's options and defaults.")

  @Argument(help: ArgumentHelp("A model's name.", valueName: "name"))
  var name: String?

  func run(console: Console) throws(TrainingError) {
    let models: [any GenerativeModel.Type]
    if let name {
      do { models = [try ModelCatalogue.find(name)] } catch { throw trainingError(error) }
    } else {
      models = ModelCatalogue.all
    }
    models.flatMap(Self.lines).forEach(console.print)
  }

  private static func lines(of model: any GenerativeModel.Type) -> [String] {
    let defaults = model.defaults
    let options = model.options.map { option in
      "    --\(option.name)  \(option.help) (\(option.rangeText); default \(option.defaultText))"
    }
    return ["\(model.name)  \(model.summary)", "    \(model.paper)"] + options + [
      "    defaults: --batch \(defaults.batch) --microbatch \(defaults.microbatch) --steps \(defaults.steps)"
    ]
  }
}
