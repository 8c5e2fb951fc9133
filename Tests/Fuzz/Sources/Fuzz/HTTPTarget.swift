import Foundation
import Synchronization

@testable import NablaFormats
@testable import NablaReaders

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The file that is downloaded, as it was published and as mirrors have it.
private let published = (0..<600).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
private let mirrored =
  [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF] + Mended.deflated(published, windowBits: -15)
  + [Mended.checksum(published), UInt32(published.count)].flatMap { number in
    (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
  }
private let file = MNISTDownload.PublishedFile(
  name: "file", rawBytes: published.count, rawSHA256: SHA256Hasher.hash(of: published))
private let folder = "\(ScratchFile.folder)/http"

/// What two mirrors answer to a download: it ends with the published file in its place, or with an error and no file.
func fuzzHTTP(_ input: Pieces) throws(FileError) {
  let (whole, part) = ("\(folder)/file.gz", "\(folder)/file.gz.part")
  unlink(whole)
  unlink(part)
  var download = MNISTDownload(
    mirrors: ["http://a.test/", "http://b.test/"], folder: folder, files: [file], timeout: 1, environment: [:]
  )
  let script = Script(input)
  download.answer = { url, offset, _ in script.answer(to: url, from: offset) }
  defer { require(script.isWithin(part), "more in the part than the file may have") }
  do throws(FileError) {
    try download.run { progress in
      require(progress.bytes >= 0 && progress.totalBytes ?? 0 >= 0, "a negative number of bytes")
    }
    require(download.isComplete && access(part, F_OK) != 0, "a part that is left")
    require(ScratchFile.content(whole) != nil, "no file")
  } catch {
    require(error.kind == .inputOutput, "an error of another kind: \(error)")
    require(access(whole, F_OK) != 0, "a file after an error")
    throw error
  }
}

/// The answers of all requests, taken from an input.
private final class Script: @unchecked Sendable {
  private var input: Pieces

  init(_ input: Pieces) { self.input = input }

  func isWithin(_ part: String) -> Bool {
    var info = stat()
    return stat(part, &info) != 0 || info.st_size <= published.count + published.count / 100 + 4096
  }

  func answer(to url: URL, from offset: Int) -> HTTPAnswer {
    var events = [HTTPTransfer.Event.head(.init(response(to: url, from: offset)))]
    var position = offset
    for _ in 0..<(input.byte() & 7) {
      let kind = input.byte()
      let count = Int(input.byte()) * 4
      var bytes = mirrored.dropFirst(position).prefix(count)
      if kind & 1 == 1 { bytes = Array(input.piece())[...] }
      if kind & 2 == 2 { position = 0 } else { position += bytes.count }
      events.append(.data(Data(bytes)))
    }
    events.append(.end(failure: input.byte() & 1 == 0 ? nil : "broke off: fuzz"))
    events.reverse()
    return HTTPAnswer(next: { events.popLast() ?? .end(failure: "asked for more than the end") })
  }

  private func response(to url: URL, from offset: Int) -> URLResponse {
    let statuses = [200, 206, 206, 200, 416, 404, 301, 500, 0, 304]
    let status = statuses[Int(input.byte()) % statuses.count]
    var headers: [String: String] = [:]
    let rest = max(0, mirrored.count - offset)
    switch input.byte() % 5 {
    case 0: headers["Content-Length"] = "\(rest)"
    case 1: headers["Content-Length"] = text()
    case 2: headers["Content-Length"] = "\(Int.max - Int(input.byte() & 3))"
    case 3: headers["Content-Length"] = "\(mirrored.count)"
    default: break
    }
    switch input.byte() % 4 {
    case 0: headers["Content-Range"] = "bytes \(offset)-\(mirrored.count - 1)/\(mirrored.count)"
    case 1: headers["Content-Range"] = text()
    case 2: headers["Content-Type"] = text()
    default: break
    }
    return HTTPURLResponse(url: url, statusCode: status, httpVersion: "HTTP/1.1", headerFields: headers)
      ?? URLResponse(url: url, mimeType: nil, expectedContentLength: -1, textEncodingName: nil)
  }

  private func text() -> String { String(decoding: input.piece().prefix(64), as: UTF8.self) }
}
