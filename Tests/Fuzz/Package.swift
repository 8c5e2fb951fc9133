// swift-tools-version: 6.2
import PackageDescription

// The same sources as the package above, through links, because they need flags of their own here: every module's
// edges and comparisons are counted for libFuzzer, and AddressSanitizer and UndefinedBehaviorSanitizer watch.
// -enable-testing: the targets call readers that no other module sees.
let swiftSettings: [SwiftSetting] = [
  .unsafeFlags(["-sanitize=fuzzer,address", "-enable-testing", "-Xcc", "-fno-omit-frame-pointer"])
]

// The kernels' bodies do arithmetic and read no file; CKernels has sanitizer runs of its own. Instrumented, a file of
// them takes a minute to compile.
let ignored = Context.packageDirectory + "/ignored.txt"
let cSettings: [CSetting] = [
  .unsafeFlags([
    "-std=c11", "-O1", "-ffp-contract=off", "-fno-math-errno", "-fopenmp",
    "-fsanitize=fuzzer-no-link,address,undefined", "-fno-sanitize-recover=undefined",
    "-fsanitize-ignorelist=\(ignored)", "-fsanitize-coverage-ignorelist=\(ignored)",
  ])
]

let package = Package(
  name: "nabla-fuzz",
  targets: [
    .target(
      name: "CKernels", path: "CKernels", sources: ["src"], publicHeadersPath: "include",
      cSettings: cSettings,
      linkerSettings: [.linkedLibrary("omp5")]),
    .target(name: "Nabla", dependencies: ["CKernels"], swiftSettings: swiftSettings),
    .systemLibrary(name: "CZlib"),
    .systemLibrary(name: "CPng", pkgConfig: "libpng16"),
    .systemLibrary(name: "CJpeg", pkgConfig: "libjpeg"),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
    .target(
      name: "NablaReaders", dependencies: ["Nabla", "CZlib", "CPng", "CJpeg"], swiftSettings: swiftSettings),
    .target(
      name: "NablaFormats", dependencies: ["Nabla", "NablaReaders", "CCrypto"], swiftSettings: swiftSettings),
    .executableTarget(
      name: "Fuzz", dependencies: ["Nabla", "NablaReaders", "NablaFormats", "CZlib"],
      swiftSettings: swiftSettings,
      linkerSettings: [.unsafeFlags(["-sanitize=fuzzer,address", "-use-ld=lld"])]),
  ]
)
