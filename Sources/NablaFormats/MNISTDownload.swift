import Foundation
import Nabla

/// Fetches the four files of MNIST into the cache, from whichever mirror serves them.
///
/// Every file is verified by the SHA-256 of its uncompressed content, because mirrors compress anew. What arrives
/// is kept in a `.part` file until it is whole: a transfer that breaks off goes on where it stopped, from the
/// same mirror, the next one, or the next run.
public struct MNISTDownload: Sendable {
  /// Base addresses, tried in order; each is followed by "train-images-idx3-ubyte.gz" and so on.
  public let mirrors: [String]
  /// The folder that holds the files.
  public let folder: String
  private let files: [PublishedFile]
  private let timeout: TimeInterval
  /// Asks for an address from a byte on, with seconds of silence after which the answer has failed. Tests and fuzzing
  /// answer themselves.
  package var answer: @Sendable (URL, Int, TimeInterval) -> HTTPAnswer = HTTPAnswer.init(from:offset:timeout:)

  /// A file as its authors published it.
  package struct PublishedFile: Sendable {
    /// Without ".gz".
    package let name: String
    package let rawBytes: Int
    package let rawSHA256: String

    package init(name: String, rawBytes: Int, rawSHA256: String) {
      self.name = name
      self.rawBytes = rawBytes
      self.rawSHA256 = rawSHA256
    }
  }

  /// How far a download is.
  public struct Progress: Sendable, Equatable {
    /// The file that is being fetched, such as "train-images-idx3-ubyte.gz".
    public let file: String
    /// The address it comes from.
    public let address: String
    /// Bytes of this file that are here, those of an earlier attempt included.
    public let bytes: Int
    /// Bytes of the whole file; nil when the mirror does not say.
    public let totalBytes: Int?
    /// Why this mirror did not serve, in words that continue its address; nil while all is well. Another attempt
    /// follows if there is one to make.
    public let failure: String?
    /// Whether another process is downloading the file, and this one waits for it.
    public let isWaiting: Bool

    init(
      file: String, address: String, bytes: Int, totalBytes: Int?, failure: String? = nil,
      isWaiting: Bool = false
    ) {
      self.file = file
      self.address = address
      self.bytes = bytes
      self.totalBytes = totalBytes
      self.failure = failure
      self.isWaiting = isWaiting
    }
  }

