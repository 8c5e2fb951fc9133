#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A small HTTP/1.1 server: one thread, one loop over `poll`, sockets that never block. What it answers is computed in
/// the loop, so nothing that it computes with is shared between threads. Source: RFC 9110, RFC 9112.
package final class HTTPServer {
  /// What happened so far.
  package struct Counts: Sendable {
    /// Answers by status.
    package var answers: [Int: Int] = [:]
    /// Connections accepted.
    package var connections = 0
    /// Connections that made room for others, or were refused for want of it.
    package var crowdedOut = 0
  }

  package let port: Int
  /// Whether only this machine reaches it.
  package let isLoopback: Bool
  package private(set) var counts = Counts()
  /// Connections at the moment.
  package var openConnections: Int { connections.count }

  private let socket: ListeningSocket
  private let hosts: AllowedHosts
  private let limits: HTTPLimits
  private var connections: [Connection] = []
  private var routes: [HTTPRoute] = []
  /// When clients are accepted again after descriptors ran out, in seconds of the monotonic clock.
  private var acceptsAgain = 0.0

  /// Begins to listen; nobody is answered before `run`.
  ///
  /// - Throws: `ListeningFailure`.
  package init(host: String, port: Int, limits: HTTPLimits = HTTPLimits()) throws(ListeningFailure) {
    socket = try ListeningSocket(host: host, port: port)
    self.limits = limits
    self.port = socket.port
    isLoopback = socket.isLoopback
    hosts = AllowedHosts(host: host, port: socket.port, isLoopback: socket.isLoopback)
  }

  /// Answers until `isWanted` is false: it is asked after every event, and at least four times a second.
  package func run(_ routes: [HTTPRoute], while isWanted: () -> Bool) {
    self.routes = routes
    while isWanted() {
      wait()
      let now = monotonicSeconds()
      for connection in connections where connection.deadline <= now {
        if let refusal = connection.expire() { answer(connection, HTTPResponse(refusal), keeps: false) }
      }
      connections.removeAll { $0.isClosed }
    }
    connections = []
  }

  /// Waits for something to happen, and serves whoever it happened to.
  private func wait() {
    let now = monotonicSeconds()
    // `poll` leaves out what is negative.
    var entries = [
      pollfd(fd: acceptsAgain <= now ? socket.descriptor : -1, events: Int16(POLLIN), revents: 0)
    ]
    for connection in connections {
      let events = connection.wantsToSend ? POLLOUT : POLLIN
      entries.append(pollfd(fd: connection.descriptor, events: Int16(events), revents: 0))
    }
    let next = connections.reduce(now + 0.25) { min($0, $1.deadline) }
    let ready = poll(&entries, nfds_t(entries.count), Int32(max(0, (next - now) * 1000) + 1))
    guard ready > 0 else { return }
    for (connection, entry) in zip(connections, entries.dropFirst()) where entry.revents != 0 {
      if connection.wantsToSend { connection.send() } else { connection.receive() }
      advance(connection)
    }
    if entries[0].revents != 0 { acceptAll() }
  }

  private func acceptAll() {
    for _ in 0..<64 {
      switch socket.accept() {
      case .nobody: return
      case .client(let descriptor): admit(descriptor)
      case .outOfDescriptors:
        counts.crowdedOut += 1
        connections.removeAll { $0.isClosed }
        guard dropSilent() else {
          // `poll` would report the same client again at once, and again.
          acceptsAgain = monotonicSeconds() + 0.1
          return
        }
      }
    }
  }

  private func admit(_ descriptor: Int32) {
    counts.connections += 1
    connections.removeAll { $0.isClosed }
    if connections.count >= limits.connections {
      counts.crowdedOut += 1
      guard dropSilent() else {
        let late = Connection(descriptor, limits: limits)
        return answer(late, HTTPResponse(HTTPRefusal(.unavailable, "too many connections")), keeps: false)
      }
    }
    connections.append(Connection(descriptor, limits: limits))
  }

  /// Makes room: closes the connection that has been silent longest. Returns false where all are at work.
  private func dropSilent() -> Bool {
    let idle = connections.indices.filter { connections[$0].isIdle }
    guard let oldest = idle.min(by: { connections[$0].lastActive < connections[$1].lastActive }) else {
      return false
    }
    connections.remove(at: oldest)
    return true
  }

  /// Goes on with whatever a client has sent in full; a client may send its next requests before it has an answer.
  private func advance(_ connection: Connection) {
    var withoutBody = false
    do throws(HTTPRefusal) {
      while !connection.isClosed, !connection.wantsToSend {
        if let (request, route) = connection.takeRequest() {
          answer(connection, request, route)
        } else if let head = try connection.takeHead() {
          withoutBody = head.method == "HEAD"
          try hosts.check(head)
          let route = try routes.route(for: head)
          let underWay = connections.reduce(head.bodyLength) { $0 + $1.bodyBytes }
          guard underWay <= limits.bytesUnderWay else {
            throw HTTPRefusal(.unavailable, "too many bodies are under way")
          }
          connection.expectBody(of: head, for: route)
        } else {
          return
        }
      }
    } catch {
      // After a request that is not understood nobody knows where the next one begins.
      answer(connection, HTTPResponse(error), keeps: false, withoutBody: withoutBody)
    }
  }

  private func answer(_ connection: Connection, _ request: HTTPRequest, _ route: HTTPRoute) {
    let keeps = request.head.keepsConnection
    let withoutBody = request.head.method == "HEAD"
    do throws(HTTPRefusal) {
      let response = try route.answer(request)
      answer(connection, response, keeps: keeps, withoutBody: withoutBody)
    } catch {
      answer(connection, HTTPResponse(error), keeps: keeps, withoutBody: withoutBody)
    }
  }

  private func answer(
    _ connection: Connection, _ response: HTTPResponse, keeps: Bool, withoutBody: Bool = false
  ) {
    counts.answers[response.status.rawValue, default: 0] += 1
    connection.answer(response, keepsConnection: keeps, withoutBody: withoutBody)
  }
}
