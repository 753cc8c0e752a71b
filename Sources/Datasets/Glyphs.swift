import Randomness

/// The embedded data set: ten digits at 49 positions and 2 thicknesses on 28 x 28 pixels, each pixel then flipped
/// with probability 0.02. A mixture of 980 known components: its density is exact, any number of images can be had,
/// and there is nothing to download.
public enum Glyphs {
  /// Rows and columns.
  public static let side = 28
  /// The probability that a pixel is flipped.
  public static let flipProbability = 0.02
  /// Training images by default.
  public static let defaultCount = 50_000
  /// The most training images: 1.1 GB with the other splits.
  public static let largestCount = 1_000_000

  /// Positions run from -3 to 3 in both directions.
  private static let shifts = 7
  /// Half a stroke's width, in pixels.
  private static let radii = [0.8, 1.5]

  /// The 980 templates [28][28], component ((digit * 7 + row) * 7 + column) * 2 + thickness.
  static let templates: [[UInt8]] = Strokes.digits.flatMap { digit in
    (0..<shifts * shifts).flatMap { shift in
      radii.map { radius in
        // A digit's box of 12 x 18 stands in the middle: its left upper corner is 7.5, 4.5.
        let left = 7.5 + Double(shift % shifts - 3)
        let top = 4.5 + Double(shift / shifts - 3)
        return (0..<side * side).map { pixel in
          digit.cover(Double(pixel % side) - left, Double(pixel / side) - top, radius: radius) ? 1 : 0
        }
      }
    }
  }

  /// The digit of each component.
  static let labels: [UInt8] = templates.indices.map { UInt8($0 / (shifts * shifts * radii.count)) }

  /// The distribution all glyphs are drawn from.
  public static let density = TemplateMixture(
    templates: templates, labels: labels, classes: Strokes.digits.count, flipProbability: flipProbability)

  /// A set of `count` training images, and a fifth as many (at least 1) in each of the other splits.
  ///
  /// An image is a function of (seed, split, index): more images do not change those that were there.
  public static func dataset(count: Int = defaultCount, seed: UInt64 = 0) -> Dataset {
    precondition((1...largestCount).contains(count), "\(count) images are not within 1 ... \(largestCount)")
    let heldOut = max(1, count / 5)
    let random = CountedRandom(seed: seed, purpose: .glyphs)
    return Dataset(
      name: "glyphs", format: "embedded glyphs", levels: 2,
      train: images(.train, count: count, random), valid: images(.valid, count: heldOut, random),
      test: images(.test, count: heldOut, random), density: density)
  }

  private static func images(_ split: Split, count: Int, _ random: CountedRandom) -> ImageSet {
    let size = side * side
    // A word of 32 bits is below this with probability 0.02, within 10^-11.
    let threshold = UInt32(flipProbability * 0x1p32 + 0.5)
    var words = [UInt32](repeating: 0, count: size)
    var drawn: [UInt8] = []
    drawn.reserveCapacity(count)
    let pixels = [UInt8](unsafeUninitializedCapacity: count * size) { pixels, initialized in
      for index in 0..<count {
        let position = split.position(of: index)
        let component = Int(random.below(UInt64(templates.count), position: position, draw: 0))
        drawn.append(labels[component])
        var span = words.mutableSpan
        random.fillWords(position: position, draw: 1, into: &span)
        let image = UnsafeMutableBufferPointer(rebasing: pixels[index * size..<(index + 1) * size])
        templates[component].withUnsafeBufferPointer { template in
          words.withUnsafeBufferPointer { words in
            for i in 0..<size {
              image.initializeElement(at: i, to: template[i] ^ (words[i] < threshold ? 1 : 0))
            }
          }
        }
      }
      initialized = count * size
    }
    return ImageSet(height: side, width: side, channels: 1, pixels: pixels, labels: drawn)
  }
}
