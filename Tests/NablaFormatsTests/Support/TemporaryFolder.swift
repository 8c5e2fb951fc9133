import Foundation
import NablaFormats

/// A folder that lives as long as this object.
final class TemporaryFolder {
  let path: String

  init() throws {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("nabla-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    path = url.path
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func path(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file and returns its path.
  @discardableResult
  func write(_ bytes: some Sequence<UInt8>, to name: String) throws -> String {
    try FileManager.default.createDirectory(
      atPath: (path(name) as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
    return path(name)
  }

  @discardableResult
  func write(_ text: String, to name: String) throws -> String { try write(Array(text.utf8), to: name) }

  /// Writes a file whose bytes after `bytes` are a hole, `length` bytes in all.
  @discardableResult
  func writeSparse(_ bytes: [UInt8], length: UInt64, to name: String) throws -> String {
    let path = try write(bytes, to: name)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    try file.truncate(atOffset: length)
    try file.close()
    return path
  }

  func read(_ name: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path(name))))
  }

  /// Every file with its length, permissions, time of change and first bytes: what must stay as it was.
  func snapshot() throws -> [String: String] {
    let manager = FileManager.default
    var result: [String: String] = [:]
    for name in try manager.subpathsOfDirectory(atPath: path) {
      let attributes = try manager.attributesOfItem(atPath: path(name))
      // Opening a pipe would wait for a writer.
      let isFile = attributes[.type] as? FileAttributeType == .typeRegular
      let start = isFile ? try FileHandle(forReadingAtPath: path(name))?.read(upToCount: 4096) : nil
      result[name] = [
        "\(attributes[.size] ?? 0)", "\(attributes[.posixPermissions] ?? 0)",
        "\(attributes[.modificationDate] ?? "")", start?.base64EncodedString() ?? "",
      ].joined(separator: " ")
    }
    return result
  }
}
