/// Which names a browser may have reached this server by.
///
/// A page of another site can make its own name point to 127.0.0.1 (DNS rebinding) and then reads every answer as its
/// own; but the name stays in Host. And it can send requests here blindly; but then its name stands in Origin.
struct AllowedHosts: Sendable {
  /// What the server was asked to listen on: a name or an address.
  let host: String
  let port: Int
  /// Whether only this machine reaches the server.
  let isLoopback: Bool

  /// - Throws: `HTTPRefusal` for a request that a page of another site sent, or that went to another name.
  func check(_ head: HTTPRequestHead) throws(HTTPRefusal) {
    guard let host = head.value(of: "host") else { throw HTTPRefusal(.badRequest, "expected the field host") }
    guard allows(host) else {
      throw HTTPRefusal(.misdirected, "host: this server does not answer to this name")
    }
    if let origin = head.value(of: "origin") {
      // Its own page has the name in both. Another of this server's names would not do: an address passes for one on
      // a server that other machines reach, and any site can be opened by its address.
      guard origin.lowercased() == "http://\(host.lowercased())" else {
        throw HTTPRefusal(.forbidden, "origin: pages of other sites may not ask")
      }
    }
    // Browsers say it without an Origin, too: for pictures, scripts and links.
    if let site = head.value(of: "sec-fetch-site"), site == "cross-site" || site == "same-site" {
      guard head.method == "GET", head.path == "/" else {
        throw HTTPRefusal(.forbidden, "sec-fetch-site: pages of other sites may not ask")
      }
    }
  }

  /// Whether "name:port" is this server's. Addresses cannot be rebound; of names only those are good that were
  /// meant.
  private func allows(_ text: String) -> Bool {
    var name = Substring(text.lowercased())
    let suffix = ":\(port)"
    if name.hasSuffix(suffix) {
      name = name.dropLast(suffix.utf8.count)
    } else if port != 80 {
      return false
    }
    if ["127.0.0.1", "localhost", "[::1]"].contains(name) { return true }
    if name == host.lowercased() || name == "[\(host.lowercased())]" { return true }
    return !isLoopback && (isIPv4(name) || isIPv6(name))
  }

  private func isIPv4(_ name: Substring) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count == 4
      && parts.allSatisfy { part in
        (1...3).contains(part.utf8.count) && part.utf8.allSatisfy { 0x30...0x39 ~= $0 }
          && Int(part).map { $0 < 256 } == true
      }
  }

  private func isIPv6(_ name: Substring) -> Bool {
    name.hasPrefix("[") && name.hasSuffix("]")
      && name.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" }
  }
}
