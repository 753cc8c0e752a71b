/// An instruction and where it works.
struct Step {
  let instruction: any Instruction
  let site: Site
  let forwardTime: Int
  /// In how many shares it postpones something; 0 if it does not.
  var postponedShares = 0

  /// The step that adds to its parameters' gradients, whichever use of them it is.
  var adding: Step {
    var site = site
    site.accumulates = site.accumulates.map { _ in true }
    return Step(instruction: instruction, site: site, forwardTime: forwardTime)
  }

  /// The step that postpones what it can.
  var postponing: Step {
    var site = site
    site.postpones = true
    return Step(
      instruction: instruction, site: site, forwardTime: forwardTime,
      postponedShares: instruction.needs.postponedShares)
  }
}
