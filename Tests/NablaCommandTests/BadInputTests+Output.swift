import Foundation
import InputBytes
import Testing

/// `message` continues the output's name.
private func output(
  _ name: String, _ path: String, _ message: String,
  write: @escaping @Sendable (Folder) throws -> Void = { _ in }
) -> BadCommand {
  BadCommand(name, ["train", "--data", "digits:60", "-o", path], 73, path + message, write: write)
}

extension BadCommand {
  static let outputs: [BadCommand] = [
    output(
      "59: a folder that is missing", "no/where/m",
      ": lies in a folder that does not exist (found no/where)"),
    output("59: a folder", ".", ": is a folder (expected a file)"),
    output("59: the name of a folder", "m/", ": is the name of a folder (expected a file)"),
    output("59: a device", "/dev/full", ": is not a file (expected a file, found a device)"),
    output("59: below a file", "f/m", ": lies in something that is not a folder (expected f, found a file)") {
      try $0.write("f", [1])
    },
    output(
      "59: a symbolic link into nowhere", "link", ": lies in a folder that does not exist (found ./none)"
    ) { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder.path("link"), withDestinationPath: "none/file")
    },
    output("59: a symbolic link to itself", "link", ": is a chain of symbolic links without end") { folder in
      try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "link")
    },
  ]
}

extension BadInputTests {
  @Test("Row 59: outputs that cannot be", arguments: BadCommand.outputs) func outputs(command: BadCommand)
    throws
  {
    try command.check()
  }

  @Test(
    "A file that is read is not replaced by what is written",
    arguments: [
      "train --data t.csv --epochs 1 --output ./t.csv", "train --data t.csv --epochs 1 --report t.csv",
      "predict m t.csv --output t.csv", "predict m t.csv --output ./m",
    ])
  func replacedInput(command: String) throws {
    let folder = try Folder()
    let rows = (0..<40).map { "\($0),\($0 % 7),\($0 < 20 ? "low" : "high")\n" }.joined()
    try folder.write("t.csv", Array("a,b,class\n\(rows)".utf8))
    let made = try NablaProcess.run(
      ["train", "--data", "t.csv", "--epochs", "1", "--output", "m", "--quiet"], in: folder)
    try #require(made.status == 0, "\(made.errors)")
    func contents() throws -> [Data] {
      try ["t.csv", "m"].map { try Data(contentsOf: URL(fileURLWithPath: folder.path($0))) }
    }
    let before = try contents()
    let run = try NablaProcess.run(command.split(separator: " ").map(String.init), in: folder)
    #expect(run.status == 64)
    #expect(run.errors.contains("expected another file than "), "\(run.errors)")
    #expect(try contents() == before)
    #expect(folder.contents == ["m", "t.csv"])
  }

  @Test("Row 59: a read-only folder", .enabled(if: geteuid() != 0, "permissions do not stop the superuser"))
  func readOnlyFolder() throws {
    try output(
      "59", "locked/m", ": lies in a folder that cannot be written to: Permission denied"
    ) { folder in
      try FileManager.default.createDirectory(
        atPath: folder.path("locked"), withIntermediateDirectories: false,
        attributes: [.posixPermissions: 0o555])
    }.check()
  }

  @Test("Row 59: an output that is a symbolic link stays one; what it points at is replaced")
  func symbolicLink() throws {
    let folder = try Folder()
    try FileManager.default.createSymbolicLink(atPath: folder.path("link"), withDestinationPath: "model")
    let run = try NablaProcess.run(
      ["train", "--data", "digits:60", "--epochs", "1", "--quiet", "-o", "link"], in: folder)
    #expect(run.status == 0)
    #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path("link")) == "model")
    #expect(try NablaProcess.run(["inspect", "model"], in: folder).status == 0)
  }

  @Test("Row 59: the disk fills in mid-epoch: said once, trained to the end, the old model stays")
  func diskFillsInMidEpoch() throws {
    let folder = try Folder()
    try folder.write("model.safetensors", "precious".utf8)
    // 4 KiB: neither checkpoint nor model fits, what is printed does.
    let run = try NablaProcess.shell(
      "ulimit -f 8; nabla train --data digits:600 --epochs 2 --quiet --checkpoint-every 7-batches",
      in: folder, environment: ["TMPDIR": folder.url.path])
    let problem = "cannot be written: File too large"
    #expect(
      run.errors
        == "nabla: warning: model.checkpoint.safetensors: \(problem); training goes on\n"
        + "nabla: error: model.safetensors: \(problem)\n")
    #expect(run.status == 74)
    #expect(run.lines.count == 2)
    #expect(folder.contents == ["model.safetensors"])
    #expect(try String(contentsOfFile: folder.path("model.safetensors"), encoding: .utf8) == "precious")
  }

  @Test("Rows 24, 37, 38, 44, 45: what is unusual and can be read is read")
  func readable() throws {
    let folder = try Folder()
    let images = idx([12, 2, 2], sampleBytes(48).map { $0 | 128 })
    try folder.write("train-images-idx3-ubyte.gz", withName(gzip(images)))
    try folder.write("train-labels-idx1-ubyte", idx([12], (0..<12).map { UInt8($0 % 3) }))
    #expect(try NablaProcess.run(["data", "info", "."], in: folder).status == 0)

    let model = try SharedModel.get()
    let text = chunk(
      "zTXt", Array("a\0\0".utf8) + deflated([UInt8](repeating: 0, count: 20_000_000), gzip: false))
    let rows = unfiltered(sampleBytes(784), bytesPerRow: 28)
    try folder.write("bomb.png", png(rows: 28, columns: 28, data: rows, extra: text))
    try folder.write("plain.png", png(rows: 28, columns: 28, data: rows))
    let pictures = try ["bomb.png", "plain.png"].map {
      try JSONLine(NablaProcess.run(["predict", model.path, $0, "--json"], in: folder).output)
    }
    #expect(try pictures[0].number("confidence") == pictures[1].number("confidence"))
    try folder.write(
      "large.png", png(rows: 20, columns: 32, data: unfiltered(sampleBytes(640), bytesPerRow: 32)))
    let scaled = try NablaProcess.run(["predict", model.path, "large.png", "--resize"], in: folder)
    #expect(scaled.output.contains("scaled from 20 x 32"))

    // The same numbers in C order, in Fortran order, and in the other byte order.
    let values: [Double] = (0..<24).map { Double($0 * $0 % 17) }
    let arrays = [
      npy("<f8", "12, 2", doubles(values)),
      npy("<f8", "12, 2", fortran: true, doubles((0..<24).map { values[$0 % 12 * 2 + $0 / 12] })),
      npy(">f8", "12, 2", doubles(values.reversed()).reversed()),
    ]
    try folder.write("y.npy", npy("<i8", "12,", integers((0..<12).map { $0 % 2 })))
    var hashes: Set<String> = []
    for bytes in arrays {
      try folder.write("X.npy", bytes)
      let run = try NablaProcess.run(
        ["train", "--data", "X.npy", "--epochs", "2", "--quiet", "--json"], in: folder)
      hashes.insert(try JSONLine(#require(run.lines.last)).string("parameters_sha256"))
    }
    #expect(hashes.count == 1)
  }
}
