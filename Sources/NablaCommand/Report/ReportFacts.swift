import Foundation
import Nabla
import NablaFormats
import NablaPages

/// What a report tells of where a network comes from, as names and values.
enum ReportFacts {
  /// The network and its hash.
  static func network(_ network: Network) -> Report.Facts {
    let topology = network.topology
    return Report.Facts(
      "Network",
      [
        ("layers", "\(topology)"), ("parameters", topology.parameterCount.grouped),
        ("activations", topology.activations.map(\.rawValue).joined(separator: ", ")),
        ("cost", network.cost.rawValue),
        ("parameters_sha256", ModelFile.parametersSHA256(of: network)),
      ])
  }

  /// The settings that a model's metadata tell: nothing that stands elsewhere in the report.
  static func settings(_ metadata: [String: String]) -> Report.Facts {
    let elsewhere =
      ["format", "topology", "activations", "cost", "parameters_sha256", "image_shape", "data"]
      + ["training_samples", "kept_epoch", "epochs_done"] + DataEncoding.metadataKeys
    let rows = metadata.filter { key, _ in
      !elsewhere.contains(key) && !key.hasPrefix("test_") && !key.hasPrefix("validation_")
    }
    return Report.Facts(
      "Settings",
      rows.sorted { $0.key < $1.key }.map { ($0.key.replacing("_", with: " "), $0.value) })
  }

  /// A data set, and the hash that tells it from others.
  static func samples(_ name: String, _ data: Dataset) -> [(name: String, value: String)] {
    let hash = DataFingerprint.sha256(of: data)
    return [
      ("\(name) samples", data.count.grouped),
      ("\(name) fingerprint", String(hash.prefix(16)) + "…"),
    ]
  }

  /// What it ran on.
  ///
  /// - Parameter threads: those that were used; nil where it makes no difference.
  static func machine(threads: Int?) -> Report.Facts {
    var rows: [(name: String, value: String)] = []
    if let processor { rows.append(("processor", processor)) }
    rows.append(("cores", "\(Team.coreCount)"))
    if let threads { rows.append(("threads", "\(threads)")) }
    rows.append(("instruction set", InstructionSet.current.rawValue))
    var system = utsname()
    if uname(&system) == 0 {
      rows.append(("system", "\(text(&system.sysname)) \(text(&system.release)), \(text(&system.machine))"))
    }
    rows.append(("nabla", RootCommand.version))
    rows.append(("date", Date.now.formatted(.iso8601.year().month().day())))
    return Report.Facts("Machine", rows)
  }

  /// The processor's name, where the system tells.
  private static var processor: String? {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
  }

  /// A C string in an array of characters.
  private static func text<Characters>(_ characters: inout Characters) -> String {
    withUnsafeBytes(of: &characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
  }
}
