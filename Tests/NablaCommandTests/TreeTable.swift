import Foundation

/// A small table that any network learns: trees of three kinds, told by their height and bark.
enum TreeTable {
  static let header = ["id", "height", "bark", "girth", "kind"]

  /// Cells of every row; height is missing in every thirtieth.
  static let rows: [[String]] = (0..<90).map { row in
    let kind = row % 3
    let height = Double(5 * kind + 3) + Double(row * 7 % 13) / 10
    let bark = ["grey", "brown", "white"][kind]
    return [
      "tree \(row)", row % 30 == 7 ? "NA" : "\(height)", bark, "\(Double(row * 5 % 11) / 4)",
      ["ash", "beech", "cedar"][kind],
    ]
  }

  /// The table as CSV with these columns, "" for one that nobody asked for.
  static func csv(_ columns: [String] = header, rows: [[String]] = rows) -> [UInt8] {
    let places = columns.map { header.firstIndex(of: $0) }
    let lines = rows.map { row in places.map { $0.map { row[$0] } ?? "extra" }.joined(separator: ",") }
    return Array(([columns.joined(separator: ",")] + lines).joined(separator: "\n").utf8) + [0x0A]
  }
}
