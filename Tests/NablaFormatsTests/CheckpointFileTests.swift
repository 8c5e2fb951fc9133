import Foundation
import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite("Checkpoints as files")
struct CheckpointFileTests {
  private let folder: TemporaryFolder
  init() throws { folder = try TemporaryFolder() }

  private static let rules: [UpdateRule] = [.sgd, .momentum(), .nesterov(), .adam(), .adamw()]

  /// A run of a small network, and every checkpoint of it.
  private struct Run {
    let session: TrainingSession
    let checkpoints: [TrainingCheckpoint]

    init(_ rule: UpdateRule = .adam(), sizes: [Int] = [9, 17, 3]) throws {
      let pixels = sampleBytes(40 * sizes[0]).map { $0 > 9 ? $0 * 16 : 0 }
      let data = try Dataset(
        images: pixels, labels: (0..<40).map { UInt8($0 % 3) },
        imageShape: .init(rows: 1, columns: sizes[0]))
      var configuration = TrainingConfiguration(layers: sizes, rule: rule, epochs: 3)
      configuration.keep = .best
      session = try TrainingSession(
        training: data[0..<30], validation: data[30..<40], configuration: configuration)
      session.checkpointInterval = .miniBatches(2)
      var checkpoints: [TrainingCheckpoint] = []
      try session.run { if case .checkpoint(let checkpoint) = $0 { checkpoints.append(checkpoint) } }
      self.checkpoints = checkpoints
    }

    func write(_ index: Int, to path: String, metadata: [String: String] = [:]) throws {
      try CheckpointFile.write(
        checkpoints[index], topology: session.network.topology, cost: session.network.cost,
        metadata: metadata, to: path)
    }
  }

  /// Every bit of a state: == would take -0 for 0.
  private func bits(_ state: TrainingState) -> [UInt64] {
    let arenas = [state.parameters] + state.ruleStates + [state.selection.bestParameters ?? []]
    let numbers = [
      state.betaPowers.first, state.betaPowers.second, state.costSum, state.costProduct,
      state.selection.bestMeasure ?? -1,
    ]
    return arenas.flatMap { $0.map { UInt64($0.bitPattern) } } + numbers.map(\.bitPattern)
  }

  @Test("What is written is read, to the last bit", arguments: rules)
  func roundTrip(_ rule: UpdateRule) throws {
    let run = try Run(rule)
    #expect(run.checkpoints.count == 4)
    for (index, checkpoint) in run.checkpoints.enumerated() {
      try run.write(index, to: folder.path("checkpoint"), metadata: ["note": "\"file_sha256\":\"x"])
      let read = try CheckpointFile(folder.path("checkpoint"))
      #expect(read.checkpoint.state == checkpoint.state)
      #expect(bits(read.checkpoint.state) == bits(checkpoint.state))
      #expect(read.checkpoint.history.map(\.numbers) == checkpoint.history.map(\.numbers))
      #expect(read.topology == run.session.network.topology)
      #expect(read.cost == run.session.network.cost)
      #expect(read.metadata["note"] == "\"file_sha256\":\"x")
    }
    #expect(CheckpointFile.isCheckpoint(folder.path("checkpoint")))
  }

  @Test("Input 55: any flipped bit of a checkpoint is found, and none is a trap")
  func flippedBits() throws {
    let run = try Run(sizes: [3, 2, 3])
    try run.write(2, to: folder.path("good"))
    let good = try folder.read("good")
    for place in good.indices {
      var bad = good
      bad[place] ^= 1 << UInt8(place % 8)
      try folder.write(bad, to: "bad")
      #expect(throws: FileError.self, "byte \(place)") { try CheckpointFile(folder.path("bad")) }
    }
    var bad = good
    bad[good.count - 3] ^= 4
    try folder.write(bad, to: "bad")
    let error = #expect(throws: FileError.self) { try CheckpointFile(folder.path("bad")) }
    #expect(error?.problem == "is damaged")
    #expect(error?.kind == .badData)
    #expect(error?.expected?.hasPrefix("sha256 ") == true)
  }

