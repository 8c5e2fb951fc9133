import Nabla

@testable import NablaFormats
@testable import NablaReaders

private let pictures = ScratchFile("csv")

/// Pictures as comma-separated values.
func fuzzCSV(_ input: Pieces) throws(FileError) {
  var input = input
  let options = input.byte()
  pictures.write(input.rest)
  _ = try DelimitedContent.detect(pictures.path)
  let data = try CSV.read(
    pictures.path, labelColumn: [nil, nil, .first, .last][Int(options & 3)],
    classCount: options & 4 == 0 ? nil : 10, maxBytes: FuzzTarget.maxBytes)
  require(data.count > 0 && data.label(at: data.count - 1) < data.classCount, "a label that is no class")
}

private let text = ScratchFile("table")

/// A table: cut into pieces of few bytes it is the same, or has the same mistake, as in one piece.
func fuzzTable(_ input: Pieces) throws(FileError) {
  var input = input
  let options = tableOptions(&input)
  let pieceBytes = 1 + Int(input.byte())
  text.write(input.rest)
  let whole = read(options, pieceBytes: BlockParser.defaultPieceBytes)
  let pieces = read(options, pieceBytes: pieceBytes)
  switch (whole, pieces) {
  case (.success(let whole), .success(let pieces)):
    require(isSame(whole, pieces), "another table in pieces")
    _ = try whole.dataset(path: text.path)
    try stream(like: whole, options)
  case (.failure(let whole), .failure(let pieces)):
    require(whole == pieces, "another error in pieces: \(whole) and \(pieces)")
    throw whole
  case (.success, .failure(let error)): fatalError("an error in pieces alone: \(error)")
  case (.failure(let error), .success): fatalError("no error in pieces: \(error)")
  }
}

private func tableOptions(_ input: inout Pieces) -> TableOptions {
  let bits = input.byte()
  var options = TableOptions()
  options.task = task(bits)
  options.missing = bits & 4 == 0 ? .fill : .refuse
  if bits & 8 != 0 { options.target = bits & 64 == 0 ? "1" : "-1" }
  if bits & 16 != 0 { options.categorical = ["2"] }
  if bits & 32 != 0 { options.weights = "3" }
  if bits & 64 != 0 { options.group = "2" }
  if bits & 128 != 0 { options.id = "1" }
  return options
}

private func read(_ options: TableOptions, pieceBytes: Int) -> Result<Table, FileError> {
  do throws(FileError) {
    return .success(
      try Table.read(text.path, options: options, maxBytes: FuzzTarget.maxBytes, pieceBytes: pieceBytes))
  } catch {
    return .failure(error)
  }
}

private func isSame(_ a: Table, _ b: Table) -> Bool {
  func isSame<Element>(_ a: UnsafeMutablePointer<Element>?, _ b: UnsafeMutablePointer<Element>?, _ count: Int)
    -> Bool
  {
    guard let a, let b else { return (a == nil) == (b == nil) }
    return UnsafeRawBufferPointer(UnsafeBufferPointer(start: a, count: count))
      .elementsEqual(UnsafeRawBufferPointer(UnsafeBufferPointer(start: b, count: count)))
  }
  let (one, other) = (a.storage, b.storage)
  return one.count == other.count && a.columns == b.columns && a.target == b.target
    && a.missingCounts == b.missingCounts && a.notes == b.notes && a.groupCount == b.groupCount
    && isSame(one.features, other.features, one.count * one.columnCount)
    && isSame(one.targets, other.targets, one.count * one.targetCount)
    && isSame(one.labels, other.labels, one.count) && isSame(one.weights, other.weights, one.count)
    && isSame(one.groups, other.groups, one.count)
}

/// Reads the rows once more as a model would that was trained on them.
private func stream(like table: Table, _ options: TableOptions) throws(FileError) {
  var options = options
  options.columns = table.columns
  options.formerTarget = table.targetNames.joined(separator: ",")
  let stream = try TableStream(text.path, options: options)
  while let block = try stream.next(7) { require(block.rowCount <= 7, "too many rows") }
}

/// A JSON text: what is read can be written and read again.
func fuzzJSON(_ input: Pieces) throws(FileError) {
  let value = try JSONReader.read(input.rest, path: "json", offset: 0, mostValues: 1000)
  let text = Array(written(value).utf8)
  let again = try text.withUnsafeBufferPointer { (bytes) throws(FileError) -> JSONValue in
    try JSONReader.read(UnsafeRawBufferPointer(bytes), path: "json", offset: 0, mostValues: 1000)
  }
  require(again == value, "another value when it is read again")
  _ = value.wholeNumber
}

private func written(_ value: JSONValue) -> String {
  switch value {
  case .null: "null"
  case .boolean(let value): "\(value)"
  case .number(let text): text
  case .string(let text): text.jsonQuoted
  case .array(let values): "[" + values.map(written).joined(separator: ",") + "]"
  case .object(let members):
    "{" + members.map { $0.name.jsonQuoted + ":" + written($0.value) }.joined(separator: ",") + "}"
  }
}
