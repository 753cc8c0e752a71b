/// What values an option takes.
public enum OptionKind: Sendable, Hashable {
  /// A whole number within a range.
  case integer(default: Int, range: ClosedRange<Int>)
}

/// An option a model declares: `--name VALUE` on the command line.
public struct ModelOption: Sendable, Hashable {
  /// Without dashes.
  public let name: String
  /// Its values and their default.
  public let kind: OptionKind
  /// What it sets, in a few words.
  public let help: String

  /// A whole number within a range.
  public static func integer(
    _ name: String, default value: Int, in range: ClosedRange<Int>, help: String
  ) -> ModelOption {
    ModelOption(name: name, kind: .integer(default: value, range: range), help: help)
  }

  /// The value when none is given, as text.
  public var defaultText: String {
    switch kind {
    case .integer(let value, _): "\(value)"
    }
  }

  /// The values it takes, as text.
  public var rangeText: String {
    switch kind {
    case .integer(_, let range): "\(range.lowerBound) to \(range.upperBound)"
    }
  }
}

/// The values of a model's options, checked.
public struct ModelOptions: Sendable, Hashable {
  /// The options, in the order the model declares them.
  public let declared: [ModelOption]
  /// One value an option.
  private let integers: [Int]

  /// Takes given values, and defaults for the rest.
  /// - Parameters:
  ///   - declared: the options of the model.
  ///   - given: values as text, by the option's name.
  public init(_ declared: [ModelOption], given: [String: String] = [:]) throws(ModelError) {
    // In the order of names, so that of several mistakes always the same one is reported.
    for name in given.keys.sorted() where !declared.contains(where: { $0.name == name }) {
      let nearest = nearestName(to: name, among: declared.map(\.name))
      throw ModelError(
        .unknownOption,
        "the model has no option --\(name)" + (nearest.map { "; the nearest is --\($0)" } ?? ""))
    }
    var integers: [Int] = []
    for option in declared {
      integers.append(try Self.value(of: option, given: given[option.name]))
    }
    self.declared = declared
    self.integers = integers
  }

  /// The value of a declared option.
  public func integer(_ name: String) -> Int {
    guard let index = declared.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("the option \(name) is not declared")
    }
    return integers[index]
  }

  /// All names and values as text, in the order of declaration: what identifies the model's architecture.
  public var values: [(name: String, value: String)] {
    zip(declared, integers).map { ($0.name, "\($1)") }
  }

  private static func value(of option: ModelOption, given text: String?) throws(ModelError) -> Int {
    switch option.kind {
    case .integer(let value, let range):
      guard let text else { return value }
      guard let number = Int(text) else {
        throw ModelError(
          .malformedValue, "--\(option.name) is a whole number from \(option.rangeText), not '\(text)'")
      }
      guard range.contains(number) else {
        throw ModelError(.valueOutOfRange, "--\(option.name) \(number) is not within \(option.rangeText)")
      }
      return number
    }
  }
}
