import Nabla

@testable import NablaFormats

private let foreign = ScratchFile("foreign")
private let exported = "\(ScratchFile.folder)/exported"

/// A network of another program, its activations told or not: what is read can be exported, and is the same when it is
/// read again.
///
/// - Parameter isArchive: the file is a zip archive, whose checksums are mended.
func fuzzImport(_ input: Pieces, isArchive: Bool) throws(FileError) {
  var input = input
  let options = input.byte()
  let bytes = Array(input.rest)
  foreign.write(isArchive ? Mended.zip(bytes) : bytes)
  let hidden: [Activation?] = [nil, .sigmoid, .tanh, .relu]
  let output: [Activation?] = [nil, .sigmoid, .softmax, .identity]
  let settings = ModelImport.Settings(
    hiddenActivation: hidden[Int(options & 3)], outputActivation: output[Int(options >> 2 & 3)],
    cost: options & 16 == 0 ? nil : .quadratic)
  let read = try ModelImport.read(foreign.path, settings: settings, maxBytes: FuzzTarget.maxBytes)
  let network = read.model.network
  let hash = ModelFile.parametersSHA256(of: network)
  let isOfTheBook =
    network.cost != .logLikelihood && network.topology.activations.allSatisfy { $0 == .sigmoid }
  for format in isOfTheBook ? [ExportFormat.onnx, .npz, .network2] : [.onnx, .npz] {
    try ModelExport.write(read.model, as: format, to: exported)
    let again = try ModelImport.read(exported).model
    require(again.network.topology == network.topology, "another topology as \(format)")
    require(again.network.cost == network.cost, "another cost as \(format)")
    require(ModelFile.parametersSHA256(of: again.network) == hash, "other parameters as \(format)")
    require(format == .network2 || again.encoding == read.model.encoding, "another encoding as \(format)")
  }
  let source = "\(exported).c"
  try ModelExport.write(read.model, as: .c, to: source)
}
