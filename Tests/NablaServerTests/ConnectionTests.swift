import NablaServer
import Testing

/// Connections that last, that are slow, and that are many.
@Suite struct ConnectionTests {
  private func get(_ path: String, _ server: RunningServer, close: Bool = false) -> String {
    "GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\(close ? "Connection: close\r\n" : "")\r\n"
  }

  @Test func severalRequestsOnOneConnection() throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    for _ in 0..<3 { #expect(client.status(of: get("/", server)) == 200) }
    // Also without waiting for answers.
    client.send(get("/", server) + get("/", server) + get("/", server, close: true))
    #expect(client.receive().components(separatedBy: "hello").count == 4)
  }

  @Test func aRequestMayComeByteByByte() throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    let request =
      "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc"
    for character in request.unicodeScalars { client.send(String(character)) }
    #expect(client.receive().hasSuffix("\r\n\r\nabc"))
  }

  @Test func headHasNoBody() throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    client.send("HEAD / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\n\r\n")
    let answer = client.receive()
    #expect(answer.contains("Content-Length: 5\r\n"))
    #expect(answer.hasSuffix("\r\n\r\n"))
    // Nor has a refusal of one.
    let other = try RawClient(port: server.port)
    other.send("HEAD /nothing HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
    let refusal = other.receive()
    #expect(refusal.hasPrefix("HTTP/1.1 404 ") && refusal.hasSuffix("\r\n\r\n"))
  }

  @Test func theBodyWaitsForContinue() throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    client.send(
      "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 2\r\nExpect: 100-continue\r\n"
        + "Connection: close\r\n\r\n")
    #expect(client.receive { $0.hasSuffix("\r\n\r\n") } == "HTTP/1.1 100 Continue\r\n\r\n")
    client.send("ab")
    #expect(client.receive().hasSuffix("\r\n\r\nab"))
  }

  @Test func aHeadOrBodyThatNeverEndsIsCutOff() throws {
    var limits = HTTPLimits()
    (limits.headSeconds, limits.bodySeconds, limits.idleSeconds) = (0.3, 0.3, 0.3)
    let server = try RunningServer(limits: limits)
    for part in [
      "GET / HTTP/1.1\r\nHo",
      "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 9\r\n\r\nab",
    ] {
      #expect(try RawClient(port: server.port).status(of: part) == 408)
    }
    // Silence is no request: it gets no answer.
    #expect(try RawClient(port: server.port).receive() == "")
    let client = try RawClient(port: server.port)
    #expect(client.status(of: get("/", server)) == 200)
    #expect(client.receive() == "")
  }

  @Test func sixtyFourSlowConnectionsKeepNobodyFromAnAnswer() throws {
    let server = try RunningServer()
    let slow = try (0..<64).map { index in
      let client = try RawClient(port: server.port)
      // A third begin a head, a third a body, a third do not read a long answer.
      switch index % 3 {
      case 0: client.send("GET / HT")
      case 1:
        client.send(
          "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 500000\r\n\r\nab")
      default: client.send(get("/large", server))
      }
      return client
    }
    for _ in 0..<20 { #expect(try RawClient(port: server.port).status(of: get("/", server)) == 200) }
    // The slow ones are served when they wake up.
    slow[0].send("TP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\n\r\n")
    #expect(slow[0].receive().hasSuffix("hello"))
    slow[2].endSending()
    #expect(slow[2].receive { $0.utf8.count > 8 << 20 }.utf8.count > 8 << 20)
  }

  @Test func pastTheLimitTheOldestSilentConnectionMakesRoom() throws {
    var limits = HTTPLimits()
    limits.connections = 4
    let server = try RunningServer(limits: limits)
    let first = try RawClient(port: server.port)
    #expect(first.status(of: get("/", server)) == 200)
    let others = try (0..<4).map { _ in try RawClient(port: server.port) }
    for other in others { #expect(other.status(of: get("/", server)) == 200) }
    #expect(first.receive() == "")
    // All at work: the next one is told.
    for other in others { other.send("GET / HT") }
    var answer: Int?
    for _ in 0..<100 where answer != 503 {
      answer = try RawClient(port: server.port).status(of: get("/", server))
    }
    #expect(answer == 503)
  }

  @Test func bodiesTogetherHaveALimit() throws {
    var limits = HTTPLimits()
    limits.bytesUnderWay = 1_500_000
    let server = try RunningServer(limits: limits)
    let request = "POST /echo HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nContent-Length: 1000000\r\n\r\n"
    let first = try RawClient(port: server.port)
    first.send(request + "a")
    var answer: Int?
    for _ in 0..<100 where answer != 503 {
      let second = try RawClient(port: server.port)
      second.send(request)
      second.endSending()
      answer = second.receive { $0.contains("\r\n\r\n") }.split(separator: " ").dropFirst().first.flatMap {
        Int($0)
      }
    }
    #expect(answer == 503)
  }

  @Test func aPortThatIsTakenIsSaidSo() throws {
    let server = try RunningServer()
    #expect(throws: ListeningFailure(problem: "is in use", isPortTaken: true)) {
      try HTTPServer(host: "127.0.0.1", port: server.port)
    }
    #expect(throws: ListeningFailure.self) { try HTTPServer(host: "203.0.113.7", port: 0) }
    #expect(throws: ListeningFailure.self) { try HTTPServer(host: "no.such.name.invalid", port: 0) }
  }
}
