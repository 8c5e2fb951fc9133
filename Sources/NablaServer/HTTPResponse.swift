#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// An answer.
package struct HTTPResponse: Sendable {
  package var status: HTTPStatus
  package var contentType: String
  package var body: [UInt8]
  /// More lines of the head, without their ends.
  var extraFields: [String] = []

  package init(_ status: HTTPStatus = .ok, contentType: String, body: [UInt8]) {
    (self.status, self.contentType, self.body) = (status, contentType, body)
  }

  /// An answer in JSON.
  package init(_ status: HTTPStatus = .ok, json: String) {
    self.init(status, contentType: "application/json; charset=utf-8", body: Array(json.utf8))
  }

  /// The answer to a request that is refused: {"error": "the reason"}.
  init(_ refusal: HTTPRefusal) {
    let reason = refusal.reason.unicodeScalars.map { scalar in
      switch scalar {
      case "\"", "\\": "\\" + String(scalar)
      case _ where scalar.value < 0x20: " "
      default: String(scalar)
      }
    }
    self.init(refusal.status, json: "{\"error\":\"\(reason.joined())\"}\n")
    if let allowed = refusal.allowed { extraFields.append("Allow: \(allowed)") }
  }

  /// What every answer forbids a browser: code and pictures from elsewhere or inside the page's text, being put into a
  /// frame, guessing types, telling where it came from, keeping a copy.
  private static let protection = [
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
      + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",
    "Cross-Origin-Opener-Policy: same-origin", "Cross-Origin-Resource-Policy: same-origin",
    "Cache-Control: no-store",
  ]

  /// The bytes to send.
  ///
  /// - Parameters:
  ///   - keepsConnection: whether another request may follow.
  ///   - withoutBody: for HEAD, whose answer has a body's length and no body.
  func bytes(keepsConnection: Bool, withoutBody: Bool) -> [UInt8] {
    var lines = [
      "HTTP/1.1 \(status.rawValue) \(status.phrase)", "Date: \(Self.date())", "Content-Type: \(contentType)",
      "Content-Length: \(body.count)", "Connection: \(keepsConnection ? "keep-alive" : "close")",
    ]
    lines += Self.protection + extraFields
    let head = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8)
    return withoutBody ? head : head + body
  }

  /// The time as HTTP writes it: "Sun, 06 Nov 1994 08:49:37 GMT". The C locale is English.
  private static func date() -> String {
    var now = time(nil)
    var parts = tm()
    gmtime_r(&now, &parts)
    var text = [CChar](repeating: 0, count: 64)
    let count = strftime(&text, text.count, "%a, %d %b %Y %H:%M:%S GMT", &parts)
    return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
