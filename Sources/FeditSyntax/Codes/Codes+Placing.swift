extension DiagnosticCode {
  /// What stands in the wrong place.
  static let placing: [DiagnosticCode] = [
    .init(
      .misplacedStatement, "a statement where it cannot stand",
      "photo, model, canvas, face and region come before the first edit; they, param, def, use, edit and save stand at the top level of a script; seed and blend stand inside an edit.",
      remedy: "move it to its place",
      failing: "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 20) }\ncanvas (256, 256)",
      working: "photo \"portrait.png\"\ncanvas (256, 256)\nedit \"eye\" { mask circle((98, 122), 20) }"),
    .init(
      .outsideEdit, "a stroke outside an edit",
      "Strokes belong to an edit, which is one pass of the generator, or to a definition that an edit calls.",
      remedy: "put it into 'edit \"name\" { … }'",
      failing: "photo \"portrait.png\"\nmask circle((98, 122), 20)",
      working: "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 20) }"),
    .init(
      .repeatedSetting, "a setting that is given twice",
      "A script has one photo, model, canvas, face and region, an edit one seed and one blend, so that there is one place to change each.",
      remedy: "keep one of them",
      failing: "photo \"portrait.png\"\nedit \"eye\" { seed 1; seed 2; mask circle((98, 122), 20) }",
      working: "photo \"portrait.png\"\nedit \"eye\" { seed 2; mask circle((98, 122), 20) }"),
    .init(
      .noPhoto, "a script without a photo",
      "The photo is what is edited: the script names it, or the command line does with --photo.",
      remedy: "begin with 'photo \"portrait.png\"', or give one with --photo",
      failing: "edit \"eye\" { mask circle((98, 122), 20) }",
      working: "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 20) }"),
    .init(
      .noFace, "'in face' without a face",
      "in face draws in the face's own measure, so the script says where its eyes are. fedit grid PHOTO draws the photo under a grid on which the places can be read.",
      remedy: "add 'face eyes P, P mouth P' before the first edit",
      failing: "photo \"portrait.png\"\nedit \"eye\" { in face { mask circle(left_eye, 0.3) } }",
      working:
        "photo \"portrait.png\"\nface eyes (98, 122), (158, 122)\nedit \"eye\" { in face { mask circle(left_eye, 0.3) } }"
    ),
    .init(
      .faceNotFound, "no face was found in the photo",
      "face auto looks for the largest face of the photo, and outlines such as lips are found in it. Faces are found whose eyes and mouth lie in the picture and that are not turned by more than 45 degrees. Other faces, drawings and photos without a face need the places in the script; fedit grid PHOTO draws the photo under a grid on which they can be read.",
      remedy: "say where the face is: face eyes P, P mouth P",
      failing: "photo \"portrait.png\"\nface auto",
      working: "photo \"portrait.png\"\nface eyes (98, 122), (158, 122) mouth (128, 182)"),
    .init(
      .photoPixelsInFace, "photo pixels inside 'in face'",
      "Inside in face the origin lies midway between the eyes and a unit is the distance between them, so a place of the photo has other numbers there. The message gives them.",
      remedy: "use the face's own units, or draw outside of 'in face'",
      failing:
        "photo \"portrait.png\"\nface eyes (98, 122), (158, 122)\nedit \"eye\" { in face { mask circle((98, 122), 20) } }",
      working:
        "photo \"portrait.png\"\nface eyes (98, 122), (158, 122)\nedit \"eye\" { in face { mask circle((-0.5, 0), 0.33) } }"
    ),
    .init(
      .badFace, "eyes that cannot be those of a face",
      "The first eye is the one on the picture's left side, and the two are not in one place.",
      remedy: "exchange or correct the two points",
      failing: "photo \"portrait.png\"\nface eyes (158, 122), (98, 122)",
      working: "photo \"portrait.png\"\nface eyes (98, 122), (158, 122)"),
    .init(
      .canvasSize, "a canvas that is too small or too large",
      "canvas gives the script's own coordinates; its sides are 1 to 65,536.",
      remedy: "use sides from 1 to 65536", failing: "canvas (100000, 512)", working: "canvas (512, 512)"),
    .init(
      .regionSize, "a region that the generator cannot run at",
      "A region is a square of whole photo pixels, its side at least 8; the generator runs at multiples of 128 up to 8192.",
      remedy: "write 'region (x, y) size 256 at 256'", failing: "region (0, 0) size 256 at 200",
      working: "region (0, 0) size 256 at 256"),
    .init(
      .badSeed, "a seed that is no whole number",
      "A seed is a whole number from 0, up to 64 bits: it is the key of the noise.",
      remedy: "use a whole number from 0",
      failing: "photo \"portrait.png\"\nedit \"eye\" { seed 1.5; mask circle((98, 122), 20) }",
      working: "photo \"portrait.png\"\nedit \"eye\" { seed 15; mask circle((98, 122), 20) }"),
    .init(
      .badQuality, "a quality that a picture can't be saved with",
      "quality is a whole number from 1 to 100 and stands behind the name of a JPEG or WebP file. PNG and TIFF keep every pixel as it is, and so do layers; they take none. Without it JPEG is saved at 92 and WebP without loss.",
      remedy: "use a whole number from 1 to 100, for .jpg and .webp",
      failing: "photo \"portrait.png\"\nsave \"result.jpg\" quality 0",
      working: "photo \"portrait.png\"\nsave \"result.jpg\" quality 85"),
    .init(
      .badBlend, "a feather of less than nothing",
      "blend feather R softens the fill's border over R units inside the mask; R is 0 or more. blend none is the hard composite.",
      remedy: "use a width from 0",
      failing: "photo \"portrait.png\"\nedit \"eye\" { blend feather -2; mask circle((98, 122), 20) }",
      working: "photo \"portrait.png\"\nedit \"eye\" { blend feather 2; mask circle((98, 122), 20) }"),
    .init(
      .badBrush, "a brush without a width",
      "brush gives the width of an open shape's line, in the units of its frame; it is more than 0.",
      remedy: "use a width of more than 0",
      failing: "photo \"portrait.png\"\nedit \"brow\" { mask line((80, 100), (110, 98)) brush 0 }",
      working: "photo \"portrait.png\"\nedit \"brow\" { mask line((80, 100), (110, 98)) brush 4 }"),
    .init(
      .badWarp, "a warp that cannot be",
      "A warp takes a shape to another one, outline by outline: both have as many, and both are closed or both open. Its reach is more than 0.",
      remedy: "make the target of the shape itself: warp SHAPE to SHAPE.moved(by: (0, -4))",
      failing:
        "photo \"portrait.png\"\nedit \"eye\" { warp circle((98, 122), 20) to line((80, 122), (116, 122)) }",
      working: "photo \"portrait.png\"\nedit \"eye\" { warp circle((98, 122), 20) to circle((98, 120), 22) }"),
    .init(
      .badFrame, "a frame squeezed to nothing",
      "Frames inside frames multiply; one whose units are next to nothing cannot hold a shape.",
      remedy: "scale by numbers that are not next to 0",
      failing:
        "photo \"portrait.png\"\nedit \"eye\" {\n    mask circle((98, 122), 20)\n    in scaled(by: 0.000001) { in scaled(by: 0.000001) { mask circle((1, 2), 3) } }\n}",
      working:
        "photo \"portrait.png\"\nedit \"eye\" {\n    mask circle((98, 122), 20)\n    in scaled(by: 0.1) { in scaled(by: 0.1) { mask circle((1, 2), 3) } }\n}"
    ),
    .init(
      .missingColor, "a colour stroke without a colour",
      "A stroke of the colour layer says which colour it puts down, with the word with; in a paint block the colour stands right behind color.",
      remedy: "add 'with #8b5a2b'",
      failing:
        "photo \"portrait.png\"\nedit \"eye\" {\n    mask circle((98, 122), 20)\n    color circle((98, 122), 9)\n}",
      working:
        "photo \"portrait.png\"\nedit \"eye\" {\n    mask circle((98, 122), 20)\n    color circle((98, 122), 9) with #8b5a2b\n}"
    ),
    .init(
      .unusedColor, "a colour where none is drawn",
      "Mask and sketch have no colours, erase takes away whatever the colour was, and an image brings its own.",
      remedy: "remove 'with', or draw into the color layer",
      failing: "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 20) with #8b5a2b }",
      working: "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 20) }"),
    .init(
      .unusedBrush, "a brush that draws nothing",
      "brush is the width of an open shape's line. A closed shape is filled by mask and color, and an image is drawn as it is, so a brush changes nothing there.",
      remedy: "remove it, or make the shape larger with .grown(R)",
      failing: "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 20) brush 4 }",
      working: "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 20).grown(2) }",
      severity: .warning),
    .init(
      .emptyMask, "an empty mask",
      "The generator makes anew what is masked, and nothing else ever changes. An edit without a mask is passed over.",
      remedy: "say what to make anew: mask circle((128, 128), 20)",
      failing: "photo \"portrait.png\"\nedit \"eye\" { sketch circle((98, 122), 20) }",
      working:
        "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 24); sketch circle((98, 122), 20) }",
      severity: .warning),
    .init(
      .outsideMask, "lines or colours that are lost",
      "Sketch and colour guide the generator only inside the mask; what is drawn outside it has no effect. The message says how much of the stroke was lost.",
      remedy: "mask what is drawn, too: mask SHAPE.grown(4)",
      failing:
        "photo \"portrait.png\"\nedit \"eye\" { mask circle((98, 122), 10); sketch circle((158, 122), 20) }",
      working:
        "photo \"portrait.png\"\nedit \"eye\" { mask circle((158, 122), 24); sketch circle((158, 122), 20) }",
      severity: .warning, isShown: false),
    .init(
      .thinColor, "a colour line that is too thin to show",
      "The generator sees a square of the photo in 256 by 256 pixels or so. A line of colour narrower than one and a half of them has next to no effect.",
      remedy: "make the brush wider",
      failing:
        "photo \"portrait.png\"\nedit \"lash\" { mask circle((98, 122), 20); color line((90, 120), (106, 120)) with black brush 0.5 }",
      working:
        "photo \"portrait.png\"\nedit \"lash\" { mask circle((98, 122), 20); color line((90, 120), (106, 120)) with black brush 2 }",
      severity: .warning, isShown: false),
    .init(
      .outsideRegion, "a mask that a region does not hold",
      "A written region is all that the generator sees, so what is masked outside it stays as it is. The command ends with status 65, since not all was done that was asked for.",
      remedy: "make the region larger, or leave it out: then squares are chosen that hold all masks",
      failing: "photo \"portrait.png\"\nregion (0, 0) size 128\nedit \"eye\" { mask circle((130, 122), 20) }",
      working: "photo \"portrait.png\"\nedit \"eye\" { mask circle((130, 122), 20) }",
      severity: .warning, isShown: false),
    .init(
      .fillEnlarged, "a fill that is enlarged more than twice",
      "The generator sees a square of the photo at its own size. With 'octaves off' a square that is much larger in the photo is enlarged, and looks soft beside the rest.",
      remedy: "leave out 'octaves off', or write a smaller region into the edit",
      failing:
        "photo \"portrait.png\"\nregion (0, 0) size 2048\nedit \"eye\" { octaves off; mask circle((98, 122), 20) }",
      working: "photo \"portrait.png\"\nregion (0, 0) size 2048\nedit \"eye\" { mask circle((98, 122), 20) }",
      severity: .warning, isShown: false),
  ]
}
