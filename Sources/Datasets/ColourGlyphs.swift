import Randomness

/// The embedded data set in colour, `glyphs-rgb`: the 980 templates of `Glyphs` in eight colour schemes, 28 x 28 pixels
/// of three 8-bit values, each value drawn around its colour by a logistic distribution of scale 3. A mixture of 7,840
/// known components: its density is exact.
public enum ColourGlyphs {
  /// The scale of the noise; its standard deviation is 5.4.
  public static let scale = 3.0
  /// Training images by default: 47 MB, 66 MB with the other splits.
  public static let defaultCount = 20_000
  /// The most training images: 1 GB with the other splits.
  public static let largestCount = 300_000

  /// The colours, within 50 to 210: the noise hardly ever reaches 0 or 255.
  static let schemes = [
    ColourScheme(foreground: [210, 60, 50], background: [50, 60, 90]),
    ColourScheme(foreground: [60, 200, 90], background: [70, 50, 60]),
    ColourScheme(foreground: [70, 110, 210], background: [200, 190, 160]),
    ColourScheme(foreground: [210, 190, 60], background: [60, 80, 70]),
    ColourScheme(foreground: [60, 50, 80], background: [205, 205, 200]),
    ColourScheme(foreground: [200, 90, 190], background: [90, 120, 120]),
    ColourScheme(foreground: [80, 190, 200], background: [120, 60, 50]),
    ColourScheme(foreground: [190, 140, 80], background: [60, 90, 140]),
  ]

  /// The distribution all images are drawn from.
  public static let density = ColourMixture(
    templates: Glyphs.templates, labels: Glyphs.labels, classes: Strokes.digits.count, schemes: schemes,
    scale: scale)

  /// A set of `count` training images, and a fifth as many (at least 1) in each of the other splits.
  ///
  /// An image is a function of (seed, split, index): more images do not change those that were there.
  public static func dataset(count: Int = defaultCount, seed: UInt64 = 0) -> Dataset {
    precondition((1...largestCount).contains(count), "\(count) images are not within 1 ... \(largestCount)")
    let heldOut = max(1, count / 5)
    let random = CountedRandom(seed: seed, purpose: .colourGlyphs)
    return Dataset(
      name: "glyphs-rgb", format: "embedded glyphs in colour", levels: 256,
      train: images(.train, count: count, random), valid: images(.valid, count: heldOut, random),
      test: images(.test, count: heldOut, random), density: density)
  }

  /// A scheme's tables, by channel.
  private struct Tables {
    let foreground, background: [NoiseTable]

    init(_ scheme: ColourScheme) {
      foreground = scheme.foreground.map { NoiseTable(centre: $0, scale: scale) }
      background = scheme.background.map { NoiseTable(centre: $0, scale: scale) }
    }
  }

  private static func images(_ split: Split, count: Int, _ random: CountedRandom) -> ImageSet {
    let (templates, tables) = (Glyphs.templates, schemes.map(Tables.init))
    let size = templates[0].count
    var words = [UInt32](repeating: 0, count: 3 * size)
    var drawn: [UInt8] = []
    drawn.reserveCapacity(count)
    let pixels = [UInt8](unsafeUninitializedCapacity: count * 3 * size) { pixels, initialized in
      for index in 0..<count {
        let position = split.position(of: index)
        let components = UInt64(templates.count * schemes.count)
        let component = Int(random.below(components, position: position, draw: 0))
        let (template, scheme) = (templates[component / schemes.count], tables[component % schemes.count])
        drawn.append(Glyphs.labels[component / schemes.count])
        var span = words.mutableSpan
        random.fillWords(position: position, draw: 1, into: &span)
        for channel in 0..<3 {
          let (front, back) = (scheme.foreground[channel], scheme.background[channel])
          for pixel in 0..<size {
            let word = words[3 * pixel + channel]
            pixels.initializeElement(
              at: (index * size + pixel) * 3 + channel,
              to: template[pixel] == 1 ? front.value(of: word) : back.value(of: word))
          }
        }
      }
      initialized = count * 3 * size
    }
    return ImageSet(height: Glyphs.side, width: Glyphs.side, channels: 3, pixels: pixels, labels: drawn)
  }
}
