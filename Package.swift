// swift-tools-version: 6.1
import PackageDescription

// One module a folder; each depends only on the ones listed before it.
// With FEDIT_WARNINGS=errors, as CI has it, a warning ends the build.
let areWarningsErrors = Context.environment["FEDIT_WARNINGS"] == "errors"
let strict: [SwiftSetting] =
  [.swiftLanguageMode(.v6)] + (areWarningsErrors ? [.unsafeFlags(["-warnings-as-errors"])] : [])
let cWarnings = ["-Wall", "-Wextra"] + (areWarningsErrors ? ["-Werror"] : [])

// FEDIT_STATIC=1, as `make build` sets it, puts Swift's runtime into the command, so that it runs where no Swift is
// installed, and libjpeg and libdeflate, whose sonames differ between Debian and Ubuntu. Only the link differs: nothing is
// compiled anew when the variable changes. The tests link the shared runtime, which Swift Testing needs.
let isStandalone = Context.environment["FEDIT_STATIC"] == "1"
let runtime: [LinkerSetting] =
  isStandalone
  ? [
    .unsafeFlags([
      "-static-stdlib", "-lCoreFoundation", "-l_FoundationICU", "-l_FoundationCShims",
      "-l_FoundationCollections",
      // Memory that ends is an error, and no trap (FeditMemory).
      "-Xlinker", "--wrap=_ZN5swift28swift_abortAllocationFailureEmm",
    ])
  ] : []
let codecs: [LinkerSetting] =
  isStandalone
  ? [.unsafeFlags(["-Xlinker", "-l:libjpeg.a", "-Xlinker", "-l:libdeflate.a"])]
  : [.linkedLibrary("jpeg"), .linkedLibrary("deflate")]

// FEDIT_MPI=1, as `make mpi` sets it, makes a command that trains on many machines; without it nothing knows of MPI.
let isMPI = Context.environment["FEDIT_MPI"] == "1"
let mpiTargets: [Target] =
  isMPI ? [.systemLibrary(name: "CMPI", pkgConfig: "ompi-c", providers: [.apt(["libopenmpi-dev"])])] : []
let mpi: [Target.Dependency] = isMPI ? ["CMPI"] : []
let mpiSettings: [SwiftSetting] = isMPI ? [.define("FEDIT_MPI")] : []

