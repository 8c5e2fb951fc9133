import Foundation

/// A small model that many tests read and none changes: trained once, on 600 drawn digits, for two epochs.
enum SharedModel {
  static let data = "digits:600"

  struct Trained: Sendable {
    let folder: Folder
    let path: String
    /// What `train --json` printed: two epochs and the last line.
    let lines: [String]
  }

  private static let result = Result {
    let folder = try Folder()
    // It lives as long as the tests: nothing else would remove it.
    atexit { SharedModel.remove() }
    let run = try NablaProcess.run(
      ["train", "--data", data, "--epochs", "2", "--json", "--quiet", "--output", "shared.safetensors"],
      in: folder)
    return Trained(folder: folder, path: folder.path("shared.safetensors"), lines: run.lines)
  }

  static func get() throws -> Trained { try result.get() }

  private static func remove() {
    if let folder = try? result.get().folder { try? FileManager.default.removeItem(at: folder.url) }
  }
}
