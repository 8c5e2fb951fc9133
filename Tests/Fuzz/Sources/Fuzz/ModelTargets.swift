import Nabla

@testable import NablaFormats
@testable import NablaReaders

private let model = ScratchFile("model.safetensors")
private let copy = "\(ScratchFile.folder)/copy.safetensors"

/// A model: what is read can be saved and read again, and is the same.
func fuzzModel(_ input: Pieces) throws(FileError) {
  model.write(input.rest)
  let loaded = try ModelFile.load(model.path, maxBytes: FuzzTarget.maxBytes)
  try ModelFile.save(
    loaded.network, to: copy, metadata: loaded.metadata, imageShape: loaded.imageShape,
    encoding: loaded.encoding)
  let again = try ModelFile.load(copy, maxBytes: FuzzTarget.maxBytes)
  require(again.network.topology == loaded.network.topology, "another topology")
  require(again.network.cost == loaded.network.cost, "another cost")
  require(
    ModelFile.parametersSHA256(of: again.network) == ModelFile.parametersSHA256(of: loaded.network),
    "other parameters")
  require(again.encoding == loaded.encoding, "another encoding")
  require(again.imageShape == loaded.imageShape, "another shape of images")
}

private let checkpoint = ScratchFile("checkpoint.safetensors")
private let secondCheckpoint = "\(ScratchFile.folder)/second.safetensors"

/// A checkpoint, as it is or with the hash that its content has: what is read can be written, and then read and written
/// to the same bytes.
func fuzzCheckpoint(_ input: Pieces) throws(FileError) {
  var input = input
  let options = input.byte()
  let bytes = Array(input.rest)
  checkpoint.write(options & 1 == 0 ? bytes : Mended.checkpoint(bytes))
  let read = try CheckpointFile(checkpoint.path)
  require(CheckpointFile.isCheckpoint(checkpoint.path), "a checkpoint that is none")
  let first = try rewritten(read, as: copy)
  let again = try CheckpointFile(copy)
  require(again.topology == read.topology && again.cost == read.cost, "another network")
  require(try rewritten(again, as: secondCheckpoint) == first, "other bytes when it is written again")
}

private func rewritten(_ file: CheckpointFile, as path: String) throws(FileError) -> [UInt8] {
  try CheckpointFile.write(
    file.checkpoint, topology: file.topology, cost: file.cost, metadata: file.metadata, to: path)
  return ScratchFile.content(path).map(Array.init) ?? []
}
