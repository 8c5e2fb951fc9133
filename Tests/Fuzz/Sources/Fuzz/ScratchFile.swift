import Foundation

/// A file in the folder `FUZZ_FOLDER`, which should be in memory: readers take paths. It is written anew for each input.
final class ScratchFile: @unchecked Sendable {
  /// The folder, without a slash at its end.
  static let folder =
    ProcessInfo.processInfo.environment["FUZZ_FOLDER"] ?? FileManager.default.currentDirectoryPath

  let path: String
  private let descriptor: Int32

  init(_ name: String) {
    path = "\(Self.folder)/\(name)"
    let parent = (path as NSString).deletingLastPathComponent
    try? FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
    descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { fatalError("\(path) cannot be created") }
  }

  func write(_ bytes: UnsafeRawBufferPointer) {
    let written = bytes.isEmpty ? 0 : pwrite(descriptor, bytes.baseAddress, bytes.count, 0)
    guard written == bytes.count, ftruncate(descriptor, off_t(bytes.count)) == 0 else {
      fatalError("\(path) cannot be written")
    }
  }

  func write(_ bytes: [UInt8]) { bytes.withUnsafeBytes { write($0) } }

  /// What the file at `path` holds.
  static func content(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }
}
