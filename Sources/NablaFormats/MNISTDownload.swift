import Foundation

/// Fetches the four files of MNIST into the cache.
public struct MNISTDownload: Sendable {
  /// Base addresses, tried in order; each is followed by "train-images-idx3-ubyte.gz" and so on.
  public let mirrors: [String]
  /// The folder that holds the files.
  public let folder: String

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
    /// A mirror that did not serve, and why; the next one is tried.
    public let failure: String?
  }

  /// Takes mirrors from `NABLA_MNIST_MIRRORS` (base addresses, comma separated) and the folder from
  /// `XDG_CACHE_HOME` or `HOME`, unless they are given.
  public init(mirrors: [String]? = nil, folder: String? = nil) {
    self.mirrors = mirrors ?? []
    self.folder = folder ?? Self.cacheFolder(ProcessInfo.processInfo.environment)
  }

  /// `$XDG_CACHE_HOME/nabla/mnist`, or `~/.cache/nabla/mnist` where that variable is not an absolute path.
  static func cacheFolder(_ environment: [String: String]) -> String {
    if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return join(cache, "nabla/mnist") }
    return join(environment["HOME"] ?? NSHomeDirectory(), ".cache/nabla/mnist")
  }

  /// Fetches what the folder lacks; verifies what it has.
  ///
  /// - Returns: The files that were downloaded; empty when all four were there and intact.
  /// - Throws: `FileError` naming what every mirror answered.
  @discardableResult
  public func run(progress: (Progress) -> Void = { _ in }) throws(FileError) -> [String] {
    throw FileError(folder, "cannot be fetched yet")
  }
}
