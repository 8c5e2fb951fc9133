import Foundation
import InputBytes
import Nabla
import NablaFormats
import Synchronization
import Testing

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite struct MNISTDownloadTests {
  private static let images = idx([300, 20, 20], sampleBytes(120_000))
  private static let labels = idx([300], [UInt8](repeating: 3, count: 300))
  private static let compressed = ["images.gz": gzip(images), "labels.gz": gzip(labels)]

  private static let files = [("images", images), ("labels", labels)].map { name, bytes in
    MNISTDownload.PublishedFile(
      name: name, rawBytes: bytes.count,
      rawSHA256: SHA256Hasher.hash(of: bytes))
  }

  private static func file(_ request: TestServer.Request) -> [UInt8] {
    compressed[(request.path as NSString).lastPathComponent] ?? []
  }

  private static let goodAnswer: @Sendable (TestServer.Request) -> TestServer.Answer = {
    .file(file($0), for: $0)
  }

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func download(_ mirrors: TestServer...) -> MNISTDownload {
    MNISTDownload(
      mirrors: mirrors.map(\.address), folder: folder.path("cache/mnist"), files: Self.files, timeout: 5,
      environment: [:])
  }

  private func run(_ download: MNISTDownload) throws -> (fetched: [String], failures: [String]) {
    var failures: [String] = []
    let fetched = try download.run { progress in
      #expect(progress.bytes <= progress.totalBytes ?? .max)
      if let failure = progress.failure { failures.append(failure) }
    }
    return (fetched, failures)
  }

  private func expectWholeCache() throws {
    for (name, bytes) in Self.compressed {
      #expect(try folder.read("cache/mnist/\(name)") == bytes)
    }
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path("cache/mnist"))
    #expect(names.sorted() == ["images.gz", "labels.gz"])
  }

  @Test("All files arrive, with progress; a second run fetches nothing")
  func fetches() throws {
    let server = try TestServer(Self.goodAnswer)
    defer { server.stop() }
    let download = download(server)
    #expect(!download.isComplete)
    var last: MNISTDownload.Progress?
    #expect(try download.run { last = $0 } == ["images.gz", "labels.gz"])
    #expect(last?.file == "labels.gz")
    #expect(last?.bytes == Self.compressed["labels.gz"]?.count)
    #expect(last?.totalBytes == last?.bytes)
    #expect(download.isComplete)
    try expectWholeCache()
    #expect(try run(download).fetched == [])
    #expect(server.requests.map(\.path) == ["/images.gz", "/labels.gz"])
  }

  @Test("A damaged file in the cache is fetched again")
  func repairs() throws {
    let server = try TestServer(Self.goodAnswer)
    defer { server.stop() }
    try folder.write(gzip(Array(Self.images.dropLast()) + [99]), to: "cache/mnist/images.gz")
    try folder.write(Self.compressed["labels.gz"] ?? [], to: "cache/mnist/labels.gz")
    #expect(try run(download(server)).fetched == ["images.gz"])
    try expectWholeCache()
  }

  @Test("A transfer that breaks off goes on where it stopped")
  func resumes() throws {
    let server = try TestServer { request in
      .file(Self.file(request), for: request, cut: request.rangeStart == nil ? 1000 : nil)
    }
    defer { server.stop() }
    let result = try run(download(server))
    #expect(result.failures.count == 1)
    try expectWholeCache()
    #expect(server.requests.map(\.rangeStart) == [nil, 1000, nil])
  }

  @Test("What one run could not finish, the next run finishes")
  func resumesLater() throws {
    let cut = try TestServer { request in
      request.rangeStart == nil ? .file(Self.file(request), for: request, cut: 1000) : .notFound
    }
    let error = #expect(throws: FileError.self) { try download(cut).run() }
    cut.stop()
    #expect(error?.kind == .inputOutput)
    #expect(try folder.read("cache/mnist/images.gz.part").count == 1000)
    let good = try TestServer(Self.goodAnswer)
    defer { good.stop() }
    _ = try run(download(good))
    try expectWholeCache()
    #expect(good.requests.first?.rangeStart == 1000)
  }

  @Test("A length that no file has is as good as none")
  func impossibleLength() throws {
    let start = Array((Self.compressed["images.gz"] ?? []).prefix(1000))
    try folder.write(start, to: "cache/mnist/images.gz.part")
    var download = MNISTDownload(
      mirrors: ["http://mirror.test"], folder: folder.path("cache/mnist"), files: Self.files, timeout: 5,
      environment: [:])
    download.answer = { url, offset, _ in
      let content = (Self.compressed[url.lastPathComponent] ?? []).dropFirst(offset)
      let headers = ["Content-Length": "\(Int.max)", "Content-Range": "bytes \(offset)-\(Int.max)/*"]
      let head = HTTPURLResponse(
        url: url, statusCode: offset > 0 ? 206 : 200, httpVersion: nil, headerFields: headers)
      var events: [HTTPTransfer.Event] = [.end(failure: nil), .data(Data(content))]
      if let head { events.append(.head(.init(head))) }
      return HTTPAnswer { events.popLast() ?? .end(failure: "was read past its end") }
    }
    let result = try run(download)
    #expect(result.fetched == ["images.gz", "labels.gz"])
    // From the start on the length can be believed, until the answer is shorter.
    #expect(result.failures == ["broke off: the answer is too short"])
    try expectWholeCache()
  }

  @Test("A mirror that knows no ranges sends the whole file again")
  func noRanges() throws {
    try folder.write(
      Array((Self.compressed["images.gz"] ?? []).prefix(500)), to: "cache/mnist/images.gz.part")
    let server = try TestServer { .file(Self.file($0), for: $0, ranges: false) }
    defer { server.stop() }
    #expect(try run(download(server)).failures == [])
    try expectWholeCache()
  }

  @Test("A part from elsewhere that does not fit is thrown away")
  func foreignPart() throws {
    try folder.write(sampleBytes(500), to: "cache/mnist/images.gz.part")
    let server = try TestServer(Self.goodAnswer)
    defer { server.stop() }
    _ = try run(download(server))
    try expectWholeCache()
    #expect(server.requests.map(\.rangeStart) == [500, nil, nil])
  }

  @Test("A part that is already whole is taken")
  func wholePart() throws {
    try folder.write(Self.compressed["images.gz"] ?? [], to: "cache/mnist/images.gz.part")
    let server = try TestServer(Self.goodAnswer)
    defer { server.stop() }
    _ = try run(download(server))
    try expectWholeCache()
  }

  @Test("The next mirror serves where the first answers nonsense")
  func fallsOver() throws {
    let mirrors = try [
      TestServer { _ in .html }, TestServer { _ in .notFound },
      TestServer { _ in TestServer.Answer(body: Array("  <!doctype html><p>".utf8)) },
      TestServer { _ in TestServer.Answer(body: gzip(sampleBytes(1000))) },
      TestServer { _ in TestServer.Answer(body: [UInt8](repeating: 0, count: 1_000_000)) },
    ]
    let good = try TestServer(Self.goodAnswer)
    let gone = try TestServer(Self.goodAnswer)
    gone.stop()
    defer { (mirrors + [good]).forEach { $0.stop() } }
    let result = try run(
      download(mirrors[0], mirrors[1], mirrors[2], mirrors[3], mirrors[4], gone, good))
    try expectWholeCache()
    #expect(result.failures.count == 12)
    #expect(result.failures[0] == "answered with an HTML page")
    #expect(result.failures[1] == "answered HTTP 404")
    #expect(result.failures[2] == "answered with an HTML page")
    #expect(result.failures[3].hasPrefix("sent a file that is not MNIST's, found "))
    #expect(result.failures[4] == "sent more than the file has")
    #expect(result.failures[5].hasPrefix("broke off: "))
  }

  @Test("When no mirror serves, the message says what each answered, and nothing is left behind")
  func nothingServes() throws {
    let html = try TestServer { _ in .html }
    let notFound = try TestServer { _ in .notFound }
    defer { [html, notFound].forEach { $0.stop() } }
    let error = #expect(throws: FileError.self) { try download(html, notFound).run() }
    #expect(
      error?.description
        == "images.gz: cannot be downloaded (found \(html.address)/images.gz answered with an HTML "
        + "page; \(notFound.address)/images.gz answered HTTP 404)")
    #expect(error?.kind == .inputOutput)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("cache/mnist")) == [])
  }

  @Test("An address that is none, and a folder that cannot be")
  func impossible() throws {
    func error(_ mirror: String, _ folder: String) -> FileError? {
      #expect(throws: FileError.self) {
        try MNISTDownload(mirrors: [mirror], folder: folder, files: Self.files, timeout: 1, environment: [:])
          .run()
      }
    }
    #expect(
      error("ftp://example.org", folder.path("a"))?.found
        == "ftp://example.org/images.gz is not an address of the web")
    let file = try folder.write("", to: "file")
    #expect(error("http://127.0.0.1:1", file + "/cache")?.kind == .cannotCreate)
  }

  @Test("Mirrors and cache come from the environment")
  func environment() {
    func download(_ environment: [String: String]) -> MNISTDownload {
      MNISTDownload(mirrors: nil, folder: nil, files: Self.files, timeout: 1, environment: environment)
    }
    #expect(download(["HOME": "/h"]).folder == "/h/.cache/nabla/mnist")
    #expect(download(["HOME": "/h", "XDG_CACHE_HOME": "/c"]).folder == "/c/nabla/mnist")
    #expect(download(["HOME": "/h", "XDG_CACHE_HOME": "c"]).folder == "/h/.cache/nabla/mnist")
    #expect(download(["HOME": "/h"]).mirrors.count == 2)
    #expect(
      download(["HOME": "/h", "NABLA_MNIST_MIRRORS": "http://a/x, http://b/"]).mirrors == [
        "http://a/x/", "http://b/",
      ])
  }
}
