import FeditGenerator
import FeditImage
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
}
