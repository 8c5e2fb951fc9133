import Foundation
import Nabla
import NablaFormats
import Testing

@Suite("nabla export")
struct ExportTests {
  let folder: Folder
  let model: SharedModel.Trained

  init() throws {
    folder = try Folder()
    model = try SharedModel.get()
  }

  private func nabla(_ arguments: String...) throws -> NablaProcess {
    try NablaProcess.run(arguments, in: folder)
  }

  private func save(_ model: ModelFile.Loaded, as name: String) throws {
    try ModelFile.save(
      model.network, to: folder.path(name), metadata: model.metadata, imageShape: model.imageShape,
      encoding: model.encoding)
  }

  @Test("writes each format beside the model, under its name, and says where")
  func places() throws {
    try FileManager.default.copyItem(atPath: model.path, toPath: folder.path("m.safetensors"))
    let expected = [
      ("onnx", "m.onnx"), ("c", "m.c and m.h"), ("network2", "m.json"), ("npz", "m.npz"), ("csv", "m-csv"),
      ("npy", "m-npy"),
    ]
    for (format, path) in expected {
      let run = try nabla("export", "m.safetensors", "--to", format)
      #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
      #expect(run.output == "Saved \(path)\n")
    }
    #expect(
      folder.contents == ["m-csv", "m-npy", "m.c", "m.h", "m.json", "m.npz", "m.onnx", "m.safetensors"])
    for format in ["csv", "npy"] {
      let files = try FileManager.default.contentsOfDirectory(atPath: folder.path("m-\(format)")).sorted()
      #expect(files == ["b1", "b2", "w1", "w2"].map { "\($0).\(format)" })
    }
  }

  @Test("the same model makes the same bytes, and replaces what was there")
  func same() throws {
    for format in ["onnx", "c", "network2", "npz"] {
      let name = "m.\(format)"
      try folder.write(name, "old".utf8)
      #expect(try nabla("export", model.path, "--to", format, "--output", name).status == 0)
      let first = try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
      #expect(try nabla("export", model.path, "--to", format, "--output", name).status == 0)
      #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path(name))) == first && first.count > 10_000)
    }
  }

  @Test("a model that is exported and imported again is the same file", arguments: ["npz", "onnx"])
  func roundTrip(format: String) throws {
    var models = try AnyNetwork.kinds.map(AnyNetwork.pictures)
    for isRegression in [true, false] {
      models.append(try AnyNetwork.table(isRegression: isRegression).model)
    }
    for model in models {
      try save(model, as: "m")
      #expect(try nabla("export", "m", "--to", format, "--output", "x").status == 0)
      let run = try nabla("import", "x", "--output", "again")
      #expect(run.status == 0, "\(run.errors)")
      let files = try ["m", "again"].map { try Data(contentsOf: URL(fileURLWithPath: folder.path($0))) }
      #expect(files[0] == files[1])
    }
  }

  @Test("network2's JSON comes back with the same parameters and cost", arguments: Cost.allCases.prefix(2))
  func network2(cost: Cost) throws {
    let network = try Network(topology: Topology([5, 4, 3]), cost: cost, seed: 8)
    try save(AnyNetwork.saved(network), as: "m")
    #expect(try nabla("export", "m", "--to", "network2", "--output", "x").status == 0)
    let run = try nabla("import", "x")
    #expect(
      run.output
        == "x: network2, network [5,4,3] (sigmoid, sigmoid), 39 parameters\nSaved model.safetensors\n",
      "\(run.errors)")
    let again = try ModelFile.load(folder.path("model.safetensors"))
    #expect(
      ModelFile.parametersSHA256(of: again.network) == ModelFile.parametersSHA256(of: network)
        && again.network.cost == cost)
    #expect(again.metadata["imported_from"] == "network2")
  }

  @Test("network2 holds sigmoid layers alone")
  func refused() throws {
    try save(AnyNetwork.pictures([.relu, .softmax]), as: "m")
    let run = try nabla("export", "m", "--to", "network2", "--output", "x.json")
    #expect(run.status == 64)
    #expect(
      run.errors == "nabla: error: x.json: cannot hold this network (expected sigmoid layers, quadratic or "
        + "cross-entropy cost, found relu,softmax, log-likelihood)\n")
    #expect(folder.contents == ["m"])
  }

  @Test("what a format has no place for is said")
  func notes() throws {
    try save(AnyNetwork.table(isRegression: true).model, as: "m")
    let npy = try nabla("export", "m", "--to", "npy")
    #expect(
      npy.errors == """
        m-npy: the activations (tanh,identity) are not in the files
        m-npy: the scaling of the columns is not in the file: its inputs are (cell - offset) * factor
        m-npy: the scaling of the targets is not in the file: they are output / factor + offset

        """)
    let onnx = try nabla("export", "m", "--to", "onnx")
    #expect(
      onnx.errors == "m.onnx: each word of a category is an input of its own, 1 for the word that is there\n")
  }

  @Test("C: a prefix of one's own, and names that C does not allow")
  func names() throws {
    let run = try nabla("export", model.path, "--to", "c", "--name", "digit_reader", "--output", "d.c")
    #expect(run.output == "Saved d.c and d.h\n", "\(run.errors)")
    let header = try String(contentsOfFile: folder.path("d.h"), encoding: .utf8)
    #expect(header.contains("void digit_reader_predict(const float *x, float *y);"))
    #expect(header.contains("#define DIGIT_READER_INPUTS 784\n#define DIGIT_READER_OUTPUTS 10\n"))
    for (name, output, message) in [
      (
        "1a", "d.c",
        "cannot name its functions so (expected a C name of at most 40 letters, digits and _, found '1a')"
      ),
      (
        "ü", "d.c",
        "cannot name its functions so (expected a C name of at most 40 letters, digits and _, found 'ü')"
      ),
      ("a", "d.h", "is no name of a C file (expected one that ends in .c; the .h goes beside it)"),
    ] {
      let run = try nabla("export", model.path, "--to", "c", "--name", name, "--output", output)
      #expect(run.status == 64 && run.errors == "nabla: error: \(output): \(message)\n")
    }
    let vain = try nabla("export", model.path, "--to", "npz", "--name", "a")
    #expect(vain.status == 64 && vain.errors == "nabla: error: --name: expected with --to c, found npz\n")
  }

  @Test("the model that is exported is not replaced by its export, whatever its path is called")
  func ownFile() throws {
    try FileManager.default.copyItem(atPath: model.path, toPath: folder.path("m.c"))
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.path("m.c")))
    for (format, path) in [("onnx", "m.c"), ("c", "./m.c")] {
      let run = try nabla("export", "m.c", "--to", format, "--output", path)
      #expect(run.status == 64)
      #expect(
        run.errors
          == "nabla: error: --output: expected another file than the model, found '\(path)'\n")
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("m.c"))) == before)
    #expect(folder.contents == ["m.c"])
  }

  @Test("places where nothing can be written, and formats that nobody knows")
  func outputs() throws {
    let missing = try nabla("export", model.path, "--to", "onnx", "--output", "no/m.onnx")
    #expect(
      missing.status == 73 && missing.errors.hasPrefix("nabla: error: no/m.onnx: lies in a folder that does"))
    try folder.write("file", "x".utf8)
    let noFolder = try nabla("export", model.path, "--to", "csv", "--output", "file")
    #expect(
      noFolder.status == 73
        && noFolder.errors == "nabla: error: file: is not a folder (expected a folder, found a file)\n")
    let unknown = try nabla("export", model.path, "--to", "xml")
    #expect(
      unknown.status == 64
        && unknown.errors == "nabla: error: --to: expected onnx, c, network2, npz, csv or npy, found 'xml'\n")
    let noModel = try nabla("export", "nothing", "--to", "onnx")
    #expect(noModel.status == 66 && noModel.errors == "nabla: error: nothing: does not exist\n")
    #expect(folder.contents == ["file"])
  }

  @Test("a folder with the arrays of a deeper network is not mixed with those of another")
  func deeper() throws {
    try save(AnyNetwork.pictures([.tanh, .relu, .sigmoid, .identity]), as: "deep")
    #expect(try nabla("export", "deep", "--to", "npy", "--output", "x").status == 0)
    let run = try nabla("export", model.path, "--to", "npy", "--output", "x")
    #expect(
      run.status == 73
        && run.errors
          == "nabla: error: x: has the arrays of a network with more layers (expected an empty folder, "
          + "found w3.npy)\n"
    )
  }
}
