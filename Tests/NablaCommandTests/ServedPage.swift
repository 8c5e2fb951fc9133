import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// A `nabla` that serves a page, and questions to it.
final class ServedPage {
  let running: NablaProcess.Running
  /// Where the page is, as the process says; ends in "/".
  let url: String

  enum Failure: Error {
    case ended(String)
    case noAnswer(String)
  }

  /// Starts `nabla` and waits until it names the address.
  init(_ arguments: [String], in folder: Folder) throws {
    running = try NablaProcess.start(arguments + ["--port", "0"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 120)
    while true {
      let told = running.output + running.errors
      if let found = told.firstMatch(of: #/http://127\.0\.0\.1:\d+/\n/#) {
        url = String(found.output.dropLast())
        return
      }
      guard running.process.isRunning, Date() < deadline else {
        kill(running.process.processIdentifier, SIGKILL)
        throw Failure.ended(told)
      }
      usleep(5000)
    }
  }

  deinit { if running.process.isRunning { kill(running.process.processIdentifier, SIGKILL) } }

  /// Ctrl-C, and what it said until its end.
  func end() throws -> NablaProcess {
    kill(running.process.processIdentifier, SIGINT)
    return try running.finish(within: 60)
  }

  func get(_ path: String) throws -> (status: Int, text: String) {
    try send(URLRequest(url: try address(path)))
  }

  func post(
    _ path: String, _ body: some DataProtocol, type: String = "application/json"
  ) throws -> (status: Int, text: String) {
    var request = URLRequest(url: try address(path))
    request.httpMethod = "POST"
    request.httpBody = Data(body)
    request.setValue(type, forHTTPHeaderField: "Content-Type")
    return try send(request)
  }

  func post(_ path: String, json: String) throws -> (status: Int, text: String) {
    try post(path, Data(json.utf8))
  }

  private func address(_ path: String) throws -> URL {
    guard let address = URL(string: url + path) else { throw Failure.noAnswer(path) }
    return address
  }

  private func send(_ request: URLRequest) throws -> (status: Int, text: String) {
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var answer: (status: Int, text: String)?
    let session = URLSession(configuration: .ephemeral)
    let task = session.dataTask(with: request) { data, response, _ in
      if let data, let response = response as? HTTPURLResponse {
        answer = (response.statusCode, String(decoding: data, as: UTF8.self))
      }
      done.signal()
    }
    task.resume()
    _ = done.wait(timeout: .now() + 60)
    session.invalidateAndCancel()
    guard let answer else { throw Failure.noAnswer(request.url?.path ?? "") }
    return answer
  }
}
