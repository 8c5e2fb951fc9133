import Foundation
import InputBytes
import NablaFormats
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

@Suite("Downloads that are cut, lied to, left waiting, and made twice at once")
struct MNISTDownloadFaultTests {
  private static let content = idx([40], (0..<40).map { UInt8($0 * $0 % 10) })
  private static let compressed = gzip(content)
  private static let name = "labels.gz"
  private static let files = [
    MNISTDownload.PublishedFile(
      name: "labels", rawBytes: content.count, rawSHA256: SHA256Hasher.hash(of: content))
  ]

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func download(_ servers: [TestServer], timeout: Double = 5) -> MNISTDownload {
    MNISTDownload(
      mirrors: servers.map(\.address), folder: folder.path("cache"), files: Self.files, timeout: timeout,
      environment: [:])
  }

  private func expectWholeCache() throws {
    #expect(try folder.read("cache/\(Self.name)") == Self.compressed)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("cache")) == [Self.name])
  }

  @Test("A file that is cut after any byte is gone on with from there, in the same run or the next")
  func everyByte() throws {
    let cut = Mutex(0)
    let server = try TestServer { request in
      .file(
        Self.compressed, for: request,
        cut: request.rangeStart == nil || request.rangeStart == 0 ? cut.withLock { $0 } : nil)
    }
    defer { server.stop() }
    for length in 0..<Self.compressed.count {
      cut.withLock { $0 = length }
      let asked = server.requests.count
      let fetched = try? download([server]).run()
      // What never began is not tried again at once, and leaves nothing.
      #expect((fetched == nil) == (length == 0))
      if length > 0 { try expectWholeCache() }
      #expect(server.requests[asked...].map(\.rangeStart) == [nil] + (length > 0 ? [length] : []))
      try? FileManager.default.removeItem(atPath: folder.path("cache"))

      try folder.write(Self.compressed[..<length], to: "cache/\(Self.name).part")
      cut.withLock { $0 = Self.compressed.count }
      try download([server]).run()
      try expectWholeCache()
      #expect(server.requests.last?.rangeStart == (length > 0 ? length : nil))
      try FileManager.default.removeItem(atPath: folder.path("cache"))
    }
  }

