/// A record of a TFRecord file: its length, the length's checksum, the data, the data's checksum.
///
/// Source: TensorFlow's `core/lib/io/record_writer.h`.
package enum EventRecord {
  /// Bytes around the data.
  static let frame = 16
  /// No record is longer; a longer one is taken for damage.
  static let greatestLength = 1 << 28

  /// Returns the record that holds `data`.
  package static func framed(_ data: [UInt8]) -> [UInt8] {
    let length = littleEndianBytes(UInt64(data.count))
    return length + littleEndianBytes(CRC32C.masked(of: length)) + data
      + littleEndianBytes(CRC32C.masked(of: data))
  }

  /// Returns the data of each record that is whole, up to the first that is not: what a process that was killed left.
  package static func whole(in file: [UInt8]) -> [ArraySlice<UInt8>] {
    var records: [ArraySlice<UInt8>] = []
    var start = 0
    while file.count - start >= frame {
      let head = file[start..<start + 8]
      let length = number(head)
      guard number(file[start + 8..<start + 12]) == UInt64(CRC32C.masked(of: head)),
        length <= greatestLength, Int(length) <= file.count - start - frame
      else { break }
      let data = file[start + 12..<start + 12 + Int(length)]
      guard number(file[data.endIndex..<data.endIndex + 4]) == UInt64(CRC32C.masked(of: data)) else { break }
      records.append(data)
      start = data.endIndex + 4
    }
    return records
  }

  private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
