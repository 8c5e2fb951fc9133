#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One client: what it has sent, what it is still to get, and until when. Its socket never blocks.
final class Connection {
  enum Stage {
    /// Waiting for a request or for the rest of its head.
    case head
    case body(HTTPRequestHead, HTTPRoute)
    /// The answer is on its way; then the connection closes, or not.
    case answer(thenClose: Bool)
    /// Everything was said: what still comes is thrown away for a moment. A socket closed with unread bytes would make
    /// the client's system drop the answer.
    case farewell
  }

  let descriptor: Int32
  private(set) var stage = Stage.head
  /// When the stage has lasted too long, in seconds of the monotonic clock.
  private(set) var deadline: Double
  private(set) var isClosed = false
  /// When it last sent something or had its answer, in the same seconds.
  private(set) var lastActive = monotonicSeconds()
  private let limits: HTTPLimits
  private var input: [UInt8] = []
  /// Bytes of `input` in which no end of a head was found.
  private var searched = 0
  private var output: [UInt8] = []
  private var sent = 0

  init(_ descriptor: Int32, limits: HTTPLimits) {
    (self.descriptor, self.limits) = (descriptor, limits)
    deadline = monotonicSeconds() + limits.headSeconds
  }

  deinit { close(descriptor) }

  /// Whether it waits for a request of which nothing has come.
  var isIdle: Bool { if case .head = stage { input.isEmpty } else { false } }
  /// Whether there is something to send; else something to receive.
  var wantsToSend: Bool { sent < output.count }
  /// Bytes of a body that it holds memory for.
  var bodyBytes: Int { if case .body(let head, _) = stage { head.bodyLength } else { 0 } }

  /// Takes what the client sent; `isClosed` is true once it has gone.
  func receive() {
    let size = 1 << 16
    let received = withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { buffer in
      let count = recv(descriptor, buffer.baseAddress, size, 0)
      if count > 0 {
        if case .farewell = stage { return count }
        lastActive = monotonicSeconds()
        if isIdle { deadline = lastActive + limits.headSeconds }
        input.append(contentsOf: UnsafeRawBufferPointer(start: buffer.baseAddress, count: count))
      }
      return count
    }
    if received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR) { isClosed = true }
  }

  /// Returns the head once it is whole; nil before.
  ///
  /// - Throws: `HTTPRefusal`.
  func takeHead() throws(HTTPRefusal) -> HTTPRequestHead? {
    guard case .head = stage else { return nil }
    guard let end = endOfHead() else {
      guard input.count <= HTTPLimits.longestHead else { throw tooLong }
      return nil
    }
    guard end + 4 <= HTTPLimits.longestHead else { throw tooLong }
    let head = try HTTPRequestHead(parsing: input[..<end])
    input.removeFirst(end + 4)
    searched = 0
    return head
  }

  private var tooLong: HTTPRefusal {
    HTTPRefusal(.fieldsTooLarge, "the head is longer than \(HTTPLimits.longestHead) bytes")
  }

  /// Where the empty line begins that ends the head.
  private func endOfHead() -> Int? {
    var at = searched
    while at + 4 <= input.count {
      if input[at] == 0x0D, input[at + 1] == 0x0A, input[at + 2] == 0x0D, input[at + 3] == 0x0A { return at }
      at += 1
    }
    searched = at
    return nil
  }

  /// Waits for the body of `head`.
  func expectBody(of head: HTTPRequestHead, for route: HTTPRoute) {
    stage = .body(head, route)
    deadline = monotonicSeconds() + limits.bodySeconds
    if head.expectsContinue, input.count < head.bodyLength {
      output = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)
      sent = 0
      send()
    }
  }

  /// Returns the request and its route once its body is whole; nil before.
  func takeRequest() -> (HTTPRequest, HTTPRoute)? {
    guard case .body(let head, let route) = stage, input.count >= head.bodyLength, !wantsToSend else {
      return nil
    }
    let body = Array(input[..<head.bodyLength])
    input.removeFirst(head.bodyLength)
    return (HTTPRequest(head: head, body: body), route)
  }

  /// Begins to send an answer.
  func answer(_ response: HTTPResponse, keepsConnection: Bool, withoutBody: Bool = false) {
    output = response.bytes(keepsConnection: keepsConnection, withoutBody: withoutBody)
    sent = 0
    stage = .answer(thenClose: !keepsConnection)
    deadline = monotonicSeconds() + limits.answerSeconds
    send()
  }

  /// Sends as much as the client takes.
  func send() {
    while wantsToSend {
      #if canImport(Darwin)
        let flags: Int32 = 0
      #else
        let flags = Int32(MSG_NOSIGNAL)
      #endif
      let count = output.withUnsafeBytes { bytes in
        #if canImport(Darwin)
          Darwin.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, flags)
        #elseif canImport(Musl)
          Musl.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, flags)
        #else
          Glibc.send(descriptor, bytes.baseAddress! + sent, bytes.count - sent, flags)
        #endif
      }
      guard count > 0 else {
        if errno == EINTR { continue }
        if errno != EAGAIN { isClosed = true }
        return
      }
      sent += count
    }
    output = []
    sent = 0
    lastActive = monotonicSeconds()
    guard case .answer(let thenClose) = stage else { return }
    if thenClose {
      shutdown(descriptor, Int32(SHUT_WR))
      stage = .farewell
      input = []
      deadline = monotonicSeconds() + 1
    } else {
      stage = .head
      deadline = monotonicSeconds() + (input.isEmpty ? limits.idleSeconds : limits.headSeconds)
    }
  }

  /// Ends a stage that has lasted too long. Returns what a request that began is to be told; silence is told nothing.
  func expire() -> HTTPRefusal? {
    switch stage {
    case .head where !input.isEmpty, .body:
      return HTTPRefusal(.requestTimeout, "the request took too long to arrive")
    default:
      isClosed = true
      return nil
    }
  }
}

/// Seconds of a clock that nobody sets.
func monotonicSeconds() -> Double {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
}
