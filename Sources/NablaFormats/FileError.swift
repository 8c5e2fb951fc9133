import Nabla

/// What is wrong with a file, in one line: `FILE[:line or byte N]: what is wrong (expected X, found Y)`.
///
/// Every reader and writer of this module throws this type and nothing else.
public struct FileError: Error, Equatable, Sendable {
  /// What sort of mistake it is, and with it the status a command ends with.
  public enum Kind: Int32, Sendable {
    /// The request itself makes no sense.
    case usage = 64
    /// The file is there, but its content is not what it should be.
    case badData = 65
    /// The file is not there, is not a file, or may not be read.
    case missingInput = 66
    /// The output cannot be created where it was asked for.
    case cannotCreate = 73
    /// Reading, writing or a download failed on the way.
    case inputOutput = 74

    /// The exit status of `sysexits.h`.
    public var exitCode: Int32 { rawValue }
  }

  /// Where in the file.
  public enum Place: Equatable, Sendable {
    /// Lines count from 1.
    case line(Int)
    /// Bytes count from 0, in the file's content after decompression.
    case byte(Int)
  }

  /// The file or folder as it was given, or the name of the argument for `Kind.usage`.
  public let path: String
  /// Where in the file; nil where it is about the whole.
  public let place: Place?
  /// What is wrong, continuing a sentence that starts with the file: "is cut inside its header".
  public let problem: String
  /// What should be there, in words: "28 x 28 pixels".
  public let expected: String?
  /// What is there instead.
  public let found: String?
  /// What sort of mistake it is.
  public let kind: Kind

  /// Creates an error; `expected` and `found` appear in brackets after the problem.
  public init(
    _ path: String, at place: Place? = nil, _ problem: String, expected: String? = nil, found: String? = nil,
    kind: Kind = .badData
  ) {
    self.path = path
    self.place = place
    self.problem = problem
    self.expected = expected
    self.found = found
    self.kind = kind
  }
}

extension FileError: CustomStringConvertible {
  public var description: String {
    let position =
      switch place {
      case .line(let line): ":line \(line)"
      case .byte(let byte): ":byte \(byte)"
      case nil: ""
      }
    let details = [expected.map { "expected \($0)" }, found.map { "found \($0)" }].compactMap(\.self)
    let brackets = details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"
    // One error is one line, whatever a file name or a cell contains.
    return "\(path)\(position): \(problem)\(brackets)".onOneLine
  }
}

extension FileError {
  /// Runs `body`, whose error, if any, is about the file at `path`.
  static func at<Result>(
    _ path: String, _ body: () throws(NablaError) -> Result
  ) throws(FileError) -> Result {
    do throws(NablaError) { return try body() } catch { throw FileError(path, "\(error)") }
  }
}
