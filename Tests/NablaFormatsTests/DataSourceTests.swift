import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite struct DataSourceTests {
  @Test("Words are data sets")
  func words() throws {
    let folder = try TemporaryFolder()
    #expect(try DataSource(parsing: "digits") == .digits(trainingCount: 60_000))
    #expect(try DataSource(parsing: "digits:7") == .digits(trainingCount: 7))
    #expect(try DataSource(parsing: "digits:100000000") == .digits(trainingCount: 100_000_000))
    #expect(try DataSource(parsing: "handwriting") == .digits(trainingCount: 60_000, pen: .varied))
    #expect(try DataSource(parsing: "handwriting:7") == .digits(trainingCount: 7, pen: .varied))
    #expect(try DataSource(parsing: "mnist") == .mnist)
    #expect(try DataSource(parsing: folder.path) == .folder(folder.path))
    let csv = try folder.write("1,2\n", to: "a.csv")
    #expect(try DataSource(parsing: csv) == .file(csv))
  }

  @Test(
    "Numbers that make no sense are invalid requests",
    arguments: [
      "0", "-1", "100000001", "1e3", "", "99999999999999999999", "+5", "5 ", "0x10",
    ])
  func badNumbers(number: String) {
    for word in ["digits", "handwriting"] {
      let error = #expect(throws: FileError.self) { try DataSource(parsing: "\(word):\(number)") }
      #expect(
        error?.description == "\(word):\(number): asks for a number of digits that cannot be drawn "
          + "(expected 1 ... 100000000, found \(number))")
      #expect(error?.kind == .invalidRequest)
    }
  }

  @Test("Something that is not there")
  func missing() throws {
    let error = #expect(throws: FileError.self) { try DataSource(parsing: "no/such/place") }
    #expect(
      error?.description
        == "no/such/place: does not exist (expected digits[:N], handwriting[:N], mnist, a folder or a file)")
    #expect(error?.kind == .missingInput)
    let device = #expect(throws: FileError.self) { try DataSource(parsing: "/dev/null") }
    #expect(
      device?.description == "/dev/null: cannot be read as data (expected a folder or a file, found a device)"
    )
  }

  @Test(
    "Drawn digits are those of SyntheticDigits, a sixth as many to test with", arguments: [1, 3, 700],
    SyntheticDigits.Pen.allCases)
  func digits(count: Int, pen: SyntheticDigits.Pen) throws {
    let data = try DataSource.digits(trainingCount: count, pen: pen).load()
    let test = try #require(data.test)
    #expect(data.training.count == count)
    #expect(test.count == max(1, count / 6))
    #expect(data.training.classCount == 10)
    #expect(test.classCount == 10)
    for (set, split) in [(data.training, SyntheticDigits.Split.training), (test, .test)] {
      var pixels = [UInt8](repeating: 0, count: 784)
      var label: [UInt8] = [0]
      pixels.withUnsafeMutableBufferPointer { pixels in
        label.withUnsafeMutableBufferPointer { label in
          SyntheticDigits(seed: 1, split: split, pen: pen).render(
            set.count - 1..<set.count, images: pixels, labels: label)
        }
      }
      #expect(set.image(at: set.count - 1) == pixels)
      #expect(set.label(at: set.count - 1) == Int(label[0]))
    }
    let sixth = count == 700 ? "700 training and 116" : "\(count) training and 1"
    let name = pen == .even ? "drawn digits" : "drawn handwriting"
    #expect(data.description == "\(name): \(sixth) test images of 28 x 28 pixels, 10 classes")
  }

  @Test("Digits that do not fit into maxBytes are not drawn")
  func tooManyDigits() throws {
    let error = #expect(throws: FileError.self) {
      try DataSource.digits(trainingCount: 100_000_000).load(maxBytes: 1 << 30)
    }
    #expect(
      error?.description == "digits:100000000: needs more memory than is allowed (expected at most "
        + "1073741824 bytes, found 78500000000 bytes)")
    #expect(error?.kind == .invalidRequest)
    #expect(error?.remedy == .largerLimit)
    #expect(throws: FileError.self) { try DataSource.digits(trainingCount: .max).load() }
  }

  @Test("A CSV file has no test set, and its description says where the labels are")
  func csv() throws {
    let folder = try TemporaryFolder()
    let pixels = (0..<64).map { String($0 * 4) }.joined(separator: ",")
    let names = (0..<64).map { "p\($0)" }.joined(separator: ",")
    let path = try folder.write("\(names),label\n\(pixels),1\n\(pixels),2\n", to: "a.csv")
    let data = try DataSource(parsing: path).load()
    #expect(data.test == nil)
    #expect(data.description == "\(path): 2 images of 8 x 8 pixels, 3 classes (labels in the last column)")
  }

  @Test("MNIST that is not in the cache is fetched only when that is allowed")
  func mnist() throws {
    let folder = try TemporaryFolder()
    let download = MNISTDownload(mirrors: ["http://127.0.0.1:1/"], folder: folder.path)
    let error = #expect(throws: FileError.self) { try DataSource.mnist.load(download: download) }
    #expect(error?.problem == "cannot be downloaded")
    let refused = #expect(throws: FileError.self) {
      try DataSource.mnist.load(download: download, mayDownload: false)
    }
    #expect(refused?.description == "\(folder.path): does not hold MNIST (expected its four files)")
    #expect(refused?.kind == .missingInput)
    #expect(refused?.remedy == .download)
  }
}

