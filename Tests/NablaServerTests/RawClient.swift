import Foundation
import NablaServer
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A server on a free port with a few routes, on a thread of its own; it ends with the object.
final class RunningServer: Sendable {
  let port: Int
  private let isStopping: Stop
  private let hasEnded = DispatchSemaphore(value: 0)

  private final class Stop: Sendable { let isWanted = Atomic(false) }

  init(limits: HTTPLimits = HTTPLimits()) throws {
    let server = try HTTPServer(host: "127.0.0.1", port: 0, limits: limits)
    let stop = Stop()
    (port, isStopping) = (server.port, stop)
    nonisolated(unsafe) let running = server
    let hasEnded = hasEnded
    Thread.detachNewThread {
      running.run(Self.routes) { !stop.isWanted.load(ordering: .relaxed) }
      hasEnded.signal()
    }
  }

  deinit {
    isStopping.isWanted.store(true, ordering: .relaxed)
    hasEnded.wait()
  }

  /// GET /, GET /large with a megabyte, POST /echo with at most a megabyte.
  private static var routes: [HTTPRoute] {
    [
      HTTPRoute("GET", "/") { (_) throws(HTTPRefusal) in
        HTTPResponse(contentType: "text/plain", body: Array("hello".utf8))
      },
      HTTPRoute("GET", "/large") { (_) throws(HTTPRefusal) in
        HTTPResponse(contentType: "text/plain", body: [UInt8](repeating: 0x61, count: 8 << 20))
      },
      HTTPRoute("POST", "/echo", longestBody: 1 << 20) { (request) throws(HTTPRefusal) in
        HTTPResponse(contentType: "text/plain", body: request.body)
      },
    ]
  }
}

/// A client that sends bytes as they are.
final class RawClient {
  private let descriptor: Int32

  init(port: Int) throws {
    #if canImport(Glibc)
      descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    #else
      descriptor = socket(AF_INET, SOCK_STREAM, 0)
    #endif
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(UInt16(port).bigEndian)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let descriptor = descriptor
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
    var limit = timeval(tv_sec: 20, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { rest in
        #if canImport(Darwin)
          Darwin.send(descriptor, rest.baseAddress! + done, bytes.count - done, 0)
        #else
          Glibc.send(descriptor, rest.baseAddress! + done, bytes.count - done, Int32(MSG_NOSIGNAL))
        #endif
      }
      guard count > 0 else { return }
      done += count
    }
  }

  /// Says that nothing more will come.
  func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Returns what comes until the server closes, or until `isEnough`.
  func receive(until isEnough: (String) -> Bool = { _ in false }) -> String {
    var text: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65536)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      guard count > 0 else { break }
      text += buffer[..<count]
      if isEnough(String(decoding: text, as: UTF8.self)) { break }
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Sends a request and returns the status of its answer; nil where the connection closes without one.
  func status(of request: String) -> Int? {
    send(request)
    let answer = receive { $0.contains("\r\n\r\n") }
    return answer.split(separator: " ").dropFirst().first.flatMap { Int($0) }
  }
}
