extension String {
  /// Each paragraph on one line, so that help is wrapped at the terminal's width and not at the source's; empty
  /// lines and lines that are indented, as examples are, stay as they are.
  var reflowed: String {
    var lines: [String] = []
    var continues = false
    for line in split(separator: "\n", omittingEmptySubsequences: false) {
      let isProse = !line.isEmpty && !line.hasPrefix("  ")
      if isProse, continues, let last = lines.indices.last {
        lines[last] += " " + line
      } else {
        lines.append(String(line))
      }
      continues = isProse
    }
    return lines.joined(separator: "\n")
  }
}
