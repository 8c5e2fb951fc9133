import Foundation
import Testing

/// A line of JSON as a program reads it, and its keys in the order in which they were written.
struct JSONLine {
  let keys: [String]
  private let members: [String: Any]

  init(_ line: String) throws {
    let value = try JSONSerialization.jsonObject(with: Data(line.utf8))
    let members = try #require(value as? [String: Any], "not a JSON object: \(line)")
    self.members = members
    keys = line.matches(of: /"([a-z0-9_]+)":/).map { String($0.1) }.filter { members[$0] != nil }
      .reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private init(members: [String: Any]) {
    self.members = members
    keys = members.keys.sorted()
  }

  func number(_ key: String) throws -> Double {
    try #require(members[key] as? NSNumber, "\(key) is not a number").doubleValue
  }
  func integer(_ key: String) throws -> Int { Int(try number(key)) }
  func string(_ key: String) throws -> String { try #require(members[key] as? String, "\(key) is no string") }
  func bool(_ key: String) throws -> Bool { try #require(members[key] as? Bool, "\(key) is no truth value") }
  func numbers(_ key: String) throws -> [Double] {
    try #require(members[key] as? [NSNumber], "\(key) is no list of numbers").map(\.doubleValue)
  }
  func matrix(_ key: String) throws -> [[Double]] {
    try #require(members[key] as? [[NSNumber]], "\(key) is no matrix").map { $0.map(\.doubleValue) }
  }
  func object(_ key: String) throws -> JSONLine {
    JSONLine(members: try #require(members[key] as? [String: Any], "\(key) is no object"))
  }
  func objects(_ key: String) throws -> [JSONLine] {
    try #require(members[key] as? [[String: Any]], "\(key) is no list of objects").map(
      JSONLine.init(members:))
  }
}
