/// What ranks send each other of the results of their runs.
package protocol SentBetweenRanks {
  func write(to wire: inout WireWriter)
  /// Reads what `write` wrote; nil for anything else.
  init?(from wire: inout WireReader)
}

/// Numbers and text as bytes; all ranks have processors of one byte order.
package struct WireWriter {
  package private(set) var bytes: [UInt8] = []

  package init() {}

  package mutating func add<Value: BitwiseCopyable>(_ value: Value) {
    withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) }
  }

  package mutating func add<Value: BitwiseCopyable>(_ values: [Value]) {
    add(values.count)
    values.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  package mutating func add(_ text: String) { add(Array(text.utf8)) }

  package static func bytes(_ value: some SentBetweenRanks) -> [UInt8] {
    var wire = WireWriter()
    value.write(to: &wire)
    return wire.bytes
  }
}

package struct WireReader {
  private let bytes: [UInt8]
  private var next = 0

  package init(_ bytes: [UInt8]) { self.bytes = bytes }

  package mutating func value<Value: BitwiseCopyable>(_: Value.Type = Value.self) -> Value? {
    guard bytes.count - next >= MemoryLayout<Value>.size else { return nil }
    defer { next += MemoryLayout<Value>.size }
    return bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: next, as: Value.self) }
  }

  package mutating func values<Value: BitwiseCopyable>(_: Value.Type = Value.self) -> [Value]? {
    guard let count = value(Int.self), count >= 0,
      count <= (bytes.count - next) / max(1, MemoryLayout<Value>.size)
    else { return nil }
    return (0..<count).compactMap { _ in value(Value.self) }
  }

  package mutating func text() -> String? { values(UInt8.self).map { String(decoding: $0, as: UTF8.self) } }
}
