// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that whoever uses Nabla never builds its measurements.
let package = Package(
  name: "nabla-benchmarks",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "nabla", path: "..")],
  targets: [
    .executableTarget(
      name: "Training", dependencies: [.product(name: "Nabla", package: "nabla")], path: "Training")
  ]
)
