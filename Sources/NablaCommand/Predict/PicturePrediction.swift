import Nabla

/// What a network reads in one picture, and what was done before to see it.
struct PicturePrediction {
  let file: String
  let picture: PictureSource.Loaded
  /// The network's outputs for each digit.
  let confidences: [[Float]]
  let isInverted: Bool
  /// Whether the digits are those of a number.
  let isNumber: Bool
  /// False for outputs that may be negative or above 1.
  let isProbability: Bool

  private var classes: [Int] { confidences.map(indexOfLargest) }
  private var number: String { classes.map(String.init).joined() }

  // MARK: for programs

  var json: JSON {
    guard case .object(let members) = isNumber ? numberJSON : digitJSON(0) else { return .null }
    return .object([("file", .string(file))] + members)
  }

  private var numberJSON: JSON {
    [
      "number": .string(number),
      "digits": .array(confidences.indices.map { digitJSON($0) }),
    ]
  }

  private func digitJSON(_ index: Int) -> JSON {
    let best = classes[index]
    var members: [(String, JSON)] = [
      ("prediction", .integer(best)), ("confidence", .number(confidences[index][best])),
      ("confidences", .numbers(confidences[index])),
    ]
    if !isNumber {
      members += [
        ("label", picture.label.map { .integer($0) } ?? .null),
        ("resized_from", picture.resizedFrom.map { .integers([$0.rows, $0.columns]) } ?? .null),
        ("inverted", .bool(isInverted)),
      ]
    }
    members.append(("prepared", picture.preparation.map { preparationJSON($0, index) } ?? .null))
    return .object(members)
  }

  private func preparationJSON(_ preparation: PreparedPicture, _ index: Int) -> JSON {
    let digit = preparation.digits[index]
    return [
      "ink": .string(preparation.isDarkInk ? "dark" : "light"),
      "contrast": .integer(preparation.contrast),
      "left_out": .integer(preparation.droppedParts),
      "top": .integer(digit.box.top), "left": .integer(digit.box.left),
      "size": .integers([digit.box.rows, digit.box.columns]),
      "scaled_to": .integers([digit.inkShape.rows, digit.inkShape.columns]),
    ]
  }

  // MARK: for people

  /// Prints the digits as the network sees them, with the confidences.
  func show(in graphics: Graphics, on terminal: Terminal) throws {
    if isNumber {
      try showNumber(in: graphics, on: terminal)
    } else {
      try showDigit(in: graphics, on: terminal)
    }
  }

  /// One line: "dark ink on light paper, 31 or more greys apart; 214 x 130 pixels scaled to 20 x 12, centred by mass".
  private var steps: String? {
    guard let preparation = picture.preparation else { return nil }
    let ink =
      (preparation.isDarkInk ? "dark ink on light paper" : "light ink on dark paper")
      + ", \(preparation.contrast) or more greys apart"
    let dropped: String? =
      switch preparation.droppedParts {
      case 0: nil
      case 1: "1 other mark left out"
      case let count: "\(count) other marks left out"
      }
    let digit = preparation.digits[0]
    let size =
      isNumber
      ? "\(preparation.digits.count) \(preparation.digits.count == 1 ? "digit" : "digits"), each"
      : "\(digit.box.rows) x \(digit.box.columns) pixels"
    let scaled =
      isNumber
      ? " scaled to \(max(digit.inkShape.rows, digit.inkShape.columns)) pixels"
      : " scaled to \(digit.inkShape.text)"
    return [ink, dropped, size + scaled + ", centred by mass"].compactMap(\.self).joined(separator: "; ")
  }

  private func words(of confidence: Float) -> String {
    isProbability ? "\(Double(confidence).percent) confident" : "output \(confidence.short)"
  }

  private func showDigit(in graphics: Graphics, on terminal: Terminal) throws {
    let (best, confidences) = (classes[0], confidences[0])
    let label = picture.label.map { ", labelled \($0)" } ?? ""
    let resized =
      picture.preparation == nil ? picture.resizedFrom.map { ", scaled from \($0.text)" } ?? "" : ""
    try Console.print("\(file): \(best)  (\(words(of: confidences[best]))\(label)\(resized))")
    if let steps { try Console.print(terminal.styled(steps, .faint)) }
    try Console.print("")
    let bars = confidences.enumerated().map { digit, confidence in
      let number = Double(confidence).fixed(4).padded(to: isProbability ? 0 : 8, right: true)
      let text = "\(digit)  \(number)  \(Bars.lying(confidence, width: 20))"
      return digit == best ? terminal.styled(text, .strong) : text
    }
    let lines = TerminalPicture.lines([terminalPicture(0)], in: graphics, on: terminal)
    // What stands beside pixels depends on where each terminal leaves the cursor; below is the same everywhere.
    let together =
      switch graphics {
      case .none: bars
      case .kitty, .sixel: lines + bars
      case .blocks, .ascii: Columns.beside(lines, width: picture.shape.columns, bars, on: terminal)
      }
    for line in together { try Console.print(line) }
  }

  /// The digits side by side, at half their width where they are drawn in characters, what each is read as below it.
  private func showNumber(in graphics: Graphics, on terminal: Terminal) throws {
    let best = confidences.indices.map { confidences[$0][classes[$0]] }
    let weakest = indexOfLargest(best.map { -$0 })
    let doubt =
      confidences.count == 1 ? "" : "the \(classes[weakest]) in place \(weakest + 1) is the least sure, "
    try Console.print("\(file): \(number)  (\(doubt)\(words(of: best[weakest])))")
    if let steps { try Console.print(terminal.styled(steps, .faint)) }
    let drawn = terminalPicture(0)
    let isHalved = graphics == .blocks || graphics == .none
    let width = max(isHalved ? drawn.compactWidth : drawn.width(in: graphics), 8)
    let perRow = max(1, (terminal.width + 2) / (width + 2))
    for start in stride(from: 0, to: confidences.count, by: perRow) {
      try Console.print("")
      let shown = Array(start..<min(start + perRow, confidences.count))
      let pictures = shown.map(terminalPicture)
      switch graphics {
      case .none: break
      case .kitty, .sixel:
        for line in TerminalPicture.lines(pictures, in: graphics, on: terminal) { try Console.print(line) }
      case .blocks, .ascii:
        let lines = pictures.map { graphics == .ascii ? $0.asciiLines() : $0.compactLines() }
        for line in lines[0].indices {
          try Console.print(lines.map { $0[line].padded(to: width) }.joined(separator: "  "))
        }
      }
      let captions = shown.map { index in
        let confidence = isProbability ? Double(best[index]).percent : best[index].short
        return "\(classes[index])  \(confidence)".padded(to: width)
      }
      try Console.print(captions.joined(separator: "  "))
    }
  }

  private func terminalPicture(_ index: Int) -> TerminalPicture {
    TerminalPicture(
      pixels: picture.images[index], rows: picture.shape.rows, columns: picture.shape.columns)
  }
}

extension Activation {
  /// Whether its values lie from 0 to 1.
  var isProbability: Bool { self == .sigmoid || self == .softmax }
}
