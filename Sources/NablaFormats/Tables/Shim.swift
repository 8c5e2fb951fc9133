import Foundation
import Nabla
struct Table {
  let storage: TableStorage
  let columns: [FeatureColumn]
  let target: DataEncoding.Target
  let targetNames: [String]
  static func read(_ path: String, options: TableOptions, maxBytes: Int, progress: ((Int, Int) -> Void)? = nil)
    throws(FileError) -> Table
  {
    let text: String
    do { text = try String(contentsOfFile: path, encoding: .utf8) } catch { throw FileError(path, "\(error)") }
    let lines = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let header = lines[0]
    let rows = Array(lines.dropFirst())
    let names = ["label", "class", "target", "y", "species"]
    let t = header.firstIndex { $0 == options.target || names.contains($0.lowercased()) } ?? header.count - 1
    let places = header.indices.filter { $0 != t }
    var columns: [FeatureColumn] = []
    for c in places {
      let words = Set(rows.map { $0[c] }.filter { Float($0) == nil && !["", "NA"].contains($0) })
      columns.append(FeatureColumn(name: header[c], kind: words.isEmpty ? .number : .category(Set(rows.map { $0[c] }.filter { !["", "NA"].contains($0) }).sorted())))
    }
    let targets = rows.map { $0[t] }
    let distinct = Set(targets)
    let numeric = distinct.allSatisfy { Double($0) != nil }
    let whole = numeric && distinct.allSatisfy { Double($0)! == Double($0)!.rounded() }
    let isClass = options.task == .classification || (options.task == .automatic && (!numeric || (whole && distinct.count <= max(20, Int(Double(rows.count).squareRoot())) && distinct.count * 2 <= rows.count)))
    let classes = options.classNames ?? (numeric ? distinct.sorted { Double($0)! < Double($1)! } : distinct.sorted())
    do throws(NablaError) {
      let storage = try TableStorage(reservingRows: rows.count, columnCount: places.count, targetCount: 1)
      for (r, row) in rows.enumerated() {
        for (i, c) in places.enumerated() {
          if case .category(let words) = columns[i].kind {
            storage.features[r * places.count + i] = words.firstIndex(of: row[c]).map(Float.init) ?? .nan
          } else { storage.features[r * places.count + i] = Float(row[c]) ?? .nan }
        }
        storage.targets[r] = isClass ? Float(classes.firstIndex(of: row[t])!) : Float(row[t])!
      }
      storage.finish(rows: rows.count)
      if isClass { try storage.classify { Int($0) } }
      return Table(storage: storage, columns: columns, target: isClass ? .classes(names: classes) : .values([.init(name: header[t])]), targetNames: [header[t]])
    } catch { throw FileError(path, "\(error)") }
  }
}
