import FeditPlan
import FeditSyntax

/// Why a name is none for a picture that is saved; nil where it is.
public func pictureNameProblem(_ name: String) -> String? {
  if PictureFormat(savingAs: name) != nil { return nil }
  let endings = PictureFormat.writtenEndings.map { ".\($0)" }
  let shown = escapingControlCharacters(name)
  return "pictures are saved as \(PictureFormat.writtenNames), so '\(shown)' has to end with "
    + endings.dropLast().joined(separator: ", ") + " or " + (endings.last ?? "")
}
