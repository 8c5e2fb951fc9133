/// What a caller of the library can get wrong, or a machine can refuse. Every case describes itself in one line.
public enum NablaError: Error, Equatable, Sendable {
  /// A network needs an input layer, an output layer, and sizes from 1 up; at most 2^31 - 1 neurons a layer.
  case invalidTopology(String)
  /// A setting is outside its range: its name, what is expected, what was found.
  case invalidSetting(name: String, expected: String, found: String)
  /// Data and network, or images and labels, do not fit together.
  case mismatch(String)
  /// The memory is more than this process may have; nil when the size is not even a number of bytes.
  case outOfMemory(bytes: Int?)
  /// A parameter is NaN or infinite: the training diverged, or the values given were not finite.
  case notFinite(String)
}

extension NablaError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidTopology(let what): what
    case .invalidSetting(let name, let expected, let found): "\(name): expected \(expected), found \(found)"
    case .mismatch(let what): what
    case .outOfMemory(let bytes?):
      if let limit = ProcessLimits.current.memory, bytes > limit {
        "needs \(humanReadable(bytes: bytes)) of memory, more than there is (\(humanReadable(bytes: limit)))"
      } else {
        "needs \(humanReadable(bytes: bytes)) of memory, which the system does not give"
      }
    case .outOfMemory(nil): "needs more memory than can be addressed"
    case .notFinite(let what): what
    }
  }
}

/// Returns a size as people write it: "3.1 TB", decimal units.
package func humanReadable(bytes: Int) -> String {
  let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
  var value = Double(bytes)
  var unit = 0
  while value >= 999.95, unit < units.count - 1 {
    value /= 1000
    unit += 1
  }
  let tenths = Int((value * 10).rounded())
  return unit == 0 ? "\(bytes) bytes" : "\(tenths / 10).\(tenths % 10) \(units[unit])"
}
