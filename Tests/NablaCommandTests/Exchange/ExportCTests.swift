import Foundation
import Nabla
import NablaFormats
import Testing

/// A compiler, for this machine or another.
struct CCompiler: CustomTestStringConvertible, Sendable {
  let command: [String]
  /// What runs the programs it makes; nil where nothing does, or is installed.
  let emulator: [String]?

  var testDescription: String { command.joined(separator: " ") }

  private static let freestanding = ["-ffreestanding", "-mcpu=cortex-m4", "-mthumb"]
  private static let candidates = [
    CCompiler(command: ["gcc"], emulator: []), CCompiler(command: ["clang"], emulator: []),
    CCompiler(
      command: ["aarch64-linux-gnu-gcc"],
      emulator: Peer.has("qemu-aarch64") ? ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"] : nil),
    CCompiler(command: ["arm-none-eabi-gcc"] + freestanding, emulator: nil),
    CCompiler(command: ["clang", "--target=thumbv7em-none-eabihf"] + freestanding, emulator: nil),
  ]
  static let installed = candidates.filter { Peer.has($0.command[0]) }
  static let native = installed.filter { $0.emulator != nil }

  static let warnings = [
    "-std=c99", "-O2", "-Wall", "-Wextra", "-pedantic", "-Wconversion", "-Wshadow", "-Wdouble-promotion",
    "-Wundef", "-Wcast-qual", "-Wstrict-prototypes", "-Werror",
  ]
}

@Suite(
  "An exported C file compiles without a warning and answers as Nabla does",
  .enabled(if: !CCompiler.native.isEmpty, "no gcc and no clang"))
struct ExportCTests {
  let folder: Folder

  init() throws { folder = try Folder() }

  private func compile(_ compiler: CCompiler) throws {
    let run = try Peer.run(
      compiler.command + CCompiler.warnings + ["-c", "model.c", "-o", "model.o"], in: folder)
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
  }

  private func outputs(_ model: ModelFile.Loaded, _ inputs: [Float], _ compiler: CCompiler) throws -> [Float]
  {
    try ModelExport.write(model, as: .c, to: folder.path("model.c"))
    try compile(compiler)
    let program = Peer.script("run_model.c")
    let built = try Peer.run(
      compiler.command + CCompiler.warnings + ["-I.", program, "model.o", "-o", "run"], in: folder)
    try #require(built.status == 0, "\(built.errors)")
    try folder.write("inputs", rawBytes(inputs))
    let emulator = (compiler.emulator ?? []).joined(separator: " ")
    let run = try NablaProcess.shell("\(emulator) ./run < inputs > outputs", in: folder)
    try #require(run.status == 0, "\(run.errors)")
    return try rawFloats(folder.path("outputs"))
  }

  @Test("every activation, every compiler that runs", arguments: AnyNetwork.kinds, CCompiler.native)
  func activations(kinds: [Activation], compiler: CCompiler) throws {
    let pictures = Pictures.drawn(200)
    let model = try AnyNetwork.pictures(kinds)
    let found = difference(
      try outputs(model, pictures.inputs, compiler), try model.network.predict(pictures.pixels), size: 10)
    #expect(found.largest <= 2e-6 && found.otherClasses == 0)
  }

  @Test("every activation and table compiles for the other machines", arguments: CCompiler.installed)
  func compilers(compiler: CCompiler) throws {
    for model in try AnyNetwork.kinds.map(AnyNetwork.pictures)
      + [true, false].map({ try AnyNetwork.table(isRegression: $0).model })
    {
      try ModelExport.write(model, as: .c, to: folder.path("model.c"))
      try compile(compiler)
    }
  }

  @Test("raw rows of a table, with missing numbers", arguments: [false, true])
  func tables(isRegression: Bool) throws {
    let (model, rows, inputs) = try AnyNetwork.table(isRegression: isRegression)
    let found = try outputs(model, inputs, try #require(CCompiler.native.first))
    let expected = try model.outputs(rows: rows)
    try #require(found.count == expected.count)
    #expect(zip(found, expected).allSatisfy { abs($0 - $1) <= 2e-6 * max(1, abs($1)) })
    let source = try String(contentsOfFile: folder.path("model.c"), encoding: .utf8)
    #expect(isRegression || source.contains(#""versicolor \077\077/""#))
    #expect(isRegression || source.contains(#""\346\234\250""#))
  }

  @Test(
    "a trained network gives every test picture the same class", arguments: TrainedNetwork.all,
    CCompiler.native)
  func testSet(trained: TrainedNetwork, compiler: CCompiler) throws {
    let (pictures, model) = (try Pictures.test(), try trained.model())
    let found = difference(
      try outputs(model, pictures.inputs, compiler), try model.network.predict(pictures.pixels), size: 10)
    #expect(found.otherClasses == 0)
    #expect(found.largest <= 2e-6)
  }

  @Test("infinite and missing pixels stay numbers of no class, not a trap")
  func strange() throws {
    let model = try AnyNetwork.pictures([.tanh, .softmax])
    let found = try outputs(
      model, [Float](repeating: .nan, count: 784) + [Float](repeating: .infinity, count: 784),
      try #require(CCompiler.native.first))
    #expect(found.count == 20)
    #expect(found.prefix(10).allSatisfy { $0.isNaN })
  }
}
