import Nabla

/// Decompresses the gzip members of a file one after the other (RFC 1952), as `gunzip` does.
final class GzipInflater {
  private let file: InputFile
  private let inflater: Inflater
  private var isFinished = false

  init(_ file: InputFile) throws(FileError) {
    self.file = file
    inflater = try Inflater(file, 0..<file.length, .gzip, path: file.path)
  }

  /// Bytes of the file that were read.
  var position: Int { inflater.position }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
    var done = 0
    while done < buffer.count, !isFinished {
      let (count, outcome) = try inflater.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[done...]))
      done += count
      switch outcome {
      case .full: break
      case .end: try startNextMember()
      case .cut:
        throw FileError(
          file.path, "is cut short", expected: "the end of the gzip data", found: "the end of the file")
      case .damaged("incorrect data check"):
        throw FileError(file.path, "is damaged", expected: "the CRC of its gzip trailer", found: "another")
      case .damaged("incorrect length check"):
        throw FileError(file.path, "is damaged", expected: "the length of its gzip trailer", found: "another")
      case .damaged(let reason): throw FileError(file.path, "is damaged: gzip data: \(reason)")
      }
    }
    return done
  }

  private func startNextMember() throws(FileError) {
    try inflater.refill()
    guard inflater.unused > 0 else {
      isFinished = true
      return
    }
    let offset = inflater.position - inflater.unused
    let start = try file.bytes(at: offset, count: min(2, file.length - offset))
    guard start == [0x1F, 0x8B] else {
      throw FileError(
        file.path, at: .byte(offset), "has garbage after the gzip data", expected: "the end of the file",
        found: "\(file.length - offset) more bytes")
    }
    inflater.restart()
  }
}
