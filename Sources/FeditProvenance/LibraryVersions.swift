import FeditGenerator
import FeditImage
import FeditPlan
import FeditRaster
import FeditSession
import FeditText

extension Lock {
  /// The versions of fedit and of the libraries that this process works with.
  ///
  /// The native engine's matrix products are fedit's own, so that OpenBLAS is named as what has no part in the bytes.
  public static let currentVersions = [
    "fedit": feditVersion, "cairo": Rasterizer.cairoVersion, "libjpeg-turbo": PictureCodecs.libjpegTurbo,
    "libpng": PictureCodecs.libpng, "zlib": PictureCodecs.zlib, "libdeflate": PictureCodecs.libdeflate,
    "openblas": Engine.current == .openBLAS ? Engine.openBLASVersion : "not used",
  ]

  /// The versions with those of the libraries that only some formats need, of what is read and written.
  static func currentVersions(for formats: Set<PictureFormat>) -> [String: String] {
    var versions = currentVersions
    for (name, format, version) in rare where formats.contains(format) { versions[name] = version() }
    return versions
  }

  /// What this process has of the libraries that a lock names.
  var currentVersions: [String: String] {
    let formats = Self.rare.filter { versions[$0.name] != nil }.map(\.format)
    return Self.currentVersions(for: Set(formats))
  }

  private static let rare: [(name: String, format: PictureFormat, version: @Sendable () -> String)] = [
    ("libtiff", .tiff, { PictureCodecs.libtiff }), ("libwebp", .webp, { PictureCodecs.libwebp }),
    ("libheif", .heic, { PictureCodecs.libheif }),
  ]
}

extension Plan {
  /// The formats of the pictures that it reads and saves.
  var formats: Set<PictureFormat> {
    let read = ([photo.file] + inputs).compactMap { PictureFile.format(of: $0.path) }
    let saved = steps.compactMap { step in
      if case .save(let file, _) = step { PictureFormat(savingAs: file.path) } else { nil }
    }
    return Set(read + saved)
  }
}
