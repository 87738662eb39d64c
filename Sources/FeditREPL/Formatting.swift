import FeditFormat
import FeditSyntax

/// The formatter, behind one function.
enum Formatting {
  /// A script in the one style; a text with mistakes as it is.
  static func formatted(_ text: String) -> String {
    (try? FeditFormat.formatted(SourceText(name: "", text))) ?? text
  }
}
