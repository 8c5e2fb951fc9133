extension HTTPRequestHead {
  /// Reads a head, without the empty line that ends it.
  ///
  /// Strict where two readers could understand a request differently, which is how requests are smuggled: lines end in
  /// CR LF, names have no space, nothing is folded, Host and Content-Length stand once. Source: RFC 9112.
  ///
  /// - Throws: `HTTPRefusal`.
  init(parsing bytes: ArraySlice<UInt8>) throws(HTTPRefusal) {
    let lines = try Self.lines(bytes)
    let (method, target, isOld) = try Self.requestLine(lines[0])
    var fields: [Field] = []
    for line in lines.dropFirst() { fields.append(try Self.field(line)) }
    for name in ["host", "content-length", "content-type", "origin", "transfer-encoding", "expect"]
    where fields.count(where: { $0.name == name }) > 1 {
      throw HTTPRefusal(.badRequest, "the field \(name) stands twice")
    }
    let named = { (name: String) in fields.first { $0.name == name }?.value }
    let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    self.method = method
    path = String(parts[0])
    query = parts.count > 1 ? String(parts[1]) : ""
    self.fields = fields
    keepsConnection = !isOld && !(named("connection") ?? "").lowercased().contains("close")
    bodyLength = try Self.bodyLength(
      method: method, length: named("content-length"), coding: named("transfer-encoding"))
    switch named("expect")?.lowercased() {
    case nil: expectsContinue = false
    case "100-continue": expectsContinue = true
    default: throw HTTPRefusal(.expectationFailed, "expect: only 100-continue is known")
    }
  }

  private static func lines(_ bytes: ArraySlice<UInt8>) throws(HTTPRefusal) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    var start = bytes.startIndex
    while let end = bytes[start...].firstIndex(of: 0x0D) {
      guard end + 1 < bytes.endIndex, bytes[end + 1] == 0x0A else {
        throw HTTPRefusal(.badRequest, "a line of the head does not end in CR LF")
      }
      lines.append(bytes[start..<end])
      start = end + 2
    }
    lines.append(bytes[start...])
    guard !lines.contains(where: { $0.contains { $0 == 0x0A || $0 == 0 } }) else {
      throw HTTPRefusal(.badRequest, "a line of the head does not end in CR LF")
    }
    return lines
  }

  private static func requestLine(
    _ line: ArraySlice<UInt8>
  ) throws(HTTPRefusal) -> (method: String, target: String, isOld: Bool) {
    let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard words.count == 3 else {
      throw HTTPRefusal(.badRequest, "the first line is no request: expected METHOD TARGET HTTP/1.1")
    }
    guard !words[0].isEmpty, words[0].count <= 20, words[0].allSatisfy({ 0x41...0x5A ~= $0 }) else {
      throw HTTPRefusal(.badRequest, "the method is no word of upper-case letters")
    }
    guard words[1].count <= HTTPLimits.longestTarget else {
      throw HTTPRefusal(.targetTooLong, "the target is longer than \(HTTPLimits.longestTarget) bytes")
    }
    guard words[1].first == 0x2F, words[1].allSatisfy({ 0x21...0x7E ~= $0 }) else {
      throw HTTPRefusal(.badRequest, "the target is no path: expected '/...' in printable ASCII")
    }
    let version = String(decoding: words[2], as: UTF8.self)
    switch version {
    case "HTTP/1.1", "HTTP/1.0": break
    case _ where version.hasPrefix("HTTP/"):
      throw HTTPRefusal(.versionNotSupported, "expected HTTP/1.1")
    default: throw HTTPRefusal(.badRequest, "the first line does not end in HTTP/1.1")
    }
    return (
      String(decoding: words[0], as: UTF8.self), String(decoding: words[1], as: UTF8.self),
      version == "HTTP/1.0"
    )
  }

  private static func field(_ line: ArraySlice<UInt8>) throws(HTTPRefusal) -> Field {
    guard let colon = line.firstIndex(of: 0x3A), colon > line.startIndex,
      line[..<colon].allSatisfy(isTokenByte)
    else { throw HTTPRefusal(.badRequest, "a line of the head is no 'Name: value'") }
    // Printable bytes, tabs, and those above ASCII, which are taken as Latin-1.
    let value = line[(colon + 1)...]
    guard value.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
      throw HTTPRefusal(.badRequest, "a value of the head has a control character")
    }
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 }
    let trimmed = value.drop(while: isBlank).reversed().drop(while: isBlank).reversed()
    return Field(
      name: String(decoding: line[..<colon], as: UTF8.self).lowercased(),
      value: String(String.UnicodeScalarView(trimmed.map { Unicode.Scalar($0) })))
  }

  /// Whether a byte may stand in a field's name: RFC 9110, section 5.6.2.
  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case 0x21, 0x23...0x27, 0x2A, 0x2B, 0x2D, 0x2E, 0x5E...0x60, 0x7C, 0x7E: true
    default: false
    }
  }

  private static func bodyLength(
    method: String, length: String?, coding: String?
  ) throws(HTTPRefusal) -> Int {
    if coding != nil {
      guard length == nil else {
        throw HTTPRefusal(.badRequest, "content-length and transfer-encoding stand together")
      }
      throw HTTPRefusal(.notImplemented, "transfer-encoding is not known here: send content-length")
    }
    guard let length else {
      guard method != "POST" && method != "PUT" else {
        throw HTTPRefusal(.lengthRequired, "expected content-length")
      }
      return 0
    }
    guard (1...15).contains(length.utf8.count), length.utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
      let bytes = Int(length)
    else { throw HTTPRefusal(.badRequest, "content-length is no whole number") }
    return bytes
  }
}
