import FeditStudioPage

/// The files of the page, as they are in the binary.
enum StudioPages {
  /// By path; the page itself is at `/`.
  static let all: [String: Door.Page] = {
    var pages: [String: Door.Page] = [:]
    for index in 0..<fedit_studio_file_count() {
      let file = fedit_studio_file_at(index)
      let name = String(cString: file.name)
      let page = Door.Page(
        type: type(of: name), bytes: Array(UnsafeBufferPointer(start: file.bytes, count: file.count)))
      pages["/" + (name == "index.html" ? "" : name)] = page
    }
    return pages
  }()

  private static func type(of name: String) -> String {
    switch name.split(separator: ".").last {
    case "html": "text/html; charset=utf-8"
    case "css": "text/css; charset=utf-8"
    case "js": "text/javascript; charset=utf-8"
    case "svg": "image/svg+xml"
    default: "application/octet-stream"
    }
  }
}