  @Test("A mirror that sends one byte a time brings the file in the end")
  func byteByByte() throws {
    let server = try TestServer { .file(Self.compressed, for: $0, cut: 1) }
    defer { server.stop() }
    var runs = 1
    while (try? download([server]).run()) == nil, runs < 100 { runs += 1 }
    try expectWholeCache()
    #expect(
      server.requests.map { $0.rangeStart ?? 0 } == Array(0..<Self.compressed.count))
    // Three attempts a run.
    #expect(runs == (Self.compressed.count + 2) / 3)
  }

  /// What a mirror does, given what was asked for, and how its failure is told.
  struct Lie: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let failure: String
    let answer: @Sendable (TestServer.Request) -> TestServer.Answer

    init(
      _ name: String, _ failure: String,
      _ answer: @escaping @Sendable (TestServer.Request) -> TestServer.Answer
    ) {
      (testDescription, self.failure, self.answer) = (name, failure, answer)
    }
  }

  private static func answer(
    _ status: String = "200 OK", _ headers: String..., body: [UInt8] = compressed, missing: Int = 0
  ) -> TestServer.Answer {
    TestServer.Answer(status: status, headers: headers, body: body, missing: missing)
  }

  static let lies: [Lie] = [
    Lie("a length that is too short", "sent a file that is cut short") { _ in answer(missing: -9) },
    Lie("a length that is too long", "broke off: ") { _ in answer(missing: 9) },
    Lie("a length that is no number", "") { _ in
      TestServer.Answer(raw: Array("HTTP/1.1 200 OK\r\nContent-Length: -12x\r\n\r\n".utf8))
    },
    Lie("another file", "sent a file that is not MNIST's, found ") { _ in answer(body: gzip([1, 2, 3])) },
    Lie("zeros without end", "sent more than the file has") { _ in
      answer(body: [UInt8](repeating: 0, count: 1 << 20))
    },
    Lie("a bomb", "sent a file that is not MNIST's, found ") { _ in
      answer(body: gzip([UInt8](repeating: 0, count: 3 << 20)))
    },
    Lie("nothing", "sent a file that is not MNIST's, found ") { _ in answer(body: []) },
    Lie("a part that nobody asked for", "answered with another range than asked for") { _ in
      answer("206 Partial Content", "Content-Range: bytes 5-99/100")
    },
    Lie("a part without its range", "answered with another range than asked for") { _ in
      answer("206 Partial Content")
    },
    Lie("no part to give", "answered HTTP 416") { _ in answer("416 Range Not Satisfiable", body: []) },
    Lie("a web page", "answered with an HTML page") { _ in .html },
    Lie("a web page called data", "answered with an HTML page") { _ in
      answer("200 OK", "Content-Type: application/gzip", body: Array("<html>404</html>".utf8))
    },
    Lie("busy", "answered HTTP 503") { _ in answer("503 Service Unavailable", body: []) },
    Lie("itself, somewhere else", "") { answer("302 Found", "Location: \($0.path)x", body: []) },
    Lie("itself", "") { answer("302 Found", "Location: \($0.path)", body: []) },
    Lie("a file of this machine", "") { _ in answer("302 Found", "Location: file:///etc/hostname", body: [])
    },
    Lie("an encoding that is none", "") { _ in
      answer("200 OK", "Content-Encoding: gzip", body: Array("plainly not".utf8))
    },
    Lie("chunks that are none", "") { _ in
      TestServer.Answer(
        raw: Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n".utf8) + compressed)
    },
    Lie("noise", "") { _ in TestServer.Answer(raw: sampleBytes(5000)) },
    Lie("a greeting", "") { _ in TestServer.Answer(raw: Array("220 mail ready\r\n".utf8)) },
    Lie("silence, closed", "") { _ in TestServer.Answer(raw: []) },
    Lie("a head without end", "") { _ in
      TestServer.Answer(
        raw: Array("HTTP/1.1 200 OK\r\n".utf8)
          + Array(repeatElement(Array("X-Filler: 0123456789\r\n".utf8), count: 40_000).joined()))
    },
  ]

  @Test("A mirror that lies is given up for the next, from nothing and from a part", arguments: lies)
  func lying(lie: Lie) throws {
    let good = try TestServer { .file(Self.compressed, for: $0) }
    defer { good.stop() }
    for part in [0, 20] {
      let bad = try TestServer(lie.answer)
      defer { bad.stop() }
      try? FileManager.default.removeItem(atPath: folder.path("cache"))
      if part > 0 { try folder.write(Self.compressed[..<part], to: "cache/\(Self.name).part") }
      var failures: [String] = []
      try download([bad, good]).run { progress in
        if let failure = progress.failure { failures.append(failure) }
      }
      try expectWholeCache()
      if part == 0 {
        #expect(!failures.isEmpty)
        #expect(failures.allSatisfy { $0.hasPrefix(lie.failure) && $0.count > 10 }, "\(failures)")
      }
    }
    // Alone, it is an error of one line, and nothing is left.
    let bad = try TestServer(lie.answer)
    defer { bad.stop() }
    try FileManager.default.removeItem(atPath: folder.path("cache"))
    let error = #expect(throws: FileError.self) { try download([bad]).run() }
    #expect(error?.kind == .inputOutput)
    #expect(error?.description.contains("\n") == false)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path("cache"))
    #expect(left.isEmpty || left == [Self.name + ".part"])
  }

  @Test("A part that a mirror denies, or continues with other bytes, is fetched anew from it")
  func denied() throws {
    let wrong = Array(Self.compressed.dropFirst(20).reversed())
    for answer in [
      TestServer.Answer(status: "416 Range Not Satisfiable"),
      TestServer.Answer(
        status: "206 Partial Content",
        headers: ["Content-Range: bytes 20-\(Self.compressed.count - 1)/\(Self.compressed.count)"],
        body: wrong),
    ] {
      let server = try TestServer { request in
        request.rangeStart == nil ? .file(Self.compressed, for: request) : answer
      }
      defer { server.stop() }
      try folder.write(Self.compressed[..<20], to: "cache/\(Self.name).part")
      try download([server]).run()
      try expectWholeCache()
      #expect(server.requests.map(\.rangeStart) == [20, nil])
      try FileManager.default.removeItem(atPath: folder.path("cache"))
    }
  }

  @Test("A server that unpacks on the way brings the same content")
  func contentEncoding() throws {
    let server = try TestServer { _ in
      TestServer.Answer(headers: ["Content-Encoding: gzip"], body: Self.compressed)
    }
    defer { server.stop() }
    try download([server]).run()
    #expect(try folder.read("cache/\(Self.name)") == Self.content)
    #expect(try download([server]).run() == [])
    #expect(server.requests.count == 1)
  }

  @Test("A redirection is followed")
  func redirection() throws {
    let server = try TestServer { request in
      request.path.hasPrefix("/there")
        ? .file(Self.compressed, for: request)
        : TestServer.Answer(status: "302 Found", headers: ["Location: /there\(request.path)"])
    }
    defer { server.stop() }
    try download([server]).run()
    try expectWholeCache()
  }

  @Test(
    "A mirror that falls silent is given up after the timeout; what it sent is kept", arguments: [0, 1, 20])
  func stalls(bytes: Int) throws {
    let silent = try TestServer { request in
      let rest = max(0, bytes - (request.rangeStart ?? 0))
      var answer = TestServer.Answer.file(Self.compressed, for: request, cut: rest)
      answer.stalls = true
      if rest == 0 { answer.raw = [] }
      return answer
    }
    let good = try TestServer { .file(Self.compressed, for: $0) }
    defer { [silent, good].forEach { $0.stop() } }
    let alone = #expect(throws: FileError.self) { try download([silent], timeout: 1).run() }
    #expect(alone?.kind == .inputOutput)
    try download([silent, good], timeout: 1).run()
    try expectWholeCache()
    #expect(good.requests.map { $0.rangeStart ?? 0 } == [bytes])
  }

  @Test("Two downloads into one folder at once: one fetches, the other waits, both have the file")
  func atOnce() throws {
    let gate = DispatchSemaphore(value: 0)
    let server = try TestServer { request in
      // The answer comes when the other download waits.
      gate.wait()
      return .file(Self.compressed, for: request)
    }
    defer { server.stop() }
    let runs = TwoRuns(download([server]), gate)
    for _ in 0..<2 { Thread.detachNewThread { runs.runOne() } }
    for _ in 0..<2 { runs.ends.wait() }
    #expect(runs.fetched.withLock { $0.sorted() } == [0, 1])
    #expect(server.requests.count == 1)
    try expectWholeCache()
  }

  /// Two runs of one download, on a thread each.
  private final class TwoRuns: Sendable {
    let ends = DispatchSemaphore(value: 0)
    /// How many files each has fetched; -1 where it failed.
    let fetched = Mutex<[Int]>([])
    private let download: MNISTDownload
    private let gate: DispatchSemaphore

    init(_ download: MNISTDownload, _ gate: DispatchSemaphore) {
      (self.download, self.gate) = (download, gate)
    }

    /// Opens the gate once it waits for the other.
    func runOne() {
      let count = try? download.run { if $0.isWaiting { gate.signal() } }.count
      fetched.withLock { $0.append(count ?? -1) }
      ends.signal()
    }
  }

  @Test("A process that holds a part and does not get on is not waited for without end")
  func stuck() throws {
    let part = try folder.write([1], to: "cache/\(Self.name).part")
    let descriptor = open(part, O_RDONLY)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    let error = #expect(throws: FileError.self) { try download([], timeout: 0.05).run() }
    #expect(error?.problem == "is being downloaded by another process")
    #expect(error?.kind == .inputOutput)
    #expect(try folder.read("cache/\(Self.name).part") == [1])
  }
}