  @Test("A checkpoint cut anywhere is refused")
  func cut() throws {
    let run = try Run(sizes: [3, 2, 3])
    try run.write(2, to: folder.path("good"))
    let good = try folder.read("good")
    for length in good.indices {
      try folder.write(good[..<length], to: "bad")
      #expect(throws: FileError.self, "\(length) bytes") { try CheckpointFile(folder.path("bad")) }
    }
    try folder.write(good + [0], to: "bad")
    #expect(throws: FileError.self) { try CheckpointFile(folder.path("bad")) }
  }

  @Test("A checkpoint is no model, a model no checkpoint")
  func otherFiles() throws {
    let run = try Run()
    try run.write(0, to: folder.path("checkpoint"))
    let noModel = #expect(throws: FileError.self) { try ModelFile.load(folder.path("checkpoint")) }
    #expect(
      noModel?.description.hasSuffix(
        "is the checkpoint of a training run (expected a model, found a run to go on with)") == true)
    try ModelFile.save(run.session.network, to: folder.path("model"))
    let noCheckpoint = #expect(throws: FileError.self) { try CheckpointFile(folder.path("model")) }
    #expect(noCheckpoint?.problem == "is no checkpoint")
    #expect(!CheckpointFile.isCheckpoint(folder.path("model")))
    #expect(!CheckpointFile.isCheckpoint(folder.path("nothing")))
  }

  // MARK: Two generations

  private func write(_ run: Run, _ index: Int, to store: CheckpointStore) throws {
    try store.write(
      run.checkpoints[index], topology: run.session.network.topology, cost: run.session.network.cost,
      metadata: [:])
  }

  private func state(_ found: CheckpointStore.Found?) -> TrainingState? { found?.file.checkpoint.state }

  @Test("The newest is read; a damaged or missing one gives way to the one before, and keeps it")
  func generations() throws {
    let run = try Run()
    let path = folder.path("run.checkpoint.safetensors")
    do {
      let store = try CheckpointStore(path)
      #expect(try store.load() == nil)
      for index in 0..<3 { try write(run, index, to: store) }
      #expect(try state(store.load()) == run.checkpoints[2].state)
      let names = try folder.snapshot().keys.sorted()
      #expect(
        names == [".run.checkpoint.lock", "run.checkpoint.1.safetensors", "run.checkpoint.safetensors"])
    }
    #expect(try folder.snapshot().count == 2)

    var damaged = try folder.read("run.checkpoint.safetensors")
    damaged[damaged.count - 1] ^= 1
    try folder.write(damaged, to: "run.checkpoint.safetensors")
    do {
      let store = try CheckpointStore(path)
      let found = try store.load()
      #expect(state(found) == run.checkpoints[1].state)
      #expect(found?.newerError?.problem == "is damaged")
      #expect(found?.file.path == folder.path("run.checkpoint.1.safetensors"))
      // The damaged one must not take the place of the only good one.
      try write(run, 3, to: store)
      #expect(try state(store.load()) == run.checkpoints[3].state)
      let before = try CheckpointFile(folder.path("run.checkpoint.1.safetensors"))
      #expect(before.checkpoint.state == run.checkpoints[1].state)
      try FileManager.default.removeItem(atPath: path)
      #expect(try state(store.load()) == run.checkpoints[1].state)
      try folder.write(damaged, to: "run.checkpoint.1.safetensors")
      try folder.write(damaged, to: "run.checkpoint.safetensors")
      let error = #expect(throws: FileError.self) { try store.load() }
      #expect(error?.path == path)
      store.remove()
      #expect(try store.load() == nil)
    }
    #expect(try folder.snapshot().isEmpty)
  }

  @Test("A write that fails leaves what was there, and nothing else")
  func failedWrite() throws {
    let run = try Run()
    let store = try CheckpointStore(folder.path("run"))
    try write(run, 0, to: store)
    // A folder where the one before should go.
    try folder.write("x", to: "run.1/file")
    let error = #expect(throws: FileError.self) { try write(run, 1, to: store) }
    #expect(error?.kind == .inputOutput)
    #expect(try state(store.load()) == run.checkpoints[0].state)
    #expect(try folder.snapshot().keys.sorted() == [".run.lock", "run", "run.1", "run.1/file"])
  }

  @Test("Two runs cannot have the same place; the message names the other")
  func lock() throws {
    let path = folder.path("run.safetensors")
    do {
      let store = try CheckpointStore(path)
      let error = #expect(throws: FileError.self) { try CheckpointStore(path) }
      #expect(error?.problem == "is in use by another run (process \(getpid()))")
      #expect(error?.kind == .cannotCreate)
      #expect(!store.isOccupied)
    }
    // What a killed run leaves: the file, but not the lock; and half of a checkpoint.
    try folder.write("123456\n", to: ".run.lock")
    try folder.write("half", to: ".run.part")
    do { _ = try CheckpointStore(path) }
    #expect(try folder.snapshot().isEmpty)
  }

  // MARK: The writer

  @Test("While one is written, the newest of those that come waits; a failure is told once")
  func writer() throws {
    let errors = Log()
    let writer = BackgroundWriter { errors.add($0.problem) }
    let (log, gate) = (Log(), DispatchSemaphore(value: 0))
    writer.write("a") { gate.wait() }
    for number in 1...5 { writer.write("a") { log.add("a\(number)") } }
    writer.write("b") { log.add("b") }
    gate.signal()
    writer.finish()
    // "a1" may have been begun when the others came, but no other.
    #expect(log.lines.suffix(2) == ["a5", "b"])
    #expect(log.lines.count <= 3)
    for problem in ["first", "second", "third"] {
      writer.write("a") { () throws(FileError) in throw FileError("x", problem) }
      writer.finish()
    }
    writer.write("a") {}
    writer.finish()
    writer.write("a") { () throws(FileError) in throw FileError("x", "fourth") }
    writer.finish()
    #expect(errors.lines == ["first", "fourth"])
  }

  private final class Log: @unchecked Sendable {
    private let lock = NSLock()
    private var entries: [String] = []
    func add(_ line: String) { lock.withLock { entries.append(line) } }
    var lines: [String] { lock.withLock { entries } }
  }

  // MARK: Fingerprints

  @Test("A fingerprint is of the samples alone, and of every one of them")
  func fingerprints() throws {
    let shape = Dataset.ImageShape(rows: 1, columns: 9)
    func data(_ pixels: [UInt8], _ labels: [UInt8]) throws -> Dataset {
      try Dataset(images: pixels, labels: labels, imageShape: shape, classCount: 10)
    }
    let labels = (0..<20).map { UInt8($0 % 10) }
    // Few zeros: dense. Many: sparse.
    for pixels in [sampleBytes(180).map { $0 + 1 }, sampleBytes(180).map { $0 > 12 ? $0 : 0 }] {
      let whole = try data(pixels, labels)
      let hash = DataFingerprint.sha256(of: whole)
      #expect(try DataFingerprint.sha256(of: data(pixels, labels)) == hash)
      #expect(try DataFingerprint.sha256(of: whole.selecting(Array(0..<20))) == hash)
      #expect(DataFingerprint.sha256(of: whole[0..<19]) != hash)
      #expect(try DataFingerprint.sha256(of: whole.selecting([1, 0] + Array(2..<20))) != hash)
      // The same samples among others.
      let longer = try data(
        [UInt8](repeating: 0, count: 90) + pixels, [UInt8](repeating: 1, count: 10) + labels)
      #expect(DataFingerprint.sha256(of: longer[10..<30]) == hash)
      for place in [0, 100, 179] {
        var other = pixels
        other[place] ^= 1
        #expect(try DataFingerprint.sha256(of: data(other, labels)) != hash)
      }
      var other = labels
      other[19] = 0
      #expect(try DataFingerprint.sha256(of: data(pixels, other)) != hash)
    }
  }
}
