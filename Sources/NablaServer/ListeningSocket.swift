#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a server cannot listen where it was asked to.
package struct ListeningFailure: Error, Equatable {
  /// Continues a sentence that starts with the address: "is in use".
  package let problem: String
  /// Whether another port might do.
  package let isPortTaken: Bool

  package init(problem: String, isPortTaken: Bool) {
    (self.problem, self.isPortTaken) = (problem, isPortTaken)
  }
}

/// A socket that clients connect to.
final class ListeningSocket {
  let descriptor: Int32
  /// The port in fact; another than the one asked for where that was 0.
  let port: Int
  /// Whether only this machine reaches it.
  let isLoopback: Bool

  /// - Parameters:
  ///   - host: a name or an address of this machine.
  ///   - port: 0 for any that is free.
  init(host: String, port: Int) throws(ListeningFailure) {
    let found = try Self.resolve(host, port)
    defer { freeaddrinfo(found) }
    let info = found.pointee
    let descriptor = socket(info.ai_family, info.ai_socktype, 0)
    guard descriptor >= 0 else { throw Self.failure() }
    var yes: Int32 = 1
    setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0, listen(descriptor, 128) == 0 else {
      let failure = Self.failure()
      close(descriptor)
      throw failure
    }
    makeNonblocking(descriptor)
    self.descriptor = descriptor
    (self.port, isLoopback) = Self.place(of: descriptor)
  }

  deinit { close(descriptor) }

  /// What comes of accepting.
  enum Acceptance {
    /// The descriptor of a client.
    case client(Int32)
    case nobody
    /// A client waits, and the process or the system has no descriptor for it.
    case outOfDescriptors
  }

  /// Accepts the next client.
  func accept() -> Acceptance {
    #if canImport(Darwin)
      let client = Darwin.accept(descriptor, nil, nil)
    #elseif canImport(Musl)
      let client = Musl.accept(descriptor, nil, nil)
    #else
      let client = Glibc.accept(descriptor, nil, nil)
    #endif
    guard client >= 0 else { return errno == EMFILE || errno == ENFILE ? .outOfDescriptors : .nobody }
    makeNonblocking(client)
    // Answers are written in one piece; waiting for more would only delay them.
    var yes: Int32 = 1
    setsockopt(client, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    return .client(client)
  }

  private static func resolve(
    _ host: String, _ port: Int
  ) throws(ListeningFailure) -> UnsafeMutablePointer<addrinfo> {
    var hints = addrinfo()
    #if canImport(Glibc)
      hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    #else
      hints.ai_socktype = SOCK_STREAM
    #endif
    hints.ai_flags = AI_PASSIVE
    var found: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &found)
    guard status == 0, let found else {
      throw ListeningFailure(
        problem: "is no address of this machine (\(String(cString: gai_strerror(status))))",
        isPortTaken: false)
    }
    return found
  }

  private static func failure() -> ListeningFailure {
    let code = errno
    switch code {
    case EADDRINUSE: return ListeningFailure(problem: "is in use", isPortTaken: true)
    case EACCES: return ListeningFailure(problem: "may not be used by this account", isPortTaken: true)
    case EADDRNOTAVAIL: return ListeningFailure(problem: "is no address of this machine", isPortTaken: false)
    default: return ListeningFailure(problem: String(cString: strerror(code)), isPortTaken: false)
    }
  }

  private static func place(of descriptor: Int32) -> (port: Int, isLoopback: Bool) {
    var storage = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    return withUnsafeMutablePointer(to: &storage) { pointer in
      _ = pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
      if Int32(pointer.pointee.ss_family) == AF_INET6 {
        return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
          let bytes = withUnsafeBytes(of: address.pointee.sin6_addr) { Array($0) }
          return (
            Int(UInt16(bigEndian: address.pointee.sin6_port)), bytes == [UInt8](repeating: 0, count: 15) + [1]
          )
        }
      }
      return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
        let first = withUnsafeBytes(of: address.pointee.sin_addr) { $0[0] }
        return (Int(UInt16(bigEndian: address.pointee.sin_port)), first == 127)
      }
    }
  }
}

private func makeNonblocking(_ descriptor: Int32) {
  _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
}
