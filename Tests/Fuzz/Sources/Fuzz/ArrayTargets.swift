import Nabla

@testable import NablaFormats
@testable import NablaReaders

private let images = ScratchFile("idx/images-idx3-ubyte")
private let labels = ScratchFile("idx/labels-idx1-ubyte")

/// Images, then their labels: what is read together is also what is read one by one.
func fuzzIDX(_ input: Pieces) throws(FileError) {
  var input = input
  let classCount = [nil, 10, 256, 1][Int(input.byte() & 3)]
  images.write(input.piece())
  labels.write(input.rest)
  let data = try IDX.read(
    images: images.path, labels: labels.path, classCount: classCount, maxBytes: FuzzTarget.maxBytes)
  require(data.count > 0 && data.classCount <= classCount ?? 256, "a data set of nothing")
  for index in [0, data.count - 1] {
    let image = try IDXImage.read(images.path, index: index, maxBytes: FuzzTarget.maxBytes)
    require(image.pixels == data.image(at: index), "image \(index) differs")
    require(image.label == data.label(at: index), "label \(index) differs")
  }
}

private let features = ScratchFile("npy/X.npy")
private let targets = ScratchFile("npy/y.npy")
private let array = ScratchFile("array/array.npy")

/// One array, or features and targets.
func fuzzNPY(_ input: Pieces) throws(FileError) {
  var input = input
  let options = input.byte()
  let first = input.piece()
  if options & 1 == 0 {
    array.write(first)
    check(try NPY.read(array.path, task: task(options >> 1), maxBytes: FuzzTarget.maxBytes))
  } else {
    features.write(first)
    targets.write(input.rest)
    check(try NPY.read(features.path, task: task(options >> 1), maxBytes: FuzzTarget.maxBytes))
  }
}

private let archive = ScratchFile("npz")

/// An archive, as it is or with the checksums that its content has.
func fuzzNPZ(_ input: Pieces) throws(FileError) {
  var input = input
  let options = input.byte()
  archive.write(options & 1 == 0 ? Array(input.rest) : Mended.zip(Array(input.rest)))
  check(try NPZ.read(archive.path, task: task(options >> 1), maxBytes: FuzzTarget.maxBytes))
}

private let sparse = ScratchFile("svmlight")

func fuzzSVMLight(_ input: Pieces) throws(FileError) {
  var input = input
  let options = input.byte()
  _ = SVMLight.isRecognized(Array(input.rest), isCut: options & 1 != 0)
  sparse.write(input.rest)
  let data = try SVMLight.read(
    sparse.path, featureCount: [nil, nil, 3, 100][Int(options >> 1 & 3)],
    firstIndex: [nil, nil, 0, 1][Int(options >> 3 & 3)], task: task(options >> 5),
    maxBytes: FuzzTarget.maxBytes)
  check(ArrayParts(training: data, test: nil))
}

/// The task that two bits choose.
func task(_ bits: UInt8) -> TableOptions.Task {
  switch bits & 3 {
  case 0, 1: .automatic
  case 2: .classification
  default: .regression
  }
}

/// Looks at every number, and lets the sanitizer see whether it is there.
private func check(_ parts: ArrayParts) {
  for case let part? in [parts.training, parts.test] {
    guard case .table(let storage, let columns, let target) = part else { continue }
    require(storage.columnCount == columns.count, "\(columns.count) columns")
    let cells = UnsafeBufferPointer(start: storage.features, count: storage.count * columns.count)
    require(cells.allSatisfy { !$0.isInfinite }, "an infinite number")
    if case .classes(let names) = target, let labels = storage.labels {
      require((0..<storage.count).allSatisfy { Int(labels[$0]) < names.count }, "a label without a name")
    }
  }
}
