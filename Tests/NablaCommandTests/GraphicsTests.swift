import Foundation
import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite("Pictures in pixels on a terminal")
struct GraphicsTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private static let query = "\u{1B}[c"
  private static let sixelStart = "\u{1B}P0;1;0q"
  private static let kittyStart = "\u{1B}_Ga=T,"

  private func show(
    _ options: String, columns: Int = 80, cell: (width: Int, height: Int)? = nil,
    environment: [String: String?] = [:], answer: String? = nil, input: Bool = true
  ) throws -> String {
    let run = try TerminalProcess.run(
      ["data", "show", "digits:600"] + options.split(separator: " ").map(String.init), in: folder,
      columns: columns, cell: cell, environment: environment, answer: answer, input: input)
    #expect(run.status == 0, "\(run.output)")
    return run.output
  }

  /// Pixels: a grey from 0 to 1, nil where nothing is drawn.
  private struct Picture {
    let width: Int
    let height: Int
    var pixels: [Double?]
  }

  private enum Damage: Error { case pixelOutsideOrTwice }

  /// Reads a sixel picture by DEC's rules.
  private func sixel(in output: String) throws -> Picture {
    let match = try #require(output.firstMatch(of: /\u{1B}P0;1;0q"1;1;(\d+);(\d+)([^\u{1B}]*)\u{1B}\\/))
    let (width, height) = try (#require(Int(match.1)), #require(Int(match.2)))
    var picture = Picture(
      width: width, height: height, pixels: [Double?](repeating: nil, count: width * height))
    var greys: [Int: Double] = [:]
    var (grey, column, top) = (0.0, 0, 0)
    for part in match.3.matches(of: /#(\d+);2;(\d+);\d+;\d+|#(\d+)|!(\d+)([?-~])|[?-~]|\$|-/) {
      if let number = part.1, let percent = part.2.flatMap({ Double($0) }) {
        let index = try #require(Int(number))
        greys[index] = percent / 100
      } else if let number = part.3 {
        let index = try #require(Int(number))
        grey = try #require(greys[index])
      } else if part.0 == "$" {
        column = 0
      } else if part.0 == "-" {
        (column, top) = (0, top + 6)
      } else {
        let count = part.4.flatMap { Int($0) } ?? 1
        let bits = try #require((part.5 ?? part.0).utf8.first) - 63
        for _ in 0..<count {
          for down in 0..<6 where bits >> down & 1 == 1 {
            let place = (top + down) * width + column
            guard column < width, place < picture.pixels.count, picture.pixels[place] == nil else {
              throw Damage.pixelOutsideOrTwice
            }
            picture.pixels[place] = grey
          }
          column += 1
        }
      }
    }
    return picture
  }

  /// Reads a picture of kitty's protocol.
  private func kitty(in output: String) throws -> (picture: Picture, columns: Int, lines: Int) {
    let pieces = output.matches(of: /\u{1B}_G([^;]*);([^\u{1B}]*)\u{1B}\\/)
    try #require(!pieces.isEmpty)
    var keys: [String: Int] = [:]
    for (index, piece) in pieces.enumerated() {
      #expect(piece.2.count <= 4096)
      let own = piece.1.split(separator: ",").map { $0.split(separator: "=").map(String.init) }
      #expect(own.last == ["m", index == pieces.count - 1 ? "0" : "1"])
      if index == 0 {
        #expect(own.contains(["a", "T"]) && own.contains(["o", "z"]))
        for pair in own { keys[pair[0]] = Int(pair[1]) }
      } else {
        #expect(own.count == 1)
      }
    }
    let (width, height) = try (#require(keys["s"]), #require(keys["v"]))
    #expect(keys["f"] == 32)
    let data = try #require(Data(base64Encoded: pieces.map { String($0.2) }.joined()))
    let bytes = try #require(inflated(Array(data), count: width * height * 4))
    let pixels = (0..<width * height).map { index -> Double? in
      let pixel = bytes[index * 4..<index * 4 + 4].map { Double($0) / 255 }
      return pixel[3] == 0 ? nil : pixel[0]
    }
    return try (
      Picture(width: width, height: height, pixels: pixels), #require(keys["c"]), #require(keys["r"])
    )
  }

  /// Compares with two digits that are enlarged and two characters apart.
  private func check(_ picture: Picture, scale: Int, gap: Int, tolerance: Double) throws {
    let digits = try DataSource(parsing: "digits:600").load().training
    let side = 28 * scale
    #expect(picture.width == 2 * side + gap && picture.height >= side)
    var wrong = 0
    for (number, left) in [(3, 0), (4, side + gap)] {
      let image = digits.image(at: number)
      for row in 0..<side {
        for column in 0..<side {
          let expected = Double(image[row / scale * 28 + column / scale]) / 255
          let found = picture.pixels[row * picture.width + left + column]
          let difference = found.map { abs($0 - expected) } ?? 1
          if difference > tolerance { wrong += 1 }
        }
      }
    }
    #expect(wrong == 0)
    let drawn = picture.pixels.count { $0 != nil }
    #expect(drawn == 2 * side * side)
  }

  @Test("a sixel picture has the pixels of the digits, in sixteen greys")
  func sixelPixels() throws {
    let run = try NablaProcess.run(
      ["data", "show", "digits:600", "--index", "3", "--count", "2", "--graphics", "sixel"], in: folder)
    #expect(run.output.hasSuffix("\u{1B}\\\n"))
    // Without a terminal a character has 10 x 20 pixels: 14 of them are 140 pixels, five times 28.
    try check(sixel(in: run.output), scale: 5, gap: 20, tolerance: 0.5 / 15 + 0.006)
  }

  @Test("a kitty picture has the pixels of the digits, in pieces, and says how many characters it takes")
  func kittyPixels() throws {
    let run = try NablaProcess.run(
      ["data", "show", "digits:600", "--index", "3", "--count", "2", "--graphics", "kitty"], in: folder)
    let (picture, columns, lines) = try kitty(in: run.output)
    try check(picture, scale: 5, gap: 20, tolerance: 0)
    #expect(columns == 30 && lines == 7 && picture.height == 140)
  }

  @Test("the size of a character is the terminal's; what does not fit begins a new row")
  func cells() throws {
    let output = try show(
      "--index 3 --count 2 --graphics sixel", cell: (width: 8, height: 17), answer: nil)
    try check(sixel(in: output), scale: 4, gap: 16, tolerance: 0.5 / 15 + 0.006)
    let narrow = try show("--count 3 --graphics sixel", columns: 40)
    #expect(narrow.matches(of: /\u{1B}P0;1;0q/).count == 2)
  }

  @Test(
    "auto asks a terminal whose name tells nothing, and believes the answer",
    arguments: [
      ("\u{1B}[?62;4;22c", true), ("\u{1B}[?1;2c", false), ("\u{1B}[?64;14;44c", false), (nil, false),
    ])
  func asking(answer: String?, hasSixel: Bool) throws {
    let output = try show("", answer: answer)
    #expect(output.contains(Self.query))
    #expect(output.contains(Self.sixelStart) == hasSixel)
    #expect(output.contains("▀") == !hasSixel)
    #expect(!output.contains(Self.kittyStart))
  }

  @Test("kitty's protocol where the environment tells of it, but not inside a multiplexer")
  func kittyTerminals() throws {
    let terminals: [[String: String?]] = [
      ["KITTY_WINDOW_ID": "1"], ["TERM": "xterm-kitty"], ["TERM": "xterm-ghostty"],
      ["TERM_PROGRAM": "WezTerm"], ["TERM_PROGRAM": "ghostty"],
    ]
    for terminal in terminals {
      let output = try show("", environment: terminal)
      #expect(output.contains(Self.kittyStart) && !output.contains(Self.query), "\(terminal)")
    }
    for multiplexer: [String: String?] in [["TMUX": "/tmp/x"], ["TERM": "tmux-256color"]] {
      let environment = ["KITTY_WINDOW_ID": "1"].merging(multiplexer) { $1 }
      let output = try show("", environment: environment, answer: "\u{1B}[?1;2;4c")
      #expect(output.contains(Self.sixelStart), "\(multiplexer)")
    }
  }

  @Test("nothing is asked where nobody answers, and pixels are for people")
  func noQuestion() throws {
    for options in ["--graphics blocks", "--graphics ascii", "--graphics none"] {
      #expect(try !show(options).contains(Self.query))
    }
    #expect(try !show("", environment: ["TERM": "dumb"]).contains(Self.query))
    #expect(try !show("", input: false).contains(Self.query))
    let piped = try NablaProcess.run(
      ["data", "show", "digits:600"], in: folder, environment: ["KITTY_WINDOW_ID": "1"])
    #expect(!piped.output.contains("\u{1B}"))
  }

  @Test("signs of ASCII alone, or no picture at all")
  func plain() throws {
    func lines(_ graphics: String) throws -> [String] {
      try NablaProcess.run(
        ["data", "show", "digits:600", "--graphics", graphics, "--count", "2"], in: folder
      ).lines
    }
    let ascii = try lines("ascii")
    #expect(ascii.count == 15 && ascii.allSatisfy { $0.allSatisfy(\.isASCII) })
    #expect(ascii.joined().contains("@"))
    #expect(try lines("none").count == 1)
    let wrong = try NablaProcess.run(["data", "show", "digits:600", "--graphics", "ansi"], in: folder)
    #expect(wrong.status == 64)
    #expect(
      wrong.errors
        == "nabla: error: --graphics: expected auto, kitty, sixel, blocks, ascii or none, found 'ansi'\n")
  }

  @Test("predict draws what the network sees, with the confidences below")
  func predict() throws {
    let trained = try SharedModel.get()
    try folder.write("a.pgm", Array("P5\n28 28\n255\n".utf8) + (0..<784).map { UInt8($0 % 256) })
    let run = try NablaProcess.run(["predict", trained.path, "a.pgm", "--graphics", "sixel"], in: folder)
    let picture = try sixel(in: run.output)
    let isWhole = picture.pixels.allSatisfy { $0 != nil }
    #expect(picture.width == 140 && isWhole)
    let digits = run.lines.suffix(10).map { String($0.prefix(1)) }
    #expect(digits == (0..<10).map(String.init))
    let none = try NablaProcess.run(["predict", trained.path, "a.pgm", "--graphics", "none"], in: folder)
    #expect(none.lines.count == 11)
  }
}
