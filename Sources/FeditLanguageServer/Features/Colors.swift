import FeditPixels
import FeditPlan
import FeditProgram
import FeditSyntax
import Foundation

extension LanguageServer {
  func documentColors(_ parameters: DocumentParams) throws -> [ColorInformation] {
    let document = try document(parameters.textDocument.uri)
    let analysis = try analysis(document.uri)
    var colors: [(span: Span, color: RGB8)] = []
    let names = Set(
      analysis.file.symbols.filter { $0.kind == .builtin && $0.type == .color }.map(\.range.span))
    for expression in analysis.file.script.expressions {
      var color: RGB8?
      switch expression.kind {
      case .color, .call: color = constantColor(expression, world: analysis.assistant.world)
      case .name(let name) where names.contains(expression.span): color = FeditProgram.Colors.named[name]
      default: break
      }
      if let color { colors.append((expression.span, color)) }
    }
    var converter = document.converter(encoding)
    return colors.sorted { $0.span.start < $1.span.start }.map {
      ColorInformation(
        range: converter.range($0.span),
        color: LSPColor(
          red: Double($0.color.red) / 255, green: Double($0.color.green) / 255,
          blue: Double($0.color.blue) / 255, alpha: 1))
    }
  }

  func colorPresentations(_ parameters: ColorPresentationParams) throws -> [ColorPresentation] {
    let document = try document(parameters.textDocument.uri)
    let span = document.converter(encoding).span(parameters.range)
    let written = String(decoding: document.text[span.start..<max(span.start, span.end)], as: UTF8.self)
    func byte(_ value: Double) -> UInt8 {
      UInt8((min(max(value.isFinite ? value : 0, 0), 1) * 255).rounded())
    }
    let color = RGB8(
      red: byte(parameters.color.red), green: byte(parameters.color.green), blue: byte(parameters.color.blue))
    var labels = [colorText(color), "rgb(\(color.red), \(color.green), \(color.blue))"]
    labels += [hsl(color), oklch(color)].compactMap(\.self)
    labels += FeditProgram.Colors.named.filter { $0.value == color }.keys.sorted()
    // The way it is written stays the first choice.
    if let form = ["rgb(", "hsl(", "oklch("].first(where: { written.hasPrefix($0) }),
      let index = labels.firstIndex(where: { $0.hasPrefix(form) })
    {
      labels.insert(labels.remove(at: index), at: 0)
    }
    return labels.map {
      ColorPresentation(label: $0, textEdit: TextEdit(range: parameters.range, newText: $0))
    }
  }

  /// The shortest text of a form that stands for exactly this colour.
  private func exact(_ color: RGB8, _ form: (Int) -> String) -> String? {
    for digits in 2...6 {
      let text = form(digits)
      let (expression, problems) = parseExpression(SourceText(name: "", text))
      if problems.isEmpty, constantColor(expression, world: world(for: "/")) == color { return text }
    }
    return nil
  }

  private func rounded(_ value: Double, _ digits: Int) -> String {
    let factor = pow(10, Double(digits))
    return numberText((value * factor).rounded() / factor)
  }

  private func hsl(_ color: RGB8) -> String? {
    let (red, green, blue) = (Double(color.red) / 255, Double(color.green) / 255, Double(color.blue) / 255)
    let high = max(red, green, blue)
    let low = min(red, green, blue)
    let lightness = (high + low) / 2
    let chroma = high - low
    var hue = 0.0
    if chroma > 0 {
      if high == red { hue = (green - blue) / chroma }
      if high == green, high != red { hue = (blue - red) / chroma + 2 }
      if high == blue, high != red, high != green { hue = (red - green) / chroma + 4 }
    }
    let saturation = chroma == 0 ? 0 : chroma / (1 - abs(2 * lightness - 1))
    let degrees = hue < 0 ? hue * 60 + 360 : hue * 60
    return exact(color) {
      "hsl(\(rounded(degrees, max(0, $0 - 2)))deg, \(rounded(min(saturation, 1), $0)), \(rounded(lightness, $0)))"
    }
  }

  /// Björn Ottosson's OKLCH, from sRGB.
  private func oklch(_ color: RGB8) -> String? {
    func linear(_ byte: UInt8) -> Double {
      let value = Double(byte) / 255
      return value <= 0.04045 ? value / 12.92 : pow((value + 0.055) / 1.055, 2.4)
    }
    let (red, green, blue) = (linear(color.red), linear(color.green), linear(color.blue))
    let l = cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    let m = cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    let s = cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    let lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s
    let a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s
    let b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s
    let chroma = (a * a + b * b).squareRoot()
    let hue = chroma < 1e-4 ? 0 : atan2(b, a) * 180 / .pi
    return exact(color) {
      "oklch(\(rounded(min(max(lightness, 0), 1), $0)), \(rounded(chroma, $0)), \(rounded(hue < 0 ? hue + 360 : hue, max(0, $0 - 1)))deg)"
    }
  }
}
