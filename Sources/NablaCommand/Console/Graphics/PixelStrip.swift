import Foundation
import NablaFormats

/// Pictures of one size side by side, as pixels of a terminal; nothing is drawn between them.
struct PixelStrip {
  /// Pixels in all.
  let width: Int
  let height: Int
  /// Characters in whose place they stand.
  let columns: Int
  let lines: Int
  /// Greys, 0 ... 255, row-major [height, width]; nil where nothing is drawn.
  private(set) var pixels: [UInt8?]

  /// Pixels of a character; those of DEC's VT340 where the terminal does not tell.
  struct Cell {
    let width: Int
    let height: Int

    static let standard = Cell(width: 10, height: 20)

    /// That of the terminal on stdout.
    static let output: Cell = {
      var size = winsize()
      guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else {
        return standard
      }
      let (width, height) = (Int(size.ws_xpixel / size.ws_col), Int(size.ws_ypixel / size.ws_row))
      return 4...128 ~= width && 4...256 ~= height ? Cell(width: width, height: height) : standard
    }()
  }

  /// Columns between two pictures.
  static let gap = 2
  /// Columns that a small picture is enlarged to.
  private static let wished = 14

  /// How often each pixel is repeated.
  private static func scale(_ picture: TerminalPicture, _ cell: Cell) -> Int {
    max(1, wished * cell.width / max(picture.columns, 1))
  }

  /// Columns that a picture takes.
  static func columns(of picture: TerminalPicture, _ cell: Cell = .output) -> Int {
    (picture.columns * scale(picture, cell) + cell.width - 1) / cell.width
  }

  /// - Precondition: at least one picture, and all are of one size.
  init(_ pictures: [TerminalPicture], _ cell: Cell = .output) {
    let first = pictures[0]
    let scale = Self.scale(first, cell)
    let slot = (Self.columns(of: first, cell) + Self.gap) * cell.width
    columns = pictures.count * (slot / cell.width) - Self.gap
    lines = (first.rows * scale + cell.height - 1) / cell.height
    (width, height) = (columns * cell.width, lines * cell.height)
    pixels = [UInt8?](repeating: nil, count: width * height)
    for (place, picture) in pictures.enumerated() {
      for row in 0..<picture.rows * scale {
        for column in 0..<picture.columns * scale {
          pixels[row * width + place * slot + column] =
            picture.pixels[row / scale * picture.columns + column / scale]
        }
      }
    }
  }

  // MARK: Kitty

  /// Base64 characters in one piece of a transmission.
  private static let piece = 4096

  /// The bytes that show it on a terminal with kitty's protocol; the cursor ends behind it, on its last line.
  ///
  /// Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/
  var kitty: String {
    let colours = pixels.flatMap { pixel -> [UInt8] in
      pixel.map { [$0, $0, $0, 255] } ?? [0, 0, 0, 0]
    }
    let text = Array(Data(deflated(colours)).base64EncodedString().utf8)
    var keys = "a=T,f=32,o=z,s=\(width),v=\(height),c=\(columns),r=\(lines),q=2,"
    return stride(from: 0, to: text.count, by: Self.piece).map { start in
      let end = min(start + Self.piece, text.count)
      let part = String(decoding: text[start..<end], as: UTF8.self)
      defer { keys = "" }
      return "\u{1B}_G\(keys)m=\(end < text.count ? 1 : 0);\(part)\u{1B}\\"
    }.joined()
  }

  // MARK: Sixel

  /// Greys that are used: a VT340 has 16 registers for colours.
  private static let greys = 16
  /// Rows of pixels in a line of sixels.
  private static let sixelRows = 6

  /// The bytes that show it on a terminal with sixel graphics.
  ///
  /// Source: DEC's VT330/VT340 programmer reference, volume 2, chapter 14.
  var sixel: String {
    // P2 = 1: what is not drawn stays as it is. Square pixels, and how many.
    var text = "\u{1B}P0;1;0q\"1;1;\(width);\(height)"
    for grey in 0..<Self.greys {
      let percent = (grey * 100 + (Self.greys - 1) / 2) / (Self.greys - 1)
      text += "#\(grey);2;\(percent);\(percent);\(percent)"
    }
    for top in stride(from: 0, to: height, by: Self.sixelRows) {
      if top > 0 { text += "-" }
      text += band(top)
    }
    return text + "\u{1B}\\"
  }

  /// Six rows: for each grey in them a line of sixels, one over the other.
  private func band(_ top: Int) -> String {
    var bits: [Int: [UInt8]] = [:]
    for row in top..<min(top + Self.sixelRows, height) {
      for column in 0..<width {
        guard let pixel = pixels[row * width + column] else { continue }
        let grey = (Int(pixel) * (Self.greys - 1) + 127) / 255
        bits[grey, default: [UInt8](repeating: 0, count: width)][column] |= 1 << UInt8(row - top)
      }
    }
    return bits.sorted { $0.key < $1.key }
      .map { "#\($0.key)" + Self.runs($0.value) }.joined(separator: "$")
  }

  /// Sixels as characters from "?" on, with the length before a run of four or more.
  private static func runs(_ sixels: [UInt8]) -> String {
    var text = ""
    var rest = sixels[...]
    while let first = rest.first, rest.contains(where: { $0 != 0 }) {
      let run = rest.prefix { $0 == first }.count
      let character = String(UnicodeScalar(first + 63))
      text += run > 3 ? "!\(run)\(character)" : String(repeating: character, count: run)
      rest = rest.dropFirst(run)
    }
    return text
  }
}
