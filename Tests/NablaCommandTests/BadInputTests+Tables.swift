import InputBytes

private func table(
  _ name: String, _ message: String, _ bytes: [UInt8], options: [String] = []
) -> BadCommand {
  BadCommand(name, ["train", "--data", "a.csv"] + options, 65, "a.csv\(message)") { folder in
    try folder.write("a.csv", bytes)
  }
}

private func table(
  _ name: String, _ message: String, _ text: String, options: [String] = []
) -> BadCommand {
  table(name, message, Array(text.utf8), options: options)
}

/// Enough numbers that a word among them is a mistake.
private let numbers = "a,b,y\n" + (0..<30).map { "\($0),\($0),0.5\n" }.joined()

/// A line of a picture, with `cell` as its tenth pixel.
private func picture(_ label: Int, _ cell: String = "9") -> String {
  "\(label)," + (0..<64).map { $0 == 9 ? cell : "\(($0 * label * 7) % 256)" }.joined(separator: ",") + "\n"
}

private let pictureLines = (1...40).map { picture($0) }.joined()
private let pixel = "(expected a whole number 0 ... 255"
private let text = "(expected text in UTF-8 or ASCII)"

extension BadCommand {
  static let tables: [BadCommand] = [
    table(
      "26: a cell too few",
      ":line 3: has another number of cells than the lines before (expected 3, found 2)",
      "a,b,c\n1,2,3\n1,2\n1,2,3\n"),
    table(
      "26: a cell too many",
      ":line 3: has another number of cells than the lines before (expected 3, found 4)",
      "a,b,c\n1,2,3\n1,2,3,4\n"),
    table(
      "26: a picture cut short",
      ":line 41: has another number of cells than the lines before (expected 65, found 3)",
      pictureLines + "1,2,3\n"),
    table(
      "27: a word",
      ":line 32: column 2 (b) has a word; --categorical 'b' takes it as words (expected a number, "
        + "found \"six\")", numbers + "1,six,1\n"),
    table(
      "27: an empty target", ":line 3: column 3 (c) has no value (expected one in every row)",
      "a,b,c\n1,2,3\n1,2,\n"),
    table(
      "27: an empty cell where none may be",
      ":line 2: column 2 (b) has no value; --missing fill fills it (expected one in every row)",
      "a,b,c\n1,,3\n1,2,3\n", options: ["--missing", "error"]),
    table(
      "27: a word in a picture", ":line 41: has something else in cell 11 \(pixel), found \"six\")",
      pictureLines + picture(1, "six")),
    table(
      "27: an empty cell in a picture", ":line 41: has nothing in cell 11 \(pixel))",
      pictureLines + picture(1, "")),
    table(
      "28: nan as a target", ":line 3: column 3 (c) has no value (expected one in every row)",
      "a,b,c\n1,1,3\n1,2,nan\n"),
    table(
      "28: inf", ":line 3: column 1 (a) is not finite (expected a number up to 3.4e38, found \"-inf\")",
      "a,b\n1,1\n-inf,1\n"),
    table(
      "28: 1e400",
      ":line 3: column 1 (a) is not finite (expected a number up to 3.4e38, found \"1e400\")",
      "a,b\n1,1\n1e400,3\n"),
    table(
      "28: nan in a picture", ":line 41: has something else in cell 11 \(pixel), found \"nan\")",
      pictureLines + picture(1, "nan")),
    BadCommand(
      "29: a line of 100 MB", ["train", "--data", "a.csv"], 65,
      "a.csv:line 1: is too long (expected at most 16777216 bytes, found more)"
    ) { folder in
      let cells = Array(repeatElement(Array("1,".utf8), count: 9 << 20).joined())
      try folder.writeSparse("a.csv", cells, length: 100_000_000)
    },
    table("30: NUL", ":line 2: has a NUL byte \(text)", "1,2\n1,2\0\n"),
    table("30: UTF-16", ":line 1: is UTF-16 \(text)", [0xFF, 0xFE] + "1,2\n".utf8.flatMap { [$0, 0] }),
    table(
      "30: UTF-16 without a mark", ":line 1: has a NUL byte \(text)", "1,2\n".utf8.flatMap { [$0, 0] }),
    table(
      "31: header only", ": has a header and nothing else (expected rows of cells below it)", "a,b,c\n"),
    table(
      "32: a decimal comma",
      ":line 3: has another number of cells than the lines before (expected 2, found 3)",
      "a,b\n1,2\n1,5,2\n"),
  ]
}
