import FeditFiles
import FeditImage
import FeditPixels
import FeditPlan
import FeditVision

/// From a picture file's bytes to its layers.
struct PicturePreparation: Sendable {
  let settings: PrepareSettings
  let sketching: Sketching
  let annotations: Annotations?

  /// Why a picture is left out.
  struct Rejection: Error {
    var reason: String
  }

  /// Makes the layers of one picture.
  ///
  /// - Throws: `Rejection` for a picture that can't be used, ``TrainingDataError`` where the annotations can't
  ///   be read.
  func prepare(_ bytes: [UInt8], name: String, source: String) throws -> PreparedPicture {
    let picture: Picture
    do throws(PictureError) {
      picture = try PictureFile.decode(bytes, name: name)
    } catch {
      throw Rejection(reason: error.message)
    }
    let size = settings.size
    let (short, long) = (min(picture.width, picture.height), max(picture.width, picture.height))
    guard short * 2 >= size else {
      throw Rejection(
        reason: "is too small: \(picture.width)×\(picture.height), less than half of \(size) pixels")
    }
    guard long <= short * 2 else {
      throw Rejection(
        reason: "is of an odd shape: \(picture.width)×\(picture.height), more than twice as long as wide")
    }
    // The middle of a wide picture; of a tall one more of the upper part, where portraits have the face.
    let x = (picture.width - short) / 2
    let y = (picture.height - short) / 4
    let scale = Double(short) / Double(size)
    let map = Affine.scale(scale, scale).then(.translation(Double(x), Double(y)))
    let square = ColorPlane(
      width: size, height: size,
      pixels: Resampler.sampleRegion(picture, toPhoto: map, size: size).map(Levels.byte))
    let flattened = Sketching.flattened(square)
    var prepared = PreparedPicture(
      name: name, source: source, size: size, picture: square.pixels, color: flattened.pixels,
      sketches: sketching.draw(square, methods: settings.methods).map(Sketching.packed))
    var smaller = square
    for reduction in TrainingShard.reductions(size: size) {
      while smaller.width > size / reduction { smaller = smaller.halved }
      prepared.smallSketches.append(
        sketching.draw(smaller, methods: settings.methods).map(Sketching.packed))
    }
    if short == long, let face = try annotations?.face(name) {
      let regions = FaceRegions.map(face, side: size / 2)
      prepared.regions = regions.pixels
      prepared.palette = FaceRegions.palette(regions, square.halved)
      prepared.landmarks = face.landmarks.map {
        Int16(max(-32768, min(32767, ($0 * Float(size) * 32).rounded())))
      }
      prepared.hair = face.hair
    }
    return prepared
  }
}
