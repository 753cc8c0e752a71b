/// A one-dimensional array of doubles as a NumPy file, format version 1.0: what `numpy.load` reads.
func numPyFile(_ values: [Double]) -> [UInt8] {
  let dictionary = "{'descr': '<f8', 'fortran_order': False, 'shape': (\(values.count),), }"
  // Magic, version and length take 10 bytes; with them, the text and its newline, the data begin at a multiple of 64.
  let padding = (64 - (10 + dictionary.utf8.count + 1) % 64) % 64
  let text = dictionary + String(repeating: " ", count: padding) + "\n"
  let length = UInt16(text.utf8.count)
  var file: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(length & 255), UInt8(length >> 8)]
  file += text.utf8
  values.withUnsafeBytes { file += $0 }
  return file
}
