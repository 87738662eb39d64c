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
    .target(
      name: "FeditText", dependencies: [],
      swiftSettings: strict),
    // Files: read with limits, written atomically, hashed.
    .target(
      name: "FeditFiles", dependencies: ["FeditText", "CCrypto"],
      swiftSettings: strict),
    // Source text, spans, diagnostics, lexer, parser, lossless tree.
    .target(
      name: "FeditSyntax", dependencies: [],
      swiftSettings: strict),
    // Diagnostics as text for people, and as JSON and SARIF for programs.
    .target(
      name: "FeditDiagnostics", dependencies: ["FeditSyntax", "FeditText"],
      swiftSettings: strict),
    // The plan: plain data that says what is drawn where and which passes run.
    .target(
      name: "FeditPlan", dependencies: [],
      swiftSettings: strict),
    // Names, types, evaluation: from the tree to the plan.
    .target(
      name: "FeditProgram", dependencies: ["FeditSyntax", "FeditPlan", "CExpat"],
      swiftSettings: strict),
    // The formatter: one style for every script; programs as one script.
    .target(
      name: "FeditFormat", dependencies: ["FeditPlan", "FeditSyntax", "FeditProgram"],
      swiftSettings: strict),
    // Pictures in and out with limits, their metadata, resampling.
    .target(
      name: "FeditImage", dependencies: ["FeditText", "FeditFiles", "FeditPlan", "FeditImageCodecs"],
      swiftSettings: strict),
    // Image processing: edges, thinning, colour flattening, tracing.
    .target(
      name: "FeditVision", dependencies: ["FeditVisionKernels", "FeditMemory"],
      swiftSettings: strict),
    // Cairo: from the plan to the generator's layers, and from its output back into the photo.
    .target(
      name: "FeditRaster", dependencies: ["FeditText", "FeditPlan", "FeditImage", "FeditVision", "CCairo"],
      swiftSettings: strict),
    // Weight files: safetensors, TensorFlow checkpoints, npz, the model store.
    .target(
      name: "FeditWeights", dependencies: ["FeditText", "FeditFiles", "FeditBuiltInModels", "CZlib"],
      swiftSettings: strict),
    // Tensors, convolutions and gated layers on the kernels.
    .target(
      name: "FeditTensor", dependencies: ["FeditKernels"],
      swiftSettings: strict),
    // Faces: where they are in a photo, found by two small networks.
    .target(
      name: "FeditFaces",
      dependencies: [
        "FeditKernels", "FeditTensor", "FeditWeights", "FeditImage", "FeditPlan", "FeditVision", "FeditText",
      ],
      swiftSettings: strict),
    // The SC-FEGAN network: whole frame, masked, incremental.
    .target(
      name: "FeditGenerator", dependencies: ["FeditKernels", "FeditText", "FeditTensor", "FeditWeights"],
      swiftSettings: strict),
    // Data preparation, losses, discriminator, optimiser, the training loop.
    .target(
      name: "FeditTraining",
      dependencies: [
        "FeditFiles", "FeditImage", "FeditKernels", "FeditPlan", "FeditTensor", "FeditText", "FeditWeights",
        "FeditProgram", "FeditGenerator", "FeditFaces", "FeditRaster", "FeditVision", "CCairo", "CZlib",
      ],
      swiftSettings: strict),
    // Opens a photo, runs a plan, keeps what was computed: what every command shares.
    .target(
      name: "FeditSession",
      dependencies: [
        "FeditFiles", "FeditImage", "FeditPlan", "FeditSyntax", "FeditWeights", "FeditProgram", "FeditRaster",
        "FeditGenerator", "FeditFaces", "FeditTensor", "FeditText", "CZlib",
      ],
      swiftSettings: strict),
    // Locks, embedded scripts, verification.
    .target(
      name: "FeditProvenance",
      dependencies: [
        "FeditFiles", "FeditGenerator", "FeditImage", "FeditPlan", "FeditProgram", "FeditRaster",
        "FeditSyntax", "FeditText", "FeditWeights", "FeditSession", "FeditFormat", "CZlib",
      ],
      swiftSettings: strict),
    // Differences in meaning between scripts, pictures and git revisions; contact sheets for reviewers.
    .target(
      name: "FeditReview",
      dependencies: [
        "FeditFiles", "FeditFormat", "FeditGenerator", "FeditImage", "FeditPlan", "FeditProgram",
        "FeditRaster", "FeditSession", "FeditSyntax", "FeditText", "FeditProvenance",
      ],
      swiftSettings: strict),
    // One recipe over many photos: tables, shards, what is done and what is missing.
    .target(
      name: "FeditBatch",
      dependencies: [
        "FeditFiles", "FeditGenerator", "FeditImage", "FeditPlan", "FeditProgram", "FeditRaster",
        "FeditSession", "FeditSyntax", "FeditTensor", "FeditText", "FeditProvenance",
      ],
      swiftSettings: strict),
    // What editors and the REPL offer while someone types: completion, signatures, explanations.
    .target(
      name: "FeditAssist", dependencies: ["FeditPlan", "FeditSyntax", "FeditProgram"],
      swiftSettings: strict),
    // The language server: requests to answers, no I/O of its own.
    .target(
      name: "FeditLanguageServer",
      dependencies: ["FeditPlan", "FeditProgram", "FeditSyntax", "FeditAssist", "FeditFormat"],
      swiftSettings: strict),
    // The studio's core: gestures to edits of a script's text, no I/O of its own.
    .target(
      name: "FeditStudio",
      dependencies: ["FeditPlan", "FeditProgram", "FeditSyntax", "FeditAssist", "FeditFormat", "FeditText"],
      swiftSettings: strict),
    // The terminal: line editing, pictures.
    .target(
      name: "FeditTerminal", dependencies: ["FeditFiles", "FeditImage", "CEdit"],
      swiftSettings: strict),
    // A session at the prompt: statements in, pictures out; no terminal of its own.
    .target(
      name: "FeditREPL",
      dependencies: [
        "FeditFiles", "FeditGenerator", "FeditImage", "FeditPlan", "FeditProgram", "FeditRaster",
        "FeditSession", "FeditSyntax", "FeditText", "FeditProvenance", "FeditDiagnostics", "FeditAssist",
        "FeditFormat",
      ],
      swiftSettings: strict),
    // C: the studio's page, embedded in the binary.
    .target(
      name: "FeditStudioPage", exclude: ["page"],
      cSettings: [.unsafeFlags(["-std=c23"])]),
    // The studio's local server: the door, windows, pictures of the newest text.
    .target(
      name: "FeditStudioServer",
      dependencies: [
        "FeditFiles", "FeditGenerator", "FeditImage", "FeditPlan", "FeditProgram", "FeditProvenance",
        "FeditRaster", "FeditSyntax", "FeditText", "FeditStudio", "FeditStudioPage", "FeditSession",
        "FeditReview", "FeditLanguageServer", "CCrypto",
      ],
      swiftSettings: strict),
    // The commands, one file each.
    .executableTarget(
      name: "fedit",
      dependencies: [
        "FeditAssist", "FeditFaces", "FeditFiles", "FeditFormat", "FeditGenerator", "FeditImage", "FeditPlan",
        "FeditProgram", "FeditRaster", "FeditSession", "FeditSyntax", "FeditTensor", "FeditText",
        "FeditVision", "FeditWeights", "FeditTraining", "FeditBatch", "FeditProvenance", "FeditReview",
        "FeditDiagnostics",
        "FeditLanguageServer",
        "FeditREPL", "FeditTerminal", "FeditStudio", "FeditStudioServer", "FeditMemory",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ] + mpi,
      swiftSettings: strict + mpiSettings, linkerSettings: runtime),

    // Tests: one target a module, and the commands from outside.
    .testTarget(name: "FeditTextTests", dependencies: ["FeditText"], swiftSettings: strict),
    .testTarget(
      name: "FeditFilesTests", dependencies: ["FeditFiles", "FeditTestSupport"], swiftSettings: strict),
    // What tests of several modules share: a world in memory, random numbers and programs.
    .target(
      name: "FeditTestSupport", dependencies: ["FeditPlan", "FeditProgram", "FeditWeights"],
      path: "Tests/FeditTestSupport",
      swiftSettings: strict),
    .testTarget(
      name: "FeditSyntaxTests", dependencies: ["FeditSyntax", "FeditTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "FeditFormatTests",
      dependencies: ["FeditPlan", "FeditProgram", "FeditSyntax", "FeditFormat", "FeditTestSupport"],
      swiftSettings: strict),
    .testTarget(name: "FeditPlanTests", dependencies: ["FeditPlan"], swiftSettings: strict),
    .testTarget(
      name: "FeditProgramTests",
      dependencies: ["FeditPlan", "FeditSyntax", "FeditProgram", "FeditTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "FeditImageTests", dependencies: ["FeditFiles", "FeditPlan", "FeditImage", "FeditTestSupport"],
      exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "FeditRasterTests", dependencies: ["FeditImage", "FeditPlan", "FeditRaster", "FeditTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "FeditWeightsTests",
      dependencies: ["FeditFiles", "FeditWeights", "FeditGenerator", "FeditTestSupport"],
      exclude: ["Fixtures"], swiftSettings: strict),
    .testTarget(
      name: "FeditTensorTests", dependencies: ["FeditKernels", "FeditTensor", "FeditTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "FeditFacesTests",
      dependencies: ["FeditFaces", "FeditImage", "FeditPlan", "FeditTensor", "FeditVision"],
      swiftSettings: strict),
    .testTarget(
      name: "FeditGeneratorTests",
      dependencies: ["FeditKernels", "FeditWeights", "FeditGenerator", "FeditTestSupport"],
      exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "FeditTrainingTests",
      dependencies: [
        "FeditFiles", "FeditGenerator", "FeditTensor", "FeditTraining", "FeditImage", "FeditVision",
        "FeditWeights", "FeditKernels", "FeditPlan", "FeditTestSupport",
      ], exclude: ["Fixtures"],
      swiftSettings: strict),
    .testTarget(
      name: "FeditSessionTests",
      dependencies: [
        "FeditPlan", "FeditProgram", "FeditSyntax", "FeditSession", "FeditImage", "FeditGenerator",
        "FeditTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FeditBatchTests", dependencies: ["FeditText", "FeditBatch", "FeditTestSupport"],
      swiftSettings: strict),
    .testTarget(
      name: "FeditProvenanceTests",
      dependencies: [
        "FeditFiles", "FeditFormat", "FeditImage", "FeditPlan", "FeditProgram", "FeditSyntax",
        "FeditProvenance", "FeditTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(name: "FeditReviewTests", dependencies: ["FeditPlan", "FeditReview"], swiftSettings: strict),
    .testTarget(
      name: "FeditLanguageServerTests",
      dependencies: [
        "FeditAssist", "FeditPlan", "FeditProgram", "FeditSyntax", "FeditLanguageServer", "FeditTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "FeditStudioTests",
      dependencies: [
        "FeditPlan", "FeditProgram", "FeditSyntax", "FeditText", "FeditStudio", "FeditTestSupport",
      ], exclude: ["Cases"],
      swiftSettings: strict),
    .testTarget(
      name: "FeditStudioServerTests",
      dependencies: [
        "FeditAssist", "FeditProgram", "FeditStudioServer", "FeditLanguageServer", "FeditSession",
        "FeditTestSupport",
      ],
      swiftSettings: strict),
    .testTarget(name: "FeditTerminalTests", dependencies: ["FeditTerminal"], swiftSettings: strict),
    .testTarget(
      name: "FeditREPLTests",
      dependencies: [
        "FeditAssist", "FeditFiles", "FeditImage", "FeditPlan", "FeditProgram", "FeditSession", "FeditSyntax",
        "FeditREPL",
      ], swiftSettings: strict),
    .testTarget(
      name: "FeditKernelsTests", dependencies: ["FeditKernels", "FeditTestSupport"], swiftSettings: strict),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "FeditGenerator", "FeditImage", "FeditPlan", "FeditWeights", "FeditSession", "FeditTestSupport",
        "fedit",
      ], swiftSettings: strict
    ),
  ] + mpiTargets
)
