import Models
import Testing

@Suite struct OptionTests {
  private let declared: [ModelOption] = [
    .integer("hidden", default: 32, in: 1...1024, help: "features"),
    .integer("blocks", default: 7, in: 0...64, help: "blocks"),
    .number("dropout", default: 0, in: 0...0.9, help: "rate"),
    .choice("architecture", ["dense", "convolutional"], help: "networks"),
  ]

  private func error(_ given: [String: String]) -> ModelError? {
    #expect(throws: ModelError.self) { _ = try ModelOptions(declared, given: given) }
  }

  @Test func whatIsNotGivenHasItsDefault() throws {
    let options = try ModelOptions(declared, given: ["blocks": "0"])
    #expect(options.integer("hidden") == 32)
    #expect(options.integer("blocks") == 0)
    #expect(options.number("dropout") == 0)
    #expect(options.choice("architecture") == "dense")
    #expect(options.values.map(\.name) == ["hidden", "blocks", "dropout", "architecture"])
    #expect(options.values.map(\.value) == ["32", "0", "0.0", "dense"])
  }

  @Test func anUnknownOptionIsToldTheNearest() {
    #expect(error(["hiden": "3"])?.code == .unknownOption)
    #expect(error(["hiden": "3"])?.description == "the model has no option --hiden; the nearest is --hidden")
    #expect(error(["block": "3"])?.description == "the model has no option --block; the nearest is --blocks")
    // Of several mistakes, the same one in every process.
    for _ in 0..<20 {
      #expect(error(["zz": "3", "aa": "3", "mm": "1"])?.description.contains("--aa") == true)
    }
  }

  @Test(arguments: ["", "x", "3.5", "1e2", " 3", "99999999999999999999"])
  func aMalformedValueIsRefused(_ text: String) {
    #expect(error(["hidden": text])?.code == .malformedValue)
  }

  @Test func equalValuesHaveOneSpelling() throws {
    let spellings = [["dropout": ".5", "blocks": "+3"], ["dropout": "5e-1", "blocks": "03"]]
    let options = try spellings.map { try ModelOptions(declared, given: $0) }
    #expect(options[0] == options[1])
    #expect(options[0].number("dropout") == 0.5)
    #expect(try ModelOptions(declared, given: ["dropout": "-0"]) == ModelOptions(declared))
  }

  @Test(arguments: [
    ("dropout", "nan", "--dropout is a number from 0.0 to 0.9, not 'nan'"),
    ("dropout", "1", "--dropout 1.0 is not within 0.0 to 0.9"),
    ("architecture", "conv", "--architecture is one of dense, convolutional, not 'conv'"),
  ])
  func numbersAndWordsAreChecked(_ name: String, _ text: String, _ message: String) {
    #expect(error([name: text])?.description == message)
  }

  @Test(arguments: ["0", "-1", "1025"])
  func aValueOutOfRangeIsToldTheRange(_ text: String) {
    #expect(error(["hidden": text])?.code == .valueOutOfRange)
    #expect(error(["hidden": text])?.description == "--hidden \(text) is not within 1 to 1024")
  }

  @Test func theCatalogueFindsModelsByName() throws {
    for model in ModelCatalogue.all {
      let found = try ModelCatalogue.find(model.name)
      #expect(ObjectIdentifier(found) == ObjectIdentifier(model))
    }
    #expect(Set(ModelCatalogue.all.map { $0.name }).count == ModelCatalogue.all.count)
    let error = #expect(throws: ModelError.self) { _ = try ModelCatalogue.find("pixlcnn") }
    #expect(error?.code == .unknownModel)
    #expect(error?.description == "there is no model 'pixlcnn'; the nearest is pixelcnn")
  }

  @Test func everyDefaultIsWithinItsRange() {
    for model in ModelCatalogue.all {
      for option in model.options {
        switch option.kind {
        case .integer(let value, let range): #expect(range.contains(value))
        case .number(let value, let range): #expect(range.contains(value))
        case .choice(let words): #expect(Set(words).count == words.count)
        }
      }
    }
  }
}
