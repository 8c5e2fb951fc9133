import Foundation

@testable import NablaFormats
@testable import NablaReaders

/// A format, or what a server answers, that is read from bytes which nobody wrote.
enum FuzzTarget: String, CaseIterable {
  case idx, gzip, csv, table, npy, npz, svmlight, png, pgm, model, checkpoint, json, http

  /// The one that this process runs.
  static let chosen = ProcessInfo.processInfo.environment["FUZZ_TARGET"].map { name in
    guard let target = FuzzTarget(rawValue: name) else { fatalError("there is no target \(name)") }
    return target
  }

  /// What a reader may take for content: small, so that a length that is believed too early shows itself.
  static let maxBytes = 1 << 20

  /// Bytes of the longest input: enough for every structure of the format.
  var greatestLength: Int {
    switch self {
    case .model, .checkpoint: 8192
    case .npz, .npy, .png: 4096
    case .idx, .gzip, .csv, .table, .svmlight, .pgm, .json, .http: 2048
    }
  }

  /// Reads `input`; whatever is wrong with it ends in a `FileError` of one line that blames the content.
  ///
  /// It takes less than a second: of the processor's time, because others may use the machine too.
  func check(_ input: UnsafeRawBufferPointer) {
    let start = clock()
    defer { require(clock() - start < 1_000_000, "more than a second") }
    do throws(FileError) {
      try run(Pieces(input))
    } catch {
      let line = "\(error)"
      require(!line.utf8.contains(0x0A), "an error of several lines: \(line)")
      // What stands still cannot become shorter; there is nothing wrong with the system.
      let isOfContent = error.kind == .badData || error.kind == .invalidRequest
      require(
        isOfContent || self == .http || self == .npy || self == .npz, "an error of another kind: \(line)")
    }
  }

  private func run(_ input: Pieces) throws(FileError) {
    switch self {
    case .idx: try fuzzIDX(input)
    case .gzip: try fuzzGzip(input)
    case .csv: try fuzzCSV(input)
    case .table: try fuzzTable(input)
    case .npy: try fuzzNPY(input)
    case .npz: try fuzzNPZ(input)
    case .svmlight: try fuzzSVMLight(input)
    case .png: try fuzzPNG(input)
    case .pgm: try fuzzPGM(input)
    case .model: try fuzzModel(input)
    case .checkpoint: try fuzzCheckpoint(input)
    case .json: try fuzzJSON(input)
    case .http: try fuzzHTTP(input)
    }
  }
}

/// Ends the process, which libFuzzer takes for a find, unless `condition` holds.
func require(_ condition: Bool, _ problem: @autoclosure () -> String) {
  if !condition { fatalError(problem()) }
}

/// What libFuzzer gave, taken apart from its start.
struct Pieces {
  private(set) var rest: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

  /// The next byte, 0 behind the end.
  mutating func byte() -> UInt8 {
    guard let byte = rest.first else { return 0 }
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst())
    return byte
  }

  /// The next bytes: their length in two bytes, then as many as there are of them.
  mutating func piece() -> UnsafeRawBufferPointer {
    let length = Int(byte()) | Int(byte()) << 8
    let piece = UnsafeRawBufferPointer(rebasing: rest.prefix(length))
    rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(length))
    return piece
  }
}
