/// Something that can be asked for: one method, one path, nothing computed from either; nothing is ever looked up on
/// disk.
package struct HTTPRoute {
  package let method: String
  package let path: String
  /// Bytes a body may have.
  package let longestBody: Int
  package let answer: (HTTPRequest) throws(HTTPRefusal) -> HTTPResponse

  package init(
    _ method: String, _ path: String, longestBody: Int = 0,
    _ answer: @escaping (HTTPRequest) throws(HTTPRefusal) -> HTTPResponse
  ) {
    (self.method, self.path, self.longestBody, self.answer) = (method, path, longestBody, answer)
  }
}

extension [HTTPRoute] {
  /// The route that a head asks for; HEAD asks as GET does.
  ///
  /// - Throws: `HTTPRefusal` where there is none, or its body would be too long.
  func route(for head: HTTPRequestHead) throws(HTTPRefusal) -> HTTPRoute {
    let here = filter { $0.path == head.path }
    guard !here.isEmpty else { throw HTTPRefusal(.notFound, "there is nothing of this name") }
    let method = head.method == "HEAD" ? "GET" : head.method
    guard let route = here.first(where: { $0.method == method }) else {
      let allowed = here.map { $0.method == "GET" ? "GET, HEAD" : $0.method }.joined(separator: ", ")
      var refusal = HTTPRefusal(.methodNotAllowed, "expected \(allowed)")
      refusal.allowed = allowed
      throw refusal
    }
    guard head.bodyLength <= route.longestBody else {
      throw HTTPRefusal(
        .contentTooLarge, "expected a body of at most \(route.longestBody) bytes, found \(head.bodyLength)")
    }
    return route
  }
}
