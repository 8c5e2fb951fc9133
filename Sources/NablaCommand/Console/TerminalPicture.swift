/// Draws an image in characters. Ink is 255, paper 0.
struct TerminalPicture {
  let pixels: [UInt8]
  let rows: Int
  let columns: Int

  /// Returns the image one character a column, two pixel rows a line; in greys where there are colours.
  func lines(on terminal: Terminal) -> [String] {
    stride(from: 0, to: rows, by: 2).map { row in
      terminal.hasColour ? greyLine(row) : shadedLine(row)
    }
  }

  /// Signs from paper to ink.
  private static let ascii = Array(" .:-=+*#%@")

  /// Returns the image in signs that every terminal has, two pixel rows a line.
  func asciiLines() -> [String] {
    stride(from: 0, to: rows, by: 2).map { row in
      String(
        (0..<columns).map { column in
          let mean = (pixel(row, column) + pixel(min(row + 1, rows - 1), column)) / 2
          return Self.ascii[mean * (Self.ascii.count - 1) / 255]
        })
    }
  }

  /// Columns that the image takes.
  func width(in graphics: Graphics) -> Int {
    graphics == .kitty || graphics == .sixel ? PixelStrip.columns(of: self) : columns
  }

  /// Returns images of one size side by side, in lines to print; none where nothing is to be drawn.
  ///
  /// - Precondition: at least one image.
  static func lines(_ images: [TerminalPicture], in graphics: Graphics, on terminal: Terminal) -> [String] {
    switch graphics {
    case .none: return []
    case .kitty: return [PixelStrip(images).kitty]
    case .sixel: return [PixelStrip(images).sixel]
    case .blocks, .ascii:
      let all = images.map { graphics == .ascii ? $0.asciiLines() : $0.lines(on: terminal) }
      return all[0].indices.map { line in
        all.map { $0[line] }.joined(separator: String(repeating: " ", count: PixelStrip.gap))
      }
    }
  }

  /// Returns the image at half the width, two by four pixels a character.
  func compactLines() -> [String] {
    // The braille dots of one cell, in reading order: bit numbers as Unicode has them.
    let dots: [[UInt32]] = [[0, 3], [1, 4], [2, 5], [6, 7]]
    return stride(from: 0, to: rows, by: 4).map { row in
      String(
        String.UnicodeScalarView(
          stride(from: 0, to: columns, by: 2).map { column in
            var bits: UInt32 = 0
            for (down, bitsOfRow) in dots.enumerated() {
              for (right, bit) in bitsOfRow.enumerated() where pixel(row + down, column + right) >= 112 {
                bits |= 1 << bit
              }
            }
            return Unicode.Scalar(0x2800 + bits)!
          }))
    }
  }

  /// Number of columns `compactLines` takes.
  var compactWidth: Int { (columns + 1) / 2 }

  private func pixel(_ row: Int, _ column: Int) -> Int {
    row < rows && column < columns ? Int(pixels[row * columns + column]) : 0
  }

  /// Half blocks where a pixel is mostly ink, a light shade where there is only a trace.
  private func shadedLine(_ row: Int) -> String {
    String(
      (0..<columns).map { column -> Character in
        let top = pixel(row, column)
        let bottom = pixel(row + 1, column)
        switch (top >= 128, bottom >= 128) {
        case (true, true): return "█"
        case (true, false): return "▀"
        case (false, true): return "▄"
        case (false, false): return top + bottom >= 96 ? "░" : " "
        }
      })
  }

  /// The upper half block in the upper pixel's grey on the lower pixel's: every pixel as it is.
  private func greyLine(_ row: Int) -> String {
    var line = ""
    var last: (Int, Int)?
    for column in 0..<columns {
      let colours = (TerminalPicture.grey(pixel(row, column)), TerminalPicture.grey(pixel(row + 1, column)))
      if last == nil || last! != colours { line += "\u{1B}[38;5;\(colours.0);48;5;\(colours.1)m" }
      line += "▀"
      last = colours
    }
    return line + "\u{1B}[0m"
  }

  /// The nearest of the terminal's 24 greys, from near black to near white.
  private static func grey(_ value: Int) -> Int { 232 + value * 23 / 255 }
}
