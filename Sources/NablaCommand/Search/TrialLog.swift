import Nabla
import NablaFormats

/// The results of a search: on the first line what was searched, then a line a trial, or one for each part of it.
final class TrialLog: Sendable {
  private let file: LineLog?
  /// The lines that were there before, by trial and round.
  private let found: [Place: (line: String, result: TrialResult)]

  struct Place: Hashable {
    let trial: Int
    let round: Int?
  }

  /// - Parameters:
  ///   - path: nil keeps no results.
  ///   - header: what is searched; a file that tells of something else is refused.
  ///   - trials: the values of every trial.
  init(_ path: String?, header: JSON, trials: [Trial]) throws {
    guard let path else {
      (file, found) = (nil, [:])
      return
    }
    let log = try LineLog(path)
    file = log
    guard let first = log.lines.first else {
      guard header.description.hasPrefix(log.rest) else { throw Self.foreign(path) }
      found = [:]
      try log.append(header.description)
      return
    }
    try Self.check(first, header, path)
    var found: [Place: (line: String, result: TrialResult)] = [:]
    for (index, line) in log.lines.enumerated().dropFirst() {
      let place = FileError.Place.line(index + 1)
      guard let value = try? Self.read(line, path), let result = TrialResult(value) else {
        throw FileError(path, at: place, "is not the result of a trial")
      }
      // A search with more trials may have gone before.
      if trials.indices.contains(result.trial - 1), trials[result.trial - 1].values != result.values {
        throw FileError(
          path, at: place, "has other options for trial \(result.trial)",
          expected: trials[result.trial - 1].values.joined(separator: " "),
          found: result.values.joined(separator: " "))
      }
      found[Place(trial: result.trial, round: result.round)] = (line, result)
    }
    self.found = found
  }

  /// The result of a trial that an earlier run finished, and its line.
  func earlier(_ trial: Int, round: Int?) -> (line: String, result: TrialResult)? {
    found[Place(trial: trial, round: round)]
  }

  /// Writes a result, and returns its line.
  func append(_ result: TrialResult) throws -> String {
    let line = result.json.description
    try file?.append(line)
    return line
  }

  private static func check(_ line: String, _ header: JSON, _ path: String) throws {
    guard line != header.description else { return }
    guard let found = try? read(line, path), found["sweep"] != nil, case .object(let members) = header else {
      throw foreign(path)
    }
    for (name, value) in members {
      let expected = try read(value.description, path)
      guard found[name] != expected else { continue }
      throw FileError(
        path, at: .line(1), "holds the results of another search; --results names another file",
        expected: "\(name) \(value)", found: found[name].map { "\(name) \($0.text)" } ?? "none")
    }
    throw FileError(path, at: .line(1), "holds the results of another search; --results names another file")
  }

  private static func foreign(_ path: String) -> FileError {
    FileError(path, at: .line(1), "is not the results of a search")
  }

  private static func read(_ line: String, _ path: String) throws(FileError) -> JSONValue {
    try Array(line.utf8).withUnsafeBufferPointer { (bytes) throws(FileError) in
      try JSONReader.read(UnsafeRawBufferPointer(bytes), path: path, offset: 0)
    }
  }
}

extension JSONValue {
  /// The value as it is written.
  fileprivate var text: String { json.description }

  private var json: JSON {
    switch self {
    case .null: .null
    case .boolean(let value): .bool(value)
    case .number(let text): .literal(text)
    case .string(let text): .string(text)
    case .array(let values): .array(values.map(\.json))
    case .object(let members): .object(members.map { ($0.name, $0.value.json) })
    }
  }
}
