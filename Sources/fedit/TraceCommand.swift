import ArgumentParser
import FeditFiles
import FeditFormat
import FeditImage
import FeditPixels
import FeditPlan
import FeditProgram
import FeditSession
import FeditStudio
import FeditText
import FeditTraining
import FeditVision
import Foundation

import class FeditSyntax.SourceText

/// `fedit trace PHOTO -o sketch.png`
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace", abstract: "Turn a photo into a sketch: a layer, an SVG, or a script's lines.",
    discussion: """
      Draws what the sketches of a training set are drawn with. The picture is white on black, as
      'sketch image("sketch.png")' takes it; its shorter side has --size pixels, best the side that the
      generator runs at. --svg and --script write the lines as smooth curves in photo pixels. A larger
      --size finds finer lines. A script that exists is never replaced.
      """.reflowed)

  /// What is written.
  enum Format: String {
    case png, svg, fedit
  }
  /// How lines are found.
  enum Lines: String, ExpressibleByArgument, CaseIterable {
    case canny, xdog
  }

  @Argument(
    help: ArgumentHelp("A picture file.", valueName: "PHOTO"),
    completion: .file(extensions: PictureFormat.readEndings))
  var photo: String

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      "The file to write; - is standard output, for SVG and scripts. (default: PHOTO-sketch.png, .svg or .fedit)",
      valueName: "FILE"), completion: .file(extensions: ["png", "svg", "fedit"]))
  var output: String?

  @Flag(help: "Write the lines as SVG paths.")
  var svg = false

  @Flag(help: "Write a script with the lines as 'sketch curve(…)'.")
  var script = false

  @Option(help: ArgumentHelp("The shorter side that lines are found at, in pixels.", valueName: "N"))
  var size = 256

  @Option(help: "Canny finds more lines, XDoG fewer and darker ones.")
  var lines: Lines = .canny

  @Option(
    help: ArgumentHelp(
      "Weights of the HED edge network, to draw by it instead.", valueName: "FILE.safetensors"),
    completion: .file(extensions: ["safetensors"]))
  var hed: String?

  @Option(
    help: ArgumentHelp("Lines shorter than this many pixels (of --size) are left out.", valueName: "N"))
  var shortest = Sketching.leastLine

  @Option(
    help: ArgumentHelp("How far curves may be from the lines found, in pixels (of --size).", valueName: "D"))
  var tolerance = 0.75

  private var format: Format {
    if svg { return .svg }
    if script { return .fedit }
    let ending = ((output ?? "") as NSString).pathExtension.lowercased()
    return Format(rawValue: ending) ?? .png
  }

  func validate() throws {
    guard !(svg && script) else { throw ValidationError("give either --svg or --script") }
    guard (64...2048).contains(size) else { throw ValidationError("--size takes a number from 64 to 2048") }
    guard (1...100_000).contains(shortest) else { throw ValidationError("--shortest takes a number from 1") }
    guard tolerance.isFinite, (0.1...100).contains(tolerance) else {
      throw ValidationError("--tolerance takes a number from 0.1 to 100")
    }
    if let output, output != "-" {
      let ending = (output as NSString).pathExtension.lowercased()
      guard ending == format.rawValue else {
        throw ValidationError(
          "'\(output)' has to end with .\(format.rawValue)"
            + (svg || script ? "" : ", or with .svg or .fedit for curves"))
      }
    }
    if output == "-", format == .png { throw ValidationError("-o - goes with --svg or --script") }
  }

  func run() throws {
    let target =
      output ?? ((photo as NSString).lastPathComponent as NSString).deletingPathExtension + "-sketch."
      + format.rawValue
    var inputs = OutputGuard()
    inputs.add("the photo", photo, photo)
    let writer = PictureOutput(inputs: inputs)
    if target != "-" { try writer.check(target, name: target) }
    if format == .fedit, target != "-", FileManager.default.fileExists(atPath: target) {
      throw CommandFailure(
        .unwritable, "'\(target)' already exists, and a script is never replaced",
        hints: ["choose another name, or '-o -' to see the lines"])
    }
    let network = try hed.map { try HEDNetwork(path: $0) }
    let picture: Picture
    do {
      picture = try PictureFile.read(photo)
    } catch {
      throw UserError(error, name: photo)
    }
    let drawing = try drawing(picture, network)
    var written = "\(drawing.setCount) pixels of lines, \(drawing.width)×\(drawing.height)"
    switch format {
    case .png:
      let bytes = try PNGFile.encodeGray(
        width: drawing.width, height: drawing.height, drawing.pixels.map { $0 != 0 ? 255 : 0 })
      try AtomicFile.write(bytes, to: target)
    case .svg, .fedit:
      let traced = TracedLines(
        drawing, photoWidth: picture.width, photoHeight: picture.height, tolerance: tolerance)
      let text =
        format == .svg
        ? traced.svg
        : traced.script(photo: relativePhoto(to: target), name: (photo as NSString).lastPathComponent)
      if target == "-" {
        printToStandardOutput(text)
        return
      }
      try AtomicFile.write(Array(text.utf8), to: target)
      written = "\(traced.strokes.count) lines"
    }
    printLine("wrote \(target): \(written)")
    if format == .fedit, relativePhoto(to: target).hasPrefix("..") || relativePhoto(to: target).hasPrefix("/")
    {
      printNote("the photo lies outside the script's folder; run it with --root, or put the photo beside it")
    }
  }

  /// The photo's lines, one pixel wide.
  private func drawing(_ picture: Picture, _ network: HEDNetwork?) throws -> Plane {
    let short = min(picture.width, picture.height)
    let scale = Double(size) / Double(short)
    let width = max(1, Int((Double(picture.width) * scale).rounded()))
    let height = max(1, Int((Double(picture.height) * scale).rounded()))
    guard max(width, height) <= 16 * size else {
      throw CommandFailure(
        .data, "'\(photo)' has \(picture.width)×\(picture.height) pixels: it is too long and narrow to trace",
        hints: ["cut out the part that is to be drawn"])
    }
    let levels = Resampler.sample(
      picture,
      toPhoto: .scale(
        Double(picture.width) / Double(width), Double(picture.height) / Double(height)),
      width: width, height: height)
    let small = ColorPlane(
      width: width, height: height, pixels: levels.map(Levels.byte))
    let method: PrepareSettings.Method = network != nil ? .hed : lines == .canny ? .canny : .xdog
    var plane = Sketching(network: network).draw(small, methods: [method])[0]
    plane.removeComponents(smallerThan: shortest)
    return plane
  }

  /// The photo's path as the script has to write it.
  private func relativePhoto(to target: String) -> String {
    let here = URL(fileURLWithPath: target == "-" ? "stdin" : target).deletingLastPathComponent()
    let folder = here.standardizedFileURL.resolvingSymlinksInPath().pathComponents
    let file = URL(fileURLWithPath: photo).standardizedFileURL.resolvingSymlinksInPath().pathComponents
    let common = zip(folder, file).prefix { $0 == $1 }.count
    let up = [String](repeating: "..", count: folder.count - common)
    return (up + file[common...]).joined(separator: "/")
  }
}