@Suite struct DatasetFolderTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ set: String, _ labels: [UInt8], side: Int = 2, in place: String = "", form: Int = 0)
    throws
  {
    let endings = [("-idx3-ubyte", "-idx1-ubyte"), (".idx3-ubyte", ".idx1-ubyte")][form % 2]
    let images = idx([labels.count, side, side], sampleBytes(labels.count * side * side))
    let files = [("images" + endings.0, images), ("labels" + endings.1, idx([labels.count], labels))]
    for (name, bytes) in files {
      try folder.write(form < 2 ? bytes : gzip(bytes), to: "\(place)\(set)-\(name)\(form < 2 ? "" : ".gz")")
    }
  }

  @Test("Every layout is found", arguments: 0..<4, ["", "raw/", "MNIST/raw/", "FashionMNIST/raw/"])
  func layouts(form: Int, place: String) throws {
    try write("train", [0, 1, 2], in: place, form: form)
    try write("t10k", [0, 5], in: place, form: form)
    let data = try DatasetFolder(folder.path).load()
    #expect(data.training.count == 3)
    #expect(data.test?.count == 2)
    // Both sets have the classes of both.
    #expect(data.training.classCount == 6)
    #expect(data.test?.classCount == 6)
  }

  @Test("A folder without test files has no test set")
  func trainingOnly() throws {
    try write("train", [0, 1])
    let data = try DataSource(parsing: folder.path).load(classCount: 10)
    #expect(data.test == nil)
    #expect(data.training.classCount == 10)
    #expect(data.description == "\(folder.path): 2 images of 2 x 2 pixels, 10 classes")
  }

  private func expectError(_ message: String, _ kind: FileError.Kind) {
    let error = #expect(throws: FileError.self) { try DatasetFolder(folder.path).load() }
    #expect(error?.description.replacing(folder.path, with: "DIR") == message)
    #expect(error?.kind == kind)
  }

  @Test("An empty folder, half a data set, and several")
  func incomplete() throws {
    expectError(
      "DIR: has no IDX data set (expected train-images-idx3-ubyte, plain or .gz, and its companions)",
      .missingInput)
    try folder.write(idx([1, 1, 1], [0]), to: "A/raw/train-images-idx3-ubyte")
    expectError(
      "DIR/A/raw: lacks a file of the data set (expected train-labels-idx1-ubyte, plain or .gz)",
      .missingInput)
    try write("train", [0, 1], in: "B/raw/")
    expectError(
      "DIR: has several data sets (expected one of them as the folder, found DIR/A/raw and DIR/B/raw)",
      .missingInput)
  }

  @Test(
    "Names that only begin like the files', and folders of their names, are not taken for them",
    arguments: ["train-images.txt", "train-images-backup/readme", "train-labels-idx1-ubyte/readme"])
  func lookalikes(name: String) throws {
    try folder.write("notes", to: name)
    expectError(
      "DIR: has no IDX data set (expected train-images-idx3-ubyte, plain or .gz, and its companions)",
      .missingInput)
    try write("train", [0, 1, 2], in: "raw/")
    #expect(try DatasetFolder(folder.path).load().training.count == 3)
  }

  @Test("Test images of another size")
  func otherSize() throws {
    try write("train", [0, 1])
    try write("t10k", [0, 1], side: 3)
    expectError(
      "DIR/t10k-images-idx3-ubyte: has images of another size than the training set (expected 2 x 2, found 3 x 3)",
      .badData)
  }
}
