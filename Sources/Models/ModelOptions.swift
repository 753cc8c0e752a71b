/// What values an option takes.
public enum OptionKind: Sendable, Hashable {
  /// A whole number within a range.
  case integer(default: Int, range: ClosedRange<Int>)
  /// A number within a range.
  case number(default: Double, range: ClosedRange<Double>)
  /// One of a few words; the first is the default.
  case choice([String])
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

  /// A number within a range.
  public static func number(
    _ name: String, default value: Double, in range: ClosedRange<Double>, help: String
  ) -> ModelOption {
    ModelOption(name: name, kind: .number(default: value, range: range), help: help)
  }

  /// One of a few words; the first is the default.
  public static func choice(_ name: String, _ words: [String], help: String) -> ModelOption {
    precondition(!words.isEmpty, "a choice among nothing")
    return ModelOption(name: name, kind: .choice(words), help: help)
  }

  /// The value when none is given, as text.
  public var defaultText: String {
    switch kind {
    case .integer(let value, _): "\(value)"
    case .number(let value, _): "\(value)"
    case .choice(let words): words[0]
    }
  }

  /// The values it takes, as text.
  public var rangeText: String {
    switch kind {
    case .integer(_, let range): "\(range.lowerBound) to \(range.upperBound)"
    case .number(_, let range): "\(range.lowerBound) to \(range.upperBound)"
    case .choice(let words): words.joined(separator: ", ")
    }
  }
}

/// The values of a model's options, checked.
public struct ModelOptions: Sendable, Hashable {
  /// The options, in the order the model declares them.
  public let declared: [ModelOption]
  /// One value an option, in its own spelling: equal values have equal texts.
  private let texts: [String]

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
    var texts: [String] = []
    for option in declared {
      texts.append(
        try given[option.name].map { text throws(ModelError) in try option.checked(text) }
          ?? option.defaultText)
    }
    self.declared = declared
    self.texts = texts
  }

  /// The value of a declared whole number.
  public func integer(_ name: String) -> Int { parsed(name, Int.init) }

  /// The value of a declared number.
  public func number(_ name: String) -> Double { parsed(name, Double.init) }

  /// The value of a declared choice.
  public func choice(_ name: String) -> String { parsed(name) { $0 } }

  /// All names and values as text, in the order of declaration: what identifies the model's architecture.
  public var values: [(name: String, value: String)] {
    zip(declared, texts).map { ($0.name, $1) }
  }

  private func parsed<Value>(_ name: String, _ parse: (String) -> Value?) -> Value {
    guard let index = declared.firstIndex(where: { $0.name == name }), let value = parse(texts[index]) else {
      preconditionFailure("the option \(name) is not declared so")
    }
    return value
  }
}

extension ModelOption {
  /// A given value in the spelling that identifies it.
  fileprivate func checked(_ text: String) throws(ModelError) -> String {
    switch kind {
    case .integer(_, let range):
      guard let number = Int(text) else { throw malformed(text, "a whole number from \(rangeText)") }
      guard range.contains(number) else { throw outOfRange("\(number)") }
      return "\(number)"
    case .number(_, let range):
      guard let number = Double(text), number.isFinite else {
        throw malformed(text, "a number from \(rangeText)")
      }
      guard range.contains(number) else { throw outOfRange("\(number)") }
      // 0 and -0 are one value.
      return "\(number + 0)"
    case .choice(let words):
      guard words.contains(text) else { throw malformed(text, "one of \(rangeText)") }
      return text
    }
  }

  private func malformed(_ text: String, _ wanted: String) -> ModelError {
    ModelError(.malformedValue, "--\(name) is \(wanted), not '\(text)'")
  }

  private func outOfRange(_ value: String) -> ModelError {
    ModelError(.valueOutOfRange, "--\(name) \(value) is not within \(rangeText)")
  }
}
