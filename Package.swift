// swift-tools-version: 6.2
import PackageDescription

// Continuous integration treats every warning as an error; a newer compiler's new warning never breaks a user.
let strict = Context.environment["CI"] != nil
let swiftSettings: [SwiftSetting] = strict ? [.treatAllWarnings(as: .error)] : []

// Optimizing code that loops over no samples took half of the first build, and makes nothing faster: the command line,
// models, checkpoints and downloads (what loops over bytes is in NablaReaders), and the tests.
let unoptimized = swiftSettings + [.unsafeFlags(["-Onone"], .when(configuration: .release))]

// OpenMP reaches this one target. -O3 also in debug: a kernel at -O0 is a hundred times slower, same bits.
let kernelFlags: [CSetting] = [
  .unsafeFlags(["-std=c11", "-O3", "-ffp-contract=off", "-fno-math-errno"]),
  .unsafeFlags(["-fopenmp"], .when(platforms: [.linux])),
]

// Open MPI's name for its C library; MPICH's is "mpich".
let mpi = Context.environment["NABLA_MPI"] ?? "ompi-c"

let package = Package(
  name: "nabla",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "CKernels", targets: ["CKernels"]),
    .library(name: "Nabla", targets: ["Nabla"]),
    .library(name: "NablaFormats", targets: ["NablaFormats"]),
    .executable(name: "nabla", targets: ["NablaCommand"]),
  ],
  traits: [.trait(name: "MPI", description: "Training on several machines: mpirun nabla train")],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2"))
  ],
  targets: [
    .target(
      name: "CKernels",
      path: "CKernels",
      sources: ["src"],
      publicHeadersPath: "include",
      cSettings: kernelFlags,
      linkerSettings: [.linkedLibrary("omp5", .when(platforms: [.linux]))]),
    .target(name: "Nabla", dependencies: ["CKernels"], swiftSettings: swiftSettings),
    .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .systemLibrary(
      name: "CPng", pkgConfig: "libpng16", providers: [.apt(["libpng-dev"]), .brew(["libpng"])]),
    .systemLibrary(
      name: "CJpeg", pkgConfig: "libjpeg", providers: [.apt(["libjpeg-dev"]), .brew(["jpeg-turbo"])]),
    // Apple's systems have CryptoKit instead.
    .systemLibrary(
      name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl"])]),
    .target(
      name: "NablaReaders", dependencies: ["Nabla", "CZlib", "CPng", "CJpeg"], swiftSettings: swiftSettings),
    .target(
      name: "NablaFormats",
      dependencies: [
        "Nabla", "NablaReaders", .target(name: "CCrypto", condition: .when(platforms: [.linux])),
      ],
      swiftSettings: unoptimized),
    // The files of the live page as bytes: compiled by C's #embed in a tenth of a second (decision 10).
    .target(
      name: "CLivePage", path: "Sources/NablaPages/Live",
      exclude: ["page.html", "page.css", "icon.svg"]
        + ["page", "tools", "sheet", "layers", "steps", "run", "table"].map { "\($0).js" },
      cSettings: [.unsafeFlags(["-Wno-c23-extensions"])]),
    .target(
      name: "NablaPages", dependencies: ["Nabla", "CLivePage"], exclude: ["Live"], swiftSettings: unoptimized),
    .target(name: "NablaServer", swiftSettings: unoptimized),
    // Only with the trait MPI is anything of MPI looked for, or built.
    .systemLibrary(
      name: "CMPI", pkgConfig: mpi, providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
    .target(
      name: "NablaCluster",
      dependencies: ["Nabla", .target(name: "CMPI", condition: .when(traits: ["MPI"]))],
      swiftSettings: swiftSettings),
    .executableTarget(
      name: "NablaCommand",
      dependencies: [
        "Nabla", "NablaFormats", "NablaPages", "NablaServer", "NablaCluster",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: unoptimized),
    // The program of the tutorial, which a test compares with its text and runs. Nothing depends on it.
    .executableTarget(
      name: "FiveSteps", dependencies: ["Nabla", "NablaFormats"], path: "Documentation/FiveSteps",
      swiftSettings: unoptimized),
    .testTarget(name: "CKernelsTests", dependencies: ["CKernels"], swiftSettings: unoptimized),
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    .target(
      name: "InputBytes", dependencies: ["CZlib"], path: "Tests/InputBytes", swiftSettings: swiftSettings),
    .testTarget(
      name: "NablaTests", dependencies: ["Nabla", "AllocationCounter"], swiftSettings: unoptimized),
    .testTarget(
      name: "NablaClusterTests", dependencies: ["Nabla", "NablaCluster"], swiftSettings: unoptimized),
    .testTarget(
      name: "NablaFormatsTests",
      dependencies: ["Nabla", "NablaFormats", "InputBytes"],
      swiftSettings: unoptimized),
    .testTarget(name: "NablaPagesTests", dependencies: ["NablaPages"], swiftSettings: unoptimized),
    .testTarget(name: "NablaServerTests", dependencies: ["NablaServer"], swiftSettings: unoptimized),
    .testTarget(
      name: "NablaCommandTests",
      dependencies: ["Nabla", "NablaCommand", "NablaFormats", "InputBytes", "FiveSteps"],
      swiftSettings: unoptimized),
  ]
)
