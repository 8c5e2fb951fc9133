// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that whoever uses Nabla never resolves what only its measurements need.
let benchmark: [Target.Dependency] = [.product(name: "Benchmark", package: "benchmark")]
let plugins: [Target.PluginUsage] = [.plugin(name: "BenchmarkPlugin", package: "benchmark")]

let package = Package(
  name: "nabla-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [
    .package(name: "nabla", path: ".."),
    // No traits: counting allocations needs libraries that replace malloc, and nothing here counts them.
    .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
  ],
  targets: [
    .target(name: "Peaks", path: "Peaks", cSettings: [.unsafeFlags(["-O3"])]),
    .executableTarget(
      name: "Kernels",
      dependencies: benchmark + [
        "Peaks", .product(name: "CKernels", package: "nabla"), .product(name: "Nabla", package: "nabla"),
      ],
      path: "Kernels",
      plugins: plugins),
    .executableTarget(
      name: "Training",
      dependencies: benchmark + [.product(name: "Nabla", package: "nabla")],
      path: "Training",
      plugins: plugins),
  ]
)
