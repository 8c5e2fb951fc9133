import NablaServer
import Testing

/// What a wrong request gets, byte by byte over a socket.
@Suite struct RefusalTests {
  /// HOST stands for 127.0.0.1 and the port.
  static let requests: [(raw: String, status: Int)] = [
    // As it should be.
    ("GET / HTTP/1.1\r\nHost: HOST\r\n\r\n", 200),
    ("HEAD / HTTP/1.1\r\nHost: HOST\r\n\r\n", 200),
    ("GET /?a=b&c HTTP/1.1\r\nhost:HOST\r\n\r\n", 200),
    ("GET / HTTP/1.1\r\nHost: localhost:PORT\r\n\r\n", 200),
    ("GET / HTTP/1.1\r\nHost: LocalHost:PORT\r\nOrigin: http://localhost:PORT\r\n\r\n", 200),
    ("GET / HTTP/1.0\r\nHost: HOST\r\n\r\n", 200),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2\r\n\r\nab", 200),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n", 200),
    // The first line.
    ("\r\n\r\n", 400), ("GET\r\n\r\n", 400), ("GET /\r\n\r\n", 400),
    ("GET  / HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("get / HTTP/1.1\r\nHost: HOST\r\n\r\n", 400), ("G@T / HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET http://HOST/ HTTP/1.1\r\nHost: HOST\r\n\r\n", 400), ("GET * HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET / HTTP/2.0\r\nHost: HOST\r\n\r\n", 505), ("GET / HTTQ/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /\u{7F} HTTP/1.1\r\nHost: HOST\r\n\r\n", 400), ("GET /é HTTP/1.1\r\nHost: HOST\r\n\r\n", 400),
    ("GET /" + String(repeating: "a", count: 3000) + " HTTP/1.1\r\nHost: HOST\r\n\r\n", 414),
    // The head's lines.
    ("GET / HTTP/1.1\nHost: HOST\n\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost : HOST\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: HOST\r\n folded\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nnothing\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: HOST\r\n: a\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nA: \u{1}\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nA: b\rc\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nA: b\0\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nA: " + String(repeating: "a", count: 20_000) + "\r\n\r\n", 431),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nA: " + String(repeating: "a", count: 20_000), 431),
    // Which server, and from where.
    ("GET / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\r\nHost: HOST\r\nHost: HOST\r\n\r\n", 400),
    ("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
    ("GET / HTTP/1.1\r\nHost: evil.example:PORT\r\n\r\n", 421),
    ("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 421), ("GET / HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n", 421),
    ("GET / HTTP/1.1\r\nHost: 192.168.0.1:PORT\r\n\r\n", 421),
    ("GET / HTTP/1.1\r\nHost: localhost.evil.example:PORT\r\n\r\n", 421),
    ("GET / HTTP/1.1\r\nHost: \r\n\r\n", 421),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: http://evil.example\r\n\r\n", 403),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: https://HOST\r\n\r\n", 403),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: null\r\n\r\n", 403),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: http://localhost:3000\r\n\r\n", 403),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nOrigin: http://localhost:PORT\r\n\r\n", 403),
    ("GET /large HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: cross-site\r\n\r\n", 403),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nSec-Fetch-Site: cross-site\r\n\r\n", 200),
    // Names, methods, bodies.
    ("GET /nothing HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
    ("GET /../etc/passwd HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
    ("GET /%2e%2e/etc/passwd HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
    ("GET //etc/passwd HTTP/1.1\r\nHost: HOST\r\n\r\n", 404),
    ("POST / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 0\r\n\r\n", 405),
    ("GET /echo HTTP/1.1\r\nHost: HOST\r\n\r\n", 405),
    ("DELETE /echo HTTP/1.1\r\nHost: HOST\r\n\r\n", 405), ("OPTIONS / HTTP/1.1\r\nHost: HOST\r\n\r\n", 405),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\n\r\n", 411),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1048577\r\n\r\n", 413),
    ("GET / HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n\r\nhello", 413),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 99999999999999999999\r\n\r\n", 400),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: -1\r\n\r\n", 400),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: +1\r\n\r\na", 400),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1, 1\r\n\r\na", 400),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc", 400),
    ("POST /echo HTTP/1.1\r\nHost: HOST\r\nContent-Length: 1\r\nExpect: more\r\n\r\na", 417),
    // TLS, and another protocol.
    ("\u{16}\u{3}\u{1}\r\n\r\n", 400), ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
  ]

  @Test func everyRequestGetsItsStatus() throws {
    let server = try RunningServer()
    for (raw, status) in Self.requests {
      let request = raw.replacing("HOST", with: "127.0.0.1:\(server.port)").replacing(
        "PORT", with: "\(server.port)")
      let found = try RawClient(port: server.port).status(of: request)
      #expect(found == status, "\(raw.prefix(120).debugDescription)")
    }
    // And it still answers.
    #expect(
      try RawClient(port: server.port).status(of: "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
        == 200)
  }

  @Test func aRefusalIsOneLineOfJSONAndClosesTheConnection() throws {
    let server = try RunningServer()
    let client = try RawClient(port: server.port)
    client.send("GET /a\"b HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
    let answer = client.receive()
    #expect(answer.hasSuffix("\r\n\r\n{\"error\":\"there is nothing of this name\"}\n"))
    #expect(answer.contains("Connection: close\r\n"))
  }

  @Test func everyAnswerForbidsWhatAPageNeedNotDo() throws {
    let server = try RunningServer()
    for path in ["/", "/nothing"] {
      let client = try RawClient(port: server.port)
      client.send("GET \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\nConnection: close\r\n\r\n")
      let answer = client.receive()
      for field in [
        "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';",
        "X-Content-Type-Options: nosniff\r\n", "Referrer-Policy: no-referrer\r\n", "frame-ancestors 'none'",
      ] { #expect(answer.contains(field)) }
      #expect(!answer.contains("unsafe"))
      #expect(!answer.contains("Access-Control"))
    }
  }
}
