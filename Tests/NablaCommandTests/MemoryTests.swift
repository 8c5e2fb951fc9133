import Foundation
import InputBytes
import Testing

#if os(Linux)
  /// `nabla` is built as its tests are; Tests/Reliability/sanitize sets the variable.
  private let isUnderAddressSanitizer = ProcessInfo.processInfo.environment["ASAN_OPTIONS"] != nil

  /// The memory there is, is a limit on the process: `ulimit -v` counts in KiB.
  @Suite(
    "A run that will not fit says what it needs and what there is, before it loads",
    .disabled(if: isUnderAddressSanitizer, "AddressSanitizer maps more than any limit"))
  struct MemoryTests {
    let folder: Folder
    init() throws { folder = try Folder() }

    private static let there = "(4.0 GB)"

    /// Runs `nabla` with 4 GB of memory.
    private func run(_ arguments: String) throws -> NablaProcess {
      try NablaProcess.shell("ulimit -v 3906250; nabla \(arguments)", in: folder)
    }

    private func expectRefused(_ arguments: String, _ status: Int32, _ message: String) throws {
      let before = folder.snapshot
      let run = try run(arguments)
      #expect(run.errors == "nabla: error: \(message)\n")
      #expect(run.status == status)
      #expect(run.output.isEmpty)
      #expect(folder.snapshot == before)
    }

    @Test("what fits is not refused")
    func fits() throws {
      #expect(try run("train --data digits:60 --epochs 1 --quiet --layers 784,30,10").status == 0)
    }

    @Test("mini-batches of more samples than a run has take no more than it has")
    func fewSamples() throws {
      try folder.write("a.csv", ("x,y\n" + (0..<20).map { "\($0),\($0 % 2)\n" }.joined()).utf8)
      try folder.write("train-images-idx3-ubyte", idx([60_000, 4, 4], sampleBytes(960_000)))
      try folder.write("train-labels-idx1-ubyte", idx([60_000], (0..<60_000).map { UInt8($0 % 2) }))
      for options in ["a.csv --layers 1,10000,2", ". --layers 16,10000,2 --limit 20 --test 10"] {
        let run = try run("train --data \(options) --batch-size 60000 --epochs 1 --quiet")
        #expect(run.status == 0, "\(run.errors)")
      }
    }

    @Test("drawn digits, alone and with a validation set, in every command that learns")
    func digits() throws {
      for command in ["train", "train --layers 784,30,10", "sweep --try l2=0\\|1"] {
        try expectRefused(
          "\(command) --data digits:6000000", 64,
          "digits:6000000: needs 5.5 GB of memory, more than there is \(Self.there)")
      }
      try expectRefused(
        "train --data handwriting:6000000", 64,
        "handwriting:6000000: needs 5.5 GB of memory, more than there is \(Self.there)")
      try expectRefused(
        "train --data digits:3000000 --validation digits:3000001", 64,
        "digits:3000000: and the other sets need 5.5 GB of memory, more than there is \(Self.there)")
    }

    @Test("pictures and arrays, by their headers")
    func files() throws {
      let count = 5_200_000
      try FileManager.default.createDirectory(atPath: folder.path("set"), withIntermediateDirectories: false)
      try folder.writeSparse(
        "set/train-images-idx3-ubyte", idx([count, 28, 28], []), length: UInt64(16 + count * 784))
      try folder.writeSparse("set/train-labels-idx1-ubyte", idx([count], []), length: UInt64(8 + count))
      try expectRefused(
        "train --data set", 65, "set: needs 4.1 GB of memory, more than there is \(Self.there)")
      let header = npy("<f2", "1100000, 1000", [])
      try folder.writeSparse("X.npy", header, length: UInt64(header.count + 2_200_000_000))
      try folder.write("y.npy", npy("|u1", "1100000,", []))
      try expectRefused(
        "train --data X.npy", 65, "X.npy: needs 4.4 GB of memory, more than there is \(Self.there)")
    }

    @Test("a network beside its samples, and one whose rule or mini-batches take more than itself")
    func network() throws {
      try expectRefused(
        "train --data digits:3000000 --layers 784,600000,10", 64,
        "digits:3000000: does not fit the memory together with the network 784,600000,10 (expected at most 4.0 GB, "
          + "found 2.7 GB of samples and 2.0 GB of network)")
      try expectRefused(
        "train --data digits:600 --layers 784,600000,10 --update adam", 64,
        "--layers: 784,600000,10 with this update and mini-batches of 10 needs 5.8 GB of memory, more than there is "
          + Self.there)
      try expectRefused(
        "train --data digits:6000 --layers 784,100000,10 --batch-size 6000", 64,
        "--layers: 784,100000,10 with this update and mini-batches of 6000 needs 5.1 GB of memory, more than there is "
          + Self.there)
    }
  }
#endif
