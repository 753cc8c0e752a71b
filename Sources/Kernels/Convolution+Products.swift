extension Convolution {
  /// The products that a pass needs: of an output pixel's channel with what a present tap reads inside the image, of a
  /// channel that the channel mask shows. Halo, padding of vectors and masked weights do not count.
  ///
  /// Forward pass, input gradient and weight gradient have the same number: each weight meets each pair of pixels once.
  public var usefulProducts: Int {
    let (taps, groups) = (geometry.taps, weightGroups.groups)
    return images
      * taps.indices.reduce(0) { sum, index in
        let pairs =
          geometry.lines(reading: taps[index]).count * geometry.columns(reading: taps[index]).count
        guard let mask = weightGroups.mask, index == taps.count - 1 else {
          return sum + pairs * inputChannels * outputChannels
        }
        let connected = (0..<groups).reduce(0) { $0 + mask.inputGroups(of: $1).count }
        return sum + pairs * connected * (inputChannels / groups) * (outputChannels / groups)
      }
  }
}