/// A drawing as smooth lines in photo pixels.
struct TracedLines {
  let width: Int
  let height: Int
  /// What draws each line: `curve((12, 30), …)`, with the same as SVG path data.
  let strokes: [StrokeFit.Result]

  /// Follows the lines of a drawing.
  ///
  /// - Parameters:
  ///   - drawing: lines one pixel wide.
  ///   - photoWidth: in pixels.
  ///   - photoHeight: in pixels.
  ///   - tolerance: how far curves may be from the lines, in the drawing's pixels.
  init(_ drawing: Plane, photoWidth: Int, photoHeight: Int, tolerance: Double) {
    width = photoWidth
    height = photoHeight
    let scale = Point(
      Double(photoWidth) / Double(drawing.width), Double(photoHeight) / Double(drawing.height))
    let pixel = (scale.x * scale.y).squareRoot()
    var fit = StrokeFit(photoPixel: 1, screenPixel: pixel, smoothing: 0.125, recognizes: false)
    fit.reaches = [tolerance * pixel]
    fit.decimals = 1
    strokes = drawing.traced().compactMap { line in
      let points = line.points.map { Point(Double($0.x) * scale.x, Double($0.y) * scale.y) }
      return fit.fit(
        line.isClosed ? points + points.prefix(1) : points, closing: line.isClosed ? .closed : .open)
    }
  }

  /// A script that draws the lines over the whole photo.
  func script(photo: String, name: String) -> String {
    var text = """
      fedit 1

      // The lines of \(name), found by 'fedit trace'. Keep those you want, move some,
      // draw others, and mask only what is to change: outside the mask lines have no effect.
      photo \(quoted(photo))

      edit "sketch" {
          mask rect((0, 0), (\(width), \(height)))

      """
    for stroke in strokes {
      text += "    sketch \(stroke.text)\n"
    }
    text += "}\n"
    // In the one style that scripts have; what is written above is always a script.
    return (try? formatted(SourceText(name: name, text))) ?? text
  }

  /// An SVG of the photo's size; the curves are those that a script draws.
  var svg: String {
    var text = """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" \
      viewBox="0 0 \(width) \(height)">
        <g fill="none" stroke="black" stroke-width="\(max(1, min(width, height) / 256))" \
      stroke-linecap="round" stroke-linejoin="round">

      """
    for stroke in strokes { text += "    <path d=\"\(stroke.pathData)\"/>\n" }
    return text + "  </g>\n</svg>\n"
  }
}
