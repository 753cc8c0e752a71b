/// `text` for a line of output, without what could end a line, move a terminal's cursor or turn the direction of
/// writing, which becomes `?`: names and paths may hold anything, a message is one line.
package func printable(_ text: String) -> String {
  var scalars = String.UnicodeScalarView()
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control, .lineSeparator, .paragraphSeparator: scalars.append("?")
    default: scalars.append(scalar.properties.isBidiControl ? "?" : scalar)
    }
  }
  return String(scalars)
}
