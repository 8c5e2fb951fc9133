import Foundation

/// A page of the documentation, as far as tests read it.
struct MarkdownPage {
  /// What stands between two fences, and the word after the first.
  struct Block: Equatable {
    let language: String
    let text: String
  }

  let blocks: [Block]
  /// The lines outside all blocks.
  let prose: [String]

  /// The folder of the clone.
  static let repository = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Reads `name`, a path in the clone.
  init(_ name: String) throws {
    let text = try String(contentsOf: Self.repository.appendingPathComponent(name), encoding: .utf8)
    var blocks: [Block] = []
    var prose: [String] = []
    var language: String?
    var lines: [Substring] = []
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.hasPrefix("```") {
        if let opened = language {
          blocks.append(Block(language: opened, text: lines.joined(separator: "\n")))
          language = nil
        } else {
          language = String(line.dropFirst(3))
          lines = []
        }
      } else if language != nil {
        lines.append(line)
      } else {
        prose.append(String(line))
      }
    }
    (self.blocks, self.prose) = (blocks, prose)
  }

  /// The texts of all blocks in `language`.
  func blocks(in language: String) -> [String] { blocks.filter { $0.language == language }.map(\.text) }

  /// The numbers in each row of each table, in ascending order of their text: the words between them differ by
  /// language, and so may their order.
  var numbersOfTables: [[String]] {
    prose.filter { $0.hasPrefix("|") }.map { row in
      row.matches(of: /[0-9]+([.,][0-9]+)*%?/).map { String($0.output.0) }.sorted()
    }
  }

  /// The paths that the page links to, without those on the web.
  var links: [String] {
    prose.flatMap { line in line.matches(of: /\]\(([^)]+)\)/).map { String($0.output.1) } }
      .filter { !$0.contains("://") && !$0.hasPrefix("#") }
      .map { String($0.prefix { $0 != "#" }) }
  }
}
