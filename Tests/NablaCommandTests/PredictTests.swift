import Foundation
import Testing

@Suite("nabla predict: pictures of IDX files, and pictures that are no squares")
struct PredictTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private func nabla(_ arguments: String...) throws -> NablaProcess {
    try NablaProcess.run(arguments, in: folder)
  }

  /// Trains on 12 pictures of this size, in a folder `data`.
  private func train(rows: Int, columns: Int) throws {
    try FileManager.default.createDirectory(atPath: folder.path("data"), withIntermediateDirectories: true)
    try folder.write("data/train-images-idx3-ubyte", IDXBytes.images(12, rows: rows, columns: columns))
    try folder.write("data/train-labels-idx1-ubyte", IDXBytes.labels((0..<12).map { $0 % 3 }))
    #expect(try nabla("train", "--data", "data", "--epochs", "1", "--quiet").status == 0)
  }

  private func predict(_ picture: String, _ options: String...) throws -> NablaProcess {
    try NablaProcess.run(["predict", "model.safetensors", picture, "--json"] + options, in: folder)
  }

  @Test("an IDX file needs no labels; where there are some, they are told")
  func labels() throws {
    try train(rows: 4, columns: 4)
    #expect(try JSONLine(predict("data/train-images-idx3-ubyte:4").output).integer("label") == 1)
    try folder.write("alone-images-idx3-ubyte", IDXBytes.images(3, rows: 4, columns: 4))
    let alone = try predict("alone-images-idx3-ubyte:2")
    #expect(alone.status == 0, "\(alone.errors)")
    #expect(alone.output.contains("\"label\":null"))
    for useless in [[], IDXBytes.labels([1, 2]), Array("no labels".utf8)] {
      try folder.write("alone-labels-idx1-ubyte", useless)
      #expect(try predict("alone-images-idx3-ubyte:2").output == alone.output)
    }
  }

  @Test("an index that is not in the file, and pictures of another size")
  func refused() throws {
    try train(rows: 4, columns: 4)
    let index = try predict("data/train-images-idx3-ubyte:12")
    #expect(index.status == 64)
    #expect(index.errors.hasPrefix("nabla: error: data/train-images-idx3-ubyte:12: is not in the file"))
    try folder.write("wide", IDXBytes.images(1, rows: 4, columns: 5))
    let size = try predict("wide:0")
    #expect(size.status == 65)
    #expect(
      size.errors == "nabla: error: wide: has pictures of another size (expected 4 x 4, found 4 x 5)\n")
  }

  @Test("a network of 20 x 10 inputs reads pictures of that shape, from IDX and PGM, scaled too")
  func oblong() throws {
    try train(rows: 20, columns: 10)
    let idx = try predict("data/train-images-idx3-ubyte:0")
    #expect(idx.status == 0, "\(idx.errors)")
    let pixels = IDXBytes.images(12, rows: 20, columns: 10)[16..<216]
    try folder.write("a.pgm", Array("P5\n10 20\n255\n".utf8) + pixels)
    let pgm = try predict("a.pgm")
    #expect(pgm.status == 0, "\(pgm.errors)")
    #expect(try JSONLine(pgm.output).numbers("confidences") == JSONLine(idx.output).numbers("confidences"))
    try folder.write("lying.pgm", Array("P5\n20 10\n255\n".utf8) + pixels)
    #expect(try predict("lying.pgm", "--as-is").status == 65)
    #expect(try predict("lying.pgm", "--resize").status == 0)
  }

  @Test("a network trained on pictures of one row of 8 pixels reads any of 8 pixels, but cannot scale one")
  func shapeUnknown() throws {
    try train(rows: 1, columns: 8)
    for (columns, status) in [(2, 0), (4, 0), (3, 65)] as [(Int, Int32)] {
      try folder.write(
        "a.pgm",
        Array("P5\n\(columns) \(8 / columns)\n255\n".utf8) + Array(0..<8).prefix(8 / columns * columns))
      #expect(try predict("a.pgm").status == status)
    }
    let scaled = try predict("a.pgm", "--resize")
    #expect(scaled.status == 65)
    #expect(
      scaled.errors == "nabla: error: model.safetensors: does not tell the rows and columns of its 8 inputs, "
        + "which --resize needs\n")
  }
}
