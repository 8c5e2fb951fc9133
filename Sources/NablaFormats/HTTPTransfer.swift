import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// One HTTP request. The caller takes the answer piece by piece with `next()`, which blocks until the next piece
/// arrives, so that a download is a loop.
package final class HTTPTransfer: NSObject, URLSessionDataDelegate, @unchecked Sendable {
  package enum Event {
    /// The answer's head.
    case head(Head)
    case data(Data)
    /// The end; the reason if it came too early.
    case end(failure: String?)
  }

  package struct Head {
    let status: Int
    let contentType: String
    /// The first byte that a partial answer (206) brings.
    let rangeStart: Int?
    /// Bytes to come; nil when the server does not say.
    let length: Int?

    /// Takes what matters of an answer's head.
    package init(_ response: URLResponse) {
      let answer = response as? HTTPURLResponse
      status = answer?.statusCode ?? 0
      contentType = answer?.value(forHTTPHeaderField: "Content-Type") ?? ""
      // "bytes 100-199/200"
      let range = answer?.value(forHTTPHeaderField: "Content-Range")
      rangeStart = range?.split(separator: " ").last?.split(separator: "-").first.flatMap { Int($0) }
      length = response.expectedContentLength < 0 ? nil : Int(response.expectedContentLength)
    }
  }

  /// Guards `events`, the only state that two threads share.
  private let condition = NSCondition()
  private var events: [Event] = []
  private var session: URLSession?
  private var task: URLSessionDataTask?
  private let timeout: TimeInterval
  /// A queue of its own: the caller may be blocking a thread that the shared queues count on. It lives as long as
  /// the program, because an operation queue does not keep the queue below it.
  private static let queue = DispatchQueue(label: "nabla.download")

  /// Asks for the content of `url` from byte `offset` on.
  ///
  /// - Parameter timeout: seconds of silence after which the transfer has failed.
  init(_ url: URL, from offset: Int, timeout: TimeInterval) {
    self.timeout = timeout
    super.init()
    var request = URLRequest(url: url, cachePolicy: .reloadIgnoringLocalCacheData, timeoutInterval: timeout)
    // The file as it is: a server that unpacks on the way would make lengths and ranges meaningless.
    request.setValue("identity", forHTTPHeaderField: "Accept-Encoding")
    if offset > 0 { request.setValue("bytes=\(offset)-", forHTTPHeaderField: "Range") }
    let queue = OperationQueue()
    queue.maxConcurrentOperationCount = 1
    queue.underlyingQueue = Self.queue
    let session = URLSession(configuration: .ephemeral, delegate: self, delegateQueue: queue)
    let task = session.dataTask(with: request)
    (self.session, self.task) = (session, task)
    task.resume()
  }

  /// Waits for the next event; `end` is the last.
  func next() -> Event {
    condition.lock()
    defer { condition.unlock() }
    let deadline = Date(timeIntervalSinceNow: timeout + 1)
    while events.isEmpty {
      guard condition.wait(until: deadline) else {
        return .end(failure: "did not answer for \(Int(timeout)) seconds")
      }
    }
    return events.removeFirst()
  }

  /// Stops the transfer. The session holds its delegate until then.
  ///
  /// Not by `invalidateAndCancel`: Foundation on Linux walks its tasks there while a queue of its own removes one that
  /// has just ended, and traps.
  func cancel() {
    task?.cancel()
    session?.finishTasksAndInvalidate()
    (session, task) = (nil, nil)
  }

  private func append(_ event: Event) {
    condition.lock()
    events.append(event)
    condition.signal()
    condition.unlock()
  }

  package func urlSession(
    _ session: URLSession, dataTask: URLSessionDataTask, didReceive response: URLResponse,
    completionHandler: @escaping (URLSession.ResponseDisposition) -> Void
  ) {
    append(.head(Head(response)))
    completionHandler(.allow)
  }

  package func urlSession(_ session: URLSession, dataTask: URLSessionDataTask, didReceive data: Data) {
    append(.data(data))
  }

  package func urlSession(
    _ session: URLSession, task: URLSessionTask, didCompleteWithError error: (any Error)?
  ) {
    append(.end(failure: error.map { "broke off: \($0.localizedDescription)" }))
  }
}

/// The answer to one request, as `HTTPTransfer` gives it.
package struct HTTPAnswer {
  let next: () -> HTTPTransfer.Event
  let cancel: () -> Void

  /// Creates an answer that does not come from a server.
  package init(next: @escaping () -> HTTPTransfer.Event, cancel: @escaping () -> Void = {}) {
    (self.next, self.cancel) = (next, cancel)
  }

  /// Asks a server for the content of `url` from byte `offset` on.
  init(from url: URL, offset: Int, timeout: TimeInterval) {
    let transfer = HTTPTransfer(url, from: offset, timeout: timeout)
    self.init(next: transfer.next, cancel: transfer.cancel)
  }
}
