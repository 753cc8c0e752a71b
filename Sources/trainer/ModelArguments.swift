import ArgumentParser
import Models
import Training

/// Arguments that the parser does not know: options of the model, or mistakes.
///
/// Options that no model has are refused here, with the nearest name that fits, the command's own included. Whether the
/// run's model has them is Training's to say: a resumed run's model is in its folder.
enum ModelArguments {
  /// The options by name, without dashes, that were given to `command`, which is called `commandName`. Throws
  /// `ValidationError`.
  static func parse(
    _ arguments: [String], of command: any ParsableCommand.Type, _ commandName: String, model: String?
  ) throws -> [String: String] {
    var options: [String: String] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      guard argument.hasPrefix("--"), argument.count > 2 else {
        throw ValidationError(unexpected(argument))
      }
      let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let name = String(parts[0])
      guard ModelCatalogue.all.contains(where: { $0.options.contains { $0.name == name } }) else {
        throw ValidationError(unknown(name, command, commandName, model: model))
      }
      guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst(), !value.isEmpty else {
        throw ValidationError("option --\(name) needs a value")
      }
      guard options.updateValue(value, forKey: name) == nil else {
        throw ValidationError("option --\(name) is given twice")
      }
    }
    return options
  }

  private static func unknown(
    _ name: String, _ command: any ParsableCommand.Type, _ commandName: String, model: String?
  ) -> String {
    let model = model ?? TrainDefaults.model
    let own = ModelCatalogue.all.first { $0.name == model }?.options.map(\.name) ?? []
    let nearest = nearestName(to: name, among: own + command.optionNames).map {
      "; the nearest is --\($0)"
    }
    return
      "neither \(commandName) nor the model \(model) has an option --\(name)\(nearest ?? "")"
  }

  private static func unexpected(_ argument: String) -> String {
    let commands = Trainer.configuration.subcommands.compactMap { $0.configuration.commandName }
    let nearest = nearestName(to: argument, among: commands).map { "; the nearest command is \($0)" }
    return "unexpected argument '\(argument)'\(nearest ?? "")"
  }
}

extension ParsableCommand {
  /// The command's own options, without dashes, in the order of its help.
  static var optionNames: [String] {
    helpMessage(columns: 1000).split(separator: "\n").compactMap { line in
      guard let option = line.split(separator: " ").first(where: { !$0.hasPrefix("-h") }),
        option.hasPrefix("--")
      else { return nil }
      return String(option.dropFirst(2))
    }
  }
}
