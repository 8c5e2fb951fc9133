import Foundation
import Testing

/// The committed pictures of Tests/Pictures, by a network trained here in seconds on drawn digits alone. How many a good
/// network reads: `Tests/Pictures/check`.
@Suite("nabla predict: people's own pictures")
struct OwnPictureTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private static let pictures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Pictures")

  private func files(_ name: String) throws -> [URL] {
    try FileManager.default.contentsOfDirectory(
      at: Self.pictures.appendingPathComponent(name), includingPropertiesForKeys: nil
    ).sorted { $0.path < $1.path }
  }

  /// What a picture shows: the start of its name.
  private func truth(_ file: URL) -> String { String(file.lastPathComponent.prefix { $0 != "-" }) }

  private func train() throws {
    let run = try NablaProcess.run(
      [
        "train", "--data", "handwriting:4000", "--hidden", "100", "--activation", "relu",
        "--output-activation", "softmax", "--epochs", "8", "--quiet",
      ], in: folder)
    #expect(run.status == 0, "\(run.errors)")
  }

  private func predict(_ files: [String], _ options: String...) throws -> [JSONLine] {
    let run = try NablaProcess.run(
      ["predict", "model.safetensors", "--json"] + options + files, in: folder, seconds: 900)
    #expect(run.status == 0, "\(run.errors)")
    return try run.lines.map { try JSONLine($0) }
  }

  @Test("PNG, JPEG and PGM, photographed and drawn, dark and light ink, turned by EXIF")
  func digits() throws {
    try train()
    let files = try files("digits")
    let results = try predict(files.map(\.path))
    try #require(results.count == files.count && files.count >= 60)
    let right = try zip(files, results).count { try truth($0) == "\($1.integer("prediction"))" }
    // 78 of 93: the network is a toy. Before they were prepared, it read none of another size.
    #expect(right >= 70, "\(right) of \(files.count)")
    let inks = try Set(results.map { try $0.object("prepared").string("ink") })
    #expect(inks == ["dark", "light"])
  }

  @Test("Numbers: as many digits as there are, from left to right")
  func numbers() throws {
    try train()
    let files = try files("numbers")
    let results = try predict(files.map(\.path), "--digits")
    try #require(results.count == files.count && files.count >= 20)
    let cutRight = try zip(files, results).count { try truth($0).count == $1.objects("digits").count }
    #expect(cutRight >= files.count - 1, "\(cutRight) of \(files.count) cut right")
    let digits = try zip(files, results).reduce(0) { sum, pair in
      sum + zip(truth(pair.0), try pair.1.string("number")).count { $0.0 == $0.1 }
    }
    #expect(digits >= 65, "\(digits) digits read right")
  }

  /// A 7 on a field of 28 x 28 or larger.
  private func seven(scale: Int, isDark: Bool) -> [UInt8] {
    let side = 28 * scale
    let pixels = (0..<side * side).map { index -> UInt8 in
      let (row, column) = (index / side / scale, index % side / scale)
      let isInk =
        (4...6).contains(row) && (9...18).contains(column)
        || (4...23).contains(row) && (16...18).contains(column)
      return isInk == isDark ? 20 : 240
    }
    return Array("P5\n\(side) \(side)\n255\n".utf8) + pixels
  }

  @Test("A picture that is ready is read as it is; others say what was done to them")
  func ready() throws {
    let model = try SharedModel.get().path
    try folder.write("ready.pgm", seven(scale: 1, isDark: false))
    try folder.write("dark.pgm", seven(scale: 1, isDark: true))
    try folder.write("large.pgm", seven(scale: 5, isDark: true))
    func output(_ file: String, _ options: String...) throws -> String {
      try NablaProcess.run(["predict", model, file, "--json"] + options, in: folder).output
    }
    let ready = try output("ready.pgm")
    #expect(try ready == output("ready.pgm", "--as-is"))
    #expect(ready.contains("\"prepared\":null"))
    for file in ["dark.pgm", "large.pgm"] {
      let prepared = try JSONLine(output(file)).object("prepared")
      #expect(try prepared.string("ink") == "dark")
      #expect(try prepared.numbers("scaled_to") == [20, 10])
    }
    let text = try NablaProcess.run(["predict", model, "large.pgm"], in: folder)
    #expect(text.lines.count > 2 && text.lines[1].hasPrefix("dark ink on light paper, "), "\(text.output)")
    #expect(text.output.contains("pixels scaled to 20 x 10, centred by mass"))
    let number = try NablaProcess.run(["predict", model, "large.pgm", "--digits"], in: folder)
    #expect(
      number.output.contains("; 1 digit, each scaled to 20 pixels, centred by mass"), "\(number.output)")
  }

  @Test("--digits goes with no option that leaves pictures as they are, no IDX file and no table")
  func refused() throws {
    let model = try SharedModel.get().path
    try folder.write("a.pgm", seven(scale: 2, isDark: true))
    for option in ["--as-is", "--resize", "--invert"] {
      let run = try NablaProcess.run(["predict", model, "a.pgm", "--digits", option], in: folder)
      #expect(run.status == 64)
      #expect(run.errors == "nabla: error: --digits: expected without --as-is, --resize and --invert\n")
    }
    try folder.write("images", IDXBytes.images(1, rows: 28, columns: 28))
    let idx = try NablaProcess.run(["predict", model, "images:0", "--digits"], in: folder)
    #expect(idx.status == 64)
    #expect(idx.errors.contains("--digits: expected with picture files"))
  }
}
