import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A web server for tests: one connection after the other on a port of 127.0.0.1, each answered by `answer`.
final class TestServer: Sendable {
  struct Request: Sendable, Equatable {
    let path: String
    /// From "Range: bytes=N-".
    let rangeStart: Int?
  }

  struct Answer: Sendable {
    var status = "200 OK"
    var headers: [String] = []
    var body: [UInt8] = []
    /// What is promised and never sent: the connection closes before the end. Below 0, what is sent and not promised.
    var missing = 0
    /// Whether the connection stays open, silent, until the client closes it.
    var stalls = false
    /// What is sent instead of a head and a body.
    var raw: [UInt8]?

    /// `file` from where the request wants it, at most `cut` bytes of it before the connection breaks.
    static func file(_ file: [UInt8], for request: Request, cut: Int? = nil, ranges: Bool = true) -> Answer {
      var answer = Answer(headers: ["Content-Type: application/octet-stream"])
      var start = 0
      if ranges, let wanted = request.rangeStart {
        guard wanted < file.count else { return Answer(status: "416 Range Not Satisfiable") }
        start = wanted
        answer.status = "206 Partial Content"
        answer.headers.append("Content-Range: bytes \(start)-\(file.count - 1)/\(file.count)")
      }
      answer.body = Array(file[start...].prefix(cut ?? .max))
      answer.missing = file.count - start - answer.body.count
      return answer
    }

    static let html = Answer(
      headers: ["Content-Type: text/html; charset=utf-8"], body: Array("<html></html>".utf8))
    static let notFound = Answer(status: "404 Not Found")
  }

  let port: Int
  private let listener: Int32
  private let answer: @Sendable (Request) -> Answer
  private let log = Mutex<[Request]>([])

  var address: String { "http://127.0.0.1:\(port)" }
  /// Every request so far.
  var requests: [Request] { log.withLock { $0 } }

  init(_ answer: @escaping @Sendable (Request) -> Answer) throws {
    self.answer = answer
    #if canImport(Glibc)
      listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      listener = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let listener = listener
    let status = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(listener, $0, length) | listen(listener, 8) | getsockname(listener, $0, &length)
      }
    }
    guard status == 0 else { throw POSIXError(.EADDRINUSE) }
    port = Int(UInt16(bigEndian: address.sin_port))
    Thread.detachNewThread { [self] in serve() }
  }

  /// Stops listening: the address refuses connections from then on.
  ///
  /// Only the thread that accepts closes the listener: a number closed here could be the next server's before that
  /// thread asks for another connection.
  func stop() { shutdown(listener, Int32(SHUT_RDWR)) }

  private func serve() {
    defer { close(listener) }
    while true {
      let connection = accept(listener, nil, nil)
      guard connection >= 0 else { return }
      if let request = readRequest(connection) {
        log.withLock { $0.append(request) }
        let answer = answer(request)
        let length = answer.body.count + answer.missing
        let head =
          ["HTTP/1.1 \(answer.status)", "Content-Length: \(length)", "Connection: close"] + answer.headers
        let bytes = Array((head.joined(separator: "\r\n") + "\r\n\r\n").utf8) + answer.body
        writeAll(answer.raw ?? bytes, to: connection)
        if answer.stalls { waitForEnd(connection) }
      }
      close(connection)
    }
  }

  private func readRequest(_ connection: Int32) -> Request? {
    var text = ""
    var buffer = [UInt8](repeating: 0, count: 4096)
    while !text.contains("\r\n\r\n") {
      let count = recv(connection, &buffer, buffer.count, 0)
      guard count > 0 else { return nil }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    let lines = text.components(separatedBy: "\r\n")
    let range = lines.first { $0.lowercased().hasPrefix("range: bytes=") }
    return Request(
      path: lines[0].components(separatedBy: " ")[1],
      rangeStart: range.flatMap { Int($0.dropFirst("range: bytes=".count).prefix { $0 != "-" }) })
  }

  /// Waits until the client closes the connection, at most 20 seconds.
  private func waitForEnd(_ connection: Int32) {
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(
      connection, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var byte: UInt8 = 0
    while recv(connection, &byte, 1, 0) > 0 {}
  }

  private func writeAll(_ bytes: [UInt8], to connection: Int32) {
    var done = 0
    while done < bytes.count {
      #if canImport(Darwin)
        let count = bytes.withUnsafeBytes { send(connection, $0.baseAddress! + done, bytes.count - done, 0) }
      #else
        let flags = Int32(MSG_NOSIGNAL)
        let count = bytes.withUnsafeBytes {
          send(connection, $0.baseAddress! + done, bytes.count - done, flags)
        }
      #endif
      guard count > 0 else { return }
      done += count
    }
  }
}