/// A module in Swift, from the folder of its name.
func module(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
  .target(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

/// The tests of a module.
func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
  .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "fedit",
  products: [
    .executable(name: "fedit", targets: ["fedit"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    // Libraries of the system: a module map and a shim header each.
    .systemLibrary(name: "CCairo", pkgConfig: "cairo", providers: [.apt(["libcairo2-dev"])]),
    .systemLibrary(name: "CPNG", pkgConfig: "libpng", providers: [.apt(["libpng-dev"])]),
    // No pkgConfig where `codecs` says how a library is linked.
    .systemLibrary(name: "CJPEG"),
    .systemLibrary(name: "CTIFF", pkgConfig: "libtiff-4", providers: [.apt(["libtiff-dev"])]),
    .systemLibrary(name: "CWebP", pkgConfig: "libwebp", providers: [.apt(["libwebp-dev"])]),
    .systemLibrary(name: "CEdit", pkgConfig: "libedit", providers: [.apt(["libedit-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
    .systemLibrary(name: "CDeflate"),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),

    // C: the numeric kernels, dispatched at run time.
    .target(
      name: "FeditKernels",
      cSettings: [.unsafeFlags(["-O3", "-ffp-contract=off", "-fno-math-errno"] + cWarnings)]),

    // C: the inner loops of image processing.
    .target(
      name: "FeditVisionKernels",
      cSettings: [.unsafeFlags(["-O3", "-ffp-contract=off", "-fno-math-errno"] + cWarnings)]),

    // C: what happens where Swift's runtime gets no memory.
    .target(name: "FeditMemory", cSettings: [.unsafeFlags(cWarnings)]),

    // The built-in models' weight files, embedded in the binary.
    .target(
      name: "FeditBuiltInModels",
      exclude: ["portrait-2.safetensors", "portrait-256.safetensors", "face-finder.safetensors"],
      cSettings: [.unsafeFlags(["-std=c23"])]),

    // C: the picture libraries, whose errors must not jump across Swift's frames. libheif is loaded at run time, so that
    // only its header is needed here.
    .target(
      name: "FeditImageCodecs", dependencies: ["CPNG", "CJPEG", "CTIFF", "CWebP", "CZlib", "CDeflate"],
      cSettings: [.unsafeFlags(cWarnings)], linkerSettings: codecs),

    // Text for people and programs: safe for terminals, display width, JSON, errors that users see.
    module("FeditText"),
    // Files: read with limits, written atomically, hashed.
    module("FeditFiles", ["FeditText", "CCrypto"]),
    // Source text, spans, diagnostics, lexer, parser, lossless tree.
    module("FeditSyntax"),
    // Diagnostics as text for people, and as JSON and SARIF for programs.
    module("FeditDiagnostics", ["FeditSyntax", "FeditText"]),
    // What pixels are: planes, rectangles, colours, levels, luma.
    module("FeditPixels"),
    // The plan: plain data that says what is drawn where and which passes run.
    module("FeditPlan", ["FeditPixels"]),
    // Names, types, evaluation: from the tree to the plan.
    module("FeditProgram", ["FeditPixels", "FeditSyntax", "FeditPlan", "CExpat"]),
    // The formatter: one style for every script; programs as one script.
    module("FeditFormat", ["FeditPlan", "FeditSyntax", "FeditProgram"]),
    // Pictures in and out with limits, their metadata, resampling.
    module("FeditImage", ["FeditPixels", "FeditText", "FeditFiles", "FeditPlan", "FeditImageCodecs"]),
    // Image processing: edges, thinning, colour flattening, tracing.
    module("FeditVision", ["FeditPixels", "FeditVisionKernels", "FeditMemory"]),
    // Cairo: from the plan to the generator's layers, and from its output back into the photo.
    module("FeditRaster", ["FeditPixels", "FeditText", "FeditPlan", "FeditImage", "FeditVision", "CCairo"]),
    // Weight files: safetensors, TensorFlow checkpoints, npz, the model store.
    module("FeditWeights", ["FeditText", "FeditFiles", "FeditBuiltInModels", "CZlib"]),
    // Networks: maps of activations, tables of layers, convolutions with their gradients on the kernels.
    module("FeditNN", ["FeditKernels", "FeditText"]),
    // Faces: where they are in a photo, found by two small networks.
    module(
      "FeditFaces",
      [
        "FeditPixels", "FeditKernels", "FeditNN", "FeditWeights", "FeditImage", "FeditPlan",
        "FeditVision", "FeditVisionKernels", "FeditText",
      ]),
    // The SC-FEGAN network: whole frame, masked, incremental.
    module("FeditGenerator", ["FeditKernels", "FeditText", "FeditNN", "FeditWeights"]),
    // Data preparation, losses, discriminator, optimiser, the training loop.
    module(
      "FeditTraining",
      [
        "FeditPixels", "FeditFiles", "FeditImage", "FeditKernels", "FeditMemory", "FeditPlan", "FeditNN",
        "FeditText", "FeditWeights", "FeditProgram", "FeditGenerator", "FeditFaces", "FeditRaster",
        "FeditVision", "CCairo", "CZlib",
      ]),
    // Opens a photo, runs a plan, keeps what was computed: what every command shares.
    module(
      "FeditSession",
      [
        "FeditPixels", "FeditFiles", "FeditImage", "FeditPlan", "FeditSyntax", "FeditWeights", "FeditProgram",
        "FeditRaster", "FeditGenerator", "FeditFaces", "FeditNN", "FeditText", "CZlib",
      ]),
    // Locks, embedded scripts, verification.
    module(
      "FeditProvenance",
      [
        "FeditFiles", "FeditGenerator", "FeditImage", "FeditPlan", "FeditProgram", "FeditRaster",
        "FeditSyntax", "FeditText", "FeditWeights", "FeditSession", "FeditFormat", "CZlib",
      ]),
    // Differences in meaning between scripts, pictures and git revisions; contact sheets for reviewers.
    module(
      "FeditReview",
      [
        "FeditPixels", "FeditFiles", "FeditFormat", "FeditGenerator", "FeditImage", "FeditPlan",
        "FeditProgram", "FeditRaster", "FeditSession", "FeditSyntax", "FeditText", "FeditProvenance",
      ]),
    // One recipe over many photos: tables, shards, what is done and what is missing.
    module(
      "FeditBatch",
      [
        "FeditPixels", "FeditFiles", "FeditGenerator", "FeditImage", "FeditPlan", "FeditProgram",
        "FeditRaster", "FeditSession", "FeditSyntax", "FeditNN", "FeditText", "FeditProvenance",
      ]),
    // What editors and the REPL offer while someone types: completion, signatures, explanations.
    module("FeditAssist", ["FeditPixels", "FeditPlan", "FeditSyntax", "FeditProgram"]),
    // The language server: requests to answers, no I/O of its own.
    module(
      "FeditLanguageServer",
      ["FeditPixels", "FeditPlan", "FeditProgram", "FeditSyntax", "FeditAssist", "FeditFormat"]),
    // The studio's core: gestures to edits of a script's text, no I/O of its own.
    module(
      "FeditStudio",
      ["FeditPixels", "FeditPlan", "FeditProgram", "FeditSyntax", "FeditAssist", "FeditFormat", "FeditText"]),
    // The terminal: line editing, pictures.
    module("FeditTerminal", ["FeditFiles", "FeditImage", "CEdit"]),
    // A session at the prompt: statements in, pictures out; no terminal of its own.
    module(
      "FeditREPL",
      [
        "FeditFiles", "FeditGenerator", "FeditImage", "FeditPlan", "FeditProgram", "FeditRaster",
        "FeditSession", "FeditSyntax", "FeditText", "FeditProvenance", "FeditDiagnostics", "FeditAssist",
        "FeditFormat",
      ]),
    // C: the studio's page, embedded in the binary.
    .target(
      name: "FeditStudioPage", exclude: ["page"],
      cSettings: [.unsafeFlags(["-std=c23"])]),
    // The studio's local server: the door, windows, pictures of the newest text.
    module(
      "FeditStudioServer",
      [
        "FeditPixels", "FeditFiles", "FeditGenerator", "FeditImage", "FeditPlan", "FeditProgram",
        "FeditProvenance", "FeditRaster", "FeditSyntax", "FeditText", "FeditStudio", "FeditStudioPage",
        "FeditSession", "FeditReview", "FeditLanguageServer", "CCrypto",
      ]),
    // The commands, one file each.
    .executableTarget(
      name: "fedit",
      dependencies: [
        "FeditAssist", "FeditBatch", "FeditDiagnostics", "FeditFaces", "FeditFiles", "FeditFormat",
        "FeditGenerator", "FeditImage", "FeditLanguageServer", "FeditMemory", "FeditPixels", "FeditPlan",
        "FeditProgram", "FeditProvenance", "FeditRaster", "FeditREPL", "FeditReview", "FeditSession",
        "FeditStudio", "FeditStudioServer", "FeditSyntax", "FeditNN", "FeditTerminal", "FeditText",
        "FeditTraining", "FeditVision", "FeditWeights",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ] + mpi,
      swiftSettings: strict + mpiSettings, linkerSettings: runtime),

    // Tests: one target a module, and the commands from outside.
    tests("FeditTextTests", ["FeditText"]),
    tests("FeditFilesTests", ["FeditFiles", "FeditTestSupport"]),
    // What tests of several modules share: a world in memory, random numbers and programs.
    module(
      "FeditTestSupport", ["FeditPixels", "FeditPlan", "FeditProgram", "FeditWeights"],
      path: "Tests/FeditTestSupport"),
    tests("FeditSyntaxTests", ["FeditSyntax", "FeditTestSupport"]),
    tests(
      "FeditFormatTests", ["FeditPlan", "FeditProgram", "FeditSyntax", "FeditFormat", "FeditTestSupport"]),
    tests("FeditPixelsTests", ["FeditPixels"]),
    tests("FeditPlanTests", ["FeditPixels", "FeditPlan"]),
    tests(
      "FeditProgramTests", ["FeditPixels", "FeditPlan", "FeditSyntax", "FeditProgram", "FeditTestSupport"]),
    tests(
      "FeditImageTests", ["FeditFiles", "FeditPlan", "FeditImage", "FeditTestSupport"], exclude: ["Fixtures"]),
    tests("FeditRasterTests", ["FeditPixels", "FeditImage", "FeditPlan", "FeditRaster", "FeditTestSupport"]),
    tests(
      "FeditWeightsTests", ["FeditFiles", "FeditWeights", "FeditGenerator", "FeditTestSupport"],
      exclude: ["Fixtures"]),
    tests("FeditNNTests", ["FeditKernels", "FeditNN", "FeditTestSupport"]),
    tests("FeditFacesTests", ["FeditPixels", "FeditFaces", "FeditImage", "FeditPlan", "FeditNN"]),
    tests(
      "FeditGeneratorTests", ["FeditKernels", "FeditWeights", "FeditGenerator", "FeditTestSupport"],
      exclude: ["Fixtures"]),
    tests(
      "FeditTrainingTests",
      [
        "FeditPixels", "FeditFiles", "FeditGenerator", "FeditNN", "FeditTraining", "FeditImage",
        "FeditWeights", "FeditKernels", "FeditPlan", "FeditTestSupport",
      ], exclude: ["Fixtures"]),
    tests(
      "FeditSessionTests",
      [
        "FeditPlan", "FeditProgram", "FeditSyntax", "FeditSession", "FeditImage", "FeditGenerator",
        "FeditTestSupport", "FeditText", "FeditWeights",
      ]),
    tests("FeditBatchTests", ["FeditText", "FeditBatch", "FeditTestSupport"]),
    tests(
      "FeditProvenanceTests",
      [
        "FeditFiles", "FeditFormat", "FeditImage", "FeditPlan", "FeditProgram", "FeditSyntax",
        "FeditProvenance", "FeditTestSupport",
      ]),
    tests("FeditReviewTests", ["FeditPixels", "FeditPlan", "FeditReview"]),
    tests(
      "FeditLanguageServerTests",
      [
        "FeditPixels", "FeditAssist", "FeditPlan", "FeditProgram", "FeditSyntax", "FeditLanguageServer",
        "FeditTestSupport",
      ]),
    tests(
      "FeditStudioTests",
      ["FeditPlan", "FeditProgram", "FeditSyntax", "FeditText", "FeditStudio", "FeditTestSupport"],
      exclude: ["Cases"]),
    tests(
      "FeditStudioServerTests",
      [
        "FeditAssist", "FeditProgram", "FeditStudioServer", "FeditLanguageServer", "FeditSession",
        "FeditTestSupport",
      ]),
    tests("FeditTerminalTests", ["FeditTerminal"]),
    tests(
      "FeditREPLTests",
      [
        "FeditAssist", "FeditFiles", "FeditImage", "FeditPlan", "FeditProgram", "FeditSession", "FeditSyntax",
        "FeditREPL",
      ]),
    tests("FeditKernelsTests", ["FeditKernels", "FeditTestSupport"]),
    tests(
      "CommandTests",
      [
        "FeditGenerator", "FeditImage", "FeditPlan", "FeditWeights", "FeditSession", "FeditTestSupport",
        "fedit",
      ]),
  ] + mpiTargets
)
