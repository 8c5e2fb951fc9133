import ArgumentParser
import NablaServer

/// Where a page is served.
struct ServerOptions: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The port of the page; 0 takes any that is free. (default: 8080, or the next that is free)",
      valueName: "n"),
    transform: OptionValue.wholeNumber(0...65_535))
  var port: Int?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "The address or name to listen on; 0.0.0.0 lets other machines in. (default: 127.0.0.1)",
      valueName: "address"))
  var host: String?

  /// - Throws: `CommandFailure` where something was typed that says how a page is served, and none is.
  func refuse() throws(CommandFailure) {
    for (option, isTyped) in [("--port", port != nil), ("--host", host != nil)] where isTyped {
      throw CommandFailure(.usage, "\(option): expected with --serve")
    }
  }

  /// The address to listen on: this machine's own unless another was typed.
  private var address: String { host ?? "127.0.0.1" }

  /// Ports that are tried one after the other where none was typed.
  private static let usualPorts = 8080...8179

  /// Begins to listen.
  ///
  /// - Throws: `CommandFailure` where the address cannot be had.
  func listen() throws(CommandFailure) -> HTTPServer {
    guard !address.isEmpty else { throw CommandFailure(.usage, "--host: expected an address, found ''") }
    for candidate in port.map({ $0...$0 }) ?? Self.usualPorts {
      do throws(ListeningFailure) {
        return try HTTPServer(host: address, port: candidate)
      } catch {
        if error.isPortTaken, port == nil { continue }
        if error.isPortTaken {
          throw CommandFailure(
            .cannotCreate, "--port \(candidate): \(error.problem); without it the next free is taken")
        }
        throw CommandFailure(.cannotCreate, "--host \(address): \(error.problem)")
      }
    }
    throw CommandFailure(
      .cannotCreate,
      "ports \(Self.usualPorts.lowerBound) to \(Self.usualPorts.upperBound) are in use; --port takes another")
  }

  /// What to type into a browser.
  func url(of server: HTTPServer) -> String {
    let name = address.contains(":") ? "[\(address)]" : address
    return "http://\(name):\(server.port)/"
  }

  /// What a person should know about who can see the page; nil where only this machine can.
  func warning(of server: HTTPServer) -> String? {
    server.isLoopback
      ? nil
      : "\(address): whoever reaches this machine can use the page; there is no password and no encryption"
  }
}
