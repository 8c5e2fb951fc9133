import Nabla

/// What is wrong with a file, in one line: `FILE[:line or byte N]: what is wrong (expected X, found Y)`.
///
/// Every reader and writer of this module throws this type and nothing else.
public struct FileError: Error, Equatable, Sendable {
  /// What sort of mistake it is.
  public enum Kind: Sendable {
    /// The request itself makes no sense, whatever is in the files.
    case invalidRequest
    /// The file is there, but its content is not what it should be.
    case badData
    /// The file is not there, is not a file, or may not be read.
    case missingInput
    /// The output cannot be created where it was asked for.
    case cannotCreate
    /// Reading, writing or a download failed on the way.
    case inputOutput
  }

  /// What the caller can ask for instead, so that the same file is accepted.
  public enum Remedy: Equatable, Sendable {
    /// A larger `maxBytes`.
    case largerLimit
    /// `resize`: scale the picture to the shape that is needed.
    case resize
    /// Leave to download what is missing.
    case download
    /// `TableOptions.categorical` with this column: take its cells as words.
    case categorical(column: String)
    /// `TableOptions.ignored` with this column: leave it out.
    case ignore(column: String)
    /// `TableOptions.missing` as `.fill`.
    case fillMissing
  }

  /// Where in the file.
  public enum Place: Equatable, Sendable {
    /// Lines count from 1.
    case line(Int)
    /// Bytes count from 0, in the file's content after decompression.
    case byte(Int)
  }

  /// The file or folder as it was given; what was asked for where no file is read, such as "digits:600".
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
  /// What would make the same request succeed; nil where no other argument would.
  public let remedy: Remedy?

  /// Creates an error; `expected` and `found` appear in brackets after the problem.
  public init(
    _ path: String, at place: Place? = nil, _ problem: String, expected: String? = nil, found: String? = nil,
    kind: Kind = .badData, remedy: Remedy? = nil
  ) {
    self.path = path
    self.place = place
    self.problem = problem
    self.expected = expected
    self.found = found
    self.kind = kind
    self.remedy = remedy
  }

  /// More memory is needed than the caller's `maxBytes`.
  ///
  /// - Parameter found: what is needed, in words: "785 bytes", "28 x 28 pixels".
  package static func overLimit(
    _ path: String, maxBytes: Int, found: String, kind: Kind = .badData
  ) -> FileError {
    FileError(
      path, "needs more memory than is allowed", expected: "at most \(maxBytes) bytes", found: found,
      kind: kind, remedy: .largerLimit)
  }
}

extension FileError: CustomStringConvertible {
  public var description: String { message(advice: nil) }

  /// Returns the line with advice between the problem and the brackets: "PROBLEM; ADVICE (expected X, found Y)".
  package func message(advice: String?) -> String {
    let position =
      switch place {
      case .line(let line): ":line \(line)"
      case .byte(let byte): ":byte \(byte)"
      case nil: ""
      }
    let details = [expected.map { "expected \($0)" }, found.map { "found \($0)" }].compactMap(\.self)
    let brackets = details.isEmpty ? "" : " (\(details.joined(separator: ", ")))"
    // One error is one line, whatever a file name or a cell contains.
    let continuation = advice.map { "; \($0)" } ?? ""
    return "\(path)\(position): \(problem)\(continuation)\(brackets)".onOneLine
  }
}

extension FileError {
  /// Runs `body`, whose error, if any, is about the file at `path`.
  package static func at<Result>(
    _ path: String, _ body: () throws(NablaError) -> Result
  ) throws(FileError) -> Result {
    do throws(NablaError) { return try body() } catch { throw FileError(path, "\(error)") }
  }
}