  /// The published files. Source: Y. LeCun, C. Cortes, C. Burges; licence CC BY-SA 3.0.
  package static let published = [
    PublishedFile(
      name: "train-images-idx3-ubyte", rawBytes: 47_040_016,
      rawSHA256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    PublishedFile(
      name: "train-labels-idx1-ubyte", rawBytes: 60_008,
      rawSHA256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    PublishedFile(
      name: "t10k-images-idx3-ubyte", rawBytes: 7_840_016,
      rawSHA256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    PublishedFile(
      name: "t10k-labels-idx1-ubyte", rawBytes: 10_008,
      rawSHA256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
  ]

  private static let publicMirrors = [
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
  ]

  /// Takes mirrors from `NABLA_MNIST_MIRRORS` (base addresses, comma separated), else the public ones, and the
  /// folder from `XDG_CACHE_HOME` or `HOME`, unless they are given.
  public init(mirrors: [String]? = nil, folder: String? = nil) {
    self.init(
      mirrors: mirrors, folder: folder, files: Self.published, timeout: 30,
      environment: ProcessInfo.processInfo.environment)
  }

  /// - Parameter timeout: seconds of silence after which a mirror has failed.
  package init(
    mirrors: [String]?, folder: String?, files: [PublishedFile], timeout: Double,
    environment: [String: String]
  ) {
    let fromEnvironment = environment["NABLA_MNIST_MIRRORS"]?.split(separator: ",").map {
      $0.trimmingCharacters(in: .whitespaces)
    }.filter { !$0.isEmpty }
    let chosen = mirrors ?? (fromEnvironment?.isEmpty == false ? fromEnvironment : nil) ?? Self.publicMirrors
    self.mirrors = chosen.map { $0.hasSuffix("/") ? $0 : $0 + "/" }
    self.folder = folder ?? Self.cacheFolder(environment)
    self.files = files
    self.timeout = timeout
  }

  /// `$XDG_CACHE_HOME/nabla/mnist`, or `~/.cache/nabla/mnist` where that variable is not an absolute path.
  private static func cacheFolder(_ environment: [String: String]) -> String {
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return join(cache, "nabla/mnist") }
    return join(environment["HOME"] ?? NSHomeDirectory(), ".cache/nabla/mnist")
  }

  /// Whether all files are there. Reading them notices damage; `run` verifies and replaces them.
  public var isComplete: Bool { files.allSatisfy { FileType(at: path(of: $0)) == .regular } }

  /// Fetches what the folder lacks; verifies what it has, and fetches again what is damaged.
  ///
  /// - Parameter progress: called on the calling thread.
  /// - Returns: The files that were downloaded; empty when all were there and intact.
  /// - Throws: `FileError`: `inputOutput` naming what every mirror answered, or for a disk that is full;
  ///   `cannotCreate` for a folder that cannot be created.
  @discardableResult
  public func run(progress: (Progress) -> Void = { _ in }) throws(FileError) -> [String] {
    do {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(folder, "cannot be created", found: error.localizedDescription, kind: .cannotCreate)
    }
    var fetched: [String] = []
    for file in files where !isIntact(file) {
      if try fetch(file, progress: progress) { fetched.append(file.name + ".gz") }
    }
    return fetched
  }

  private func isIntact(_ file: PublishedFile) -> Bool { (try? verify(path(of: file), file)) != nil }

  func path(of file: PublishedFile) -> String { join(folder, file.name + ".gz") }

  /// What this download fetches, as a data set.
  var dataset: DatasetFolder {
    DatasetFolder(
      training: .init(images: path(of: files[0]), labels: path(of: files[1])),
      test: .init(images: path(of: files[2]), labels: path(of: files[3])))
  }

  // MARK: One file

  /// Why one attempt to download from one mirror failed.
  private struct MirrorFailure {
    let reason: String
    /// Whether to try this mirror again at once: it sent a good part of the file, or what it sent did not fit the
    /// part that came from elsewhere.
    let isWorthAnotherAttempt: Bool
  }

  /// Fetches a file; returns false where another process had just done it.
  private func fetch(_ file: PublishedFile, progress: (Progress) -> Void) throws(FileError) -> Bool {
    // Another process may have several mirrors to try, each of which may be silent for the timeout.
    let part = try PartialFile(path(of: file) + ".part", patience: 10 * timeout) { bytes in
      progress(
        Progress(file: file.name + ".gz", address: "", bytes: bytes, totalBytes: nil, isWaiting: true))
    }
    guard !isIntact(file) else { return false }
    var failures: [String] = []
    for mirror in mirrors {
      let address = mirror + file.name + ".gz"
      for attempt in 1...3 {
        let failure = try self.attempt(file, from: address, into: part, progress: progress)
        guard let failure else {
          try part.rename(to: path(of: file))
          return true
        }
        progress(
          Progress(
            file: file.name + ".gz", address: address, bytes: part.length, totalBytes: nil,
            failure: failure.reason))
        if attempt == 3 || !failure.isWorthAnotherAttempt {
          failures.append("\(address) \(failure.reason)")
          break
        }
      }
    }
    throw FileError(
      file.name + ".gz", "cannot be downloaded", found: failures.joined(separator: "; "), kind: .inputOutput)
  }

  /// Fetches what `part` lacks of `file`; returns nil when it is whole and verified.
  private func attempt(
    _ file: PublishedFile, from address: String, into part: PartialFile, progress: (Progress) -> Void
  ) throws(FileError) -> MirrorFailure? {
    guard let url = URL(string: address), let scheme = url.scheme, ["http", "https"].contains(scheme) else {
      return MirrorFailure(reason: "is not an address of the web", isWorthAnotherAttempt: false)
    }
    let earlier = part.length
    let transfer = answer(url, earlier, timeout)
    defer { transfer.cancel() }
    var total: Int?
    receiving: while true {
      switch transfer.next() {
      case .head(let head):
        if head.status == 416, earlier > 0 { break receiving }
        if let reason = refusal(of: head, earlier: earlier) {
          return MirrorFailure(reason: reason, isWorthAnotherAttempt: false)
        }
        if head.status == 200 { try part.truncate() }
        // A server may say any length: one that no file has is as good as none.
        total = head.length.flatMap { length in
          let (sum, overflow) = length.addingReportingOverflow(part.length)
          return overflow ? nil : sum
        }
      case .data(let data):
        if part.length == 0, looksLikeHTML(Array(data.prefix(64))) {
          return MirrorFailure(reason: "answered with an HTML page", isWorthAnotherAttempt: false)
        }
        // Deflate adds five bytes a block to data that do not compress: 1% is more than an encoder needs.
        guard part.length + data.count <= file.rawBytes + file.rawBytes / 100 + 4096 else {
          try part.truncate()
          return MirrorFailure(reason: "sent more than the file has", isWorthAnotherAttempt: false)
        }
        try part.append(data)
        progress(
          Progress(
            file: file.name + ".gz", address: address, bytes: part.length, totalBytes: total))
      case .end(let failure):
        if let reason = failure ?? (part.length < total ?? 0 ? "broke off: the answer is too short" : nil) {
          return MirrorFailure(reason: reason, isWorthAnotherAttempt: part.length > earlier)
        }
        break receiving
      }
    }
    do throws(FileError) {
      try verify(part.path, file)
      return nil
    } catch {
      if error.kind == .inputOutput { throw error }
      try part.truncate()
      let found = error.found.map { ", found \($0)" } ?? ""
      return MirrorFailure(
        reason: "sent a file that \(error.problem)\(found)", isWorthAnotherAttempt: earlier > 0)
    }
  }

  /// Why an answer cannot be used; nil when it can.
  private func refusal(of head: HTTPTransfer.Head, earlier: Int) -> String? {
    if head.contentType.lowercased().hasPrefix("text/html"), head.status < 400 {
      return "answered with an HTML page"
    }
    switch head.status {
    case 200: return nil
    case 206: return head.rangeStart == earlier ? nil : "answered with another range than asked for"
    default: return "answered HTTP \(head.status)"
    }
  }

  /// Compares the content of the file at `path`, decompressed, with what was published.
  private func verify(_ path: String, _ file: PublishedFile) throws(FileError) {
    let stream = try ContentStream(path)
    let scratch = try AlignedBuffer<UInt8>(count: min(1 << 20, file.rawBytes + 1), for: path)
    var hasher = SHA256Hasher()
    var length = 0
    while length <= file.rawBytes {
      let count = try stream.read(into: UnsafeMutableRawBufferPointer(scratch.elements))
      hasher.update(UnsafeRawBufferPointer(start: scratch.pointer, count: count))
      length += count
      if count < scratch.count { break }
    }
    let found = hasher.finalize()
    guard found == file.rawSHA256 else {
      throw FileError(path, "is not MNIST's", expected: "SHA-256 \(file.rawSHA256)", found: found)
    }
  }
}
