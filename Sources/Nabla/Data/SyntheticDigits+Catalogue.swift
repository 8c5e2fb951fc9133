extension SyntheticDigits {
  /// A point the pen passes through, in both sketches of a style, in units of the digit's height.
  struct Knot: Sendable {
    let first: Point
    let second: Point
    /// Whether the pen turns sharply here.
    let isCorner: Bool
  }

  /// One way of writing a digit.
  struct Style: Sendable {
    let name: String
    /// How many of the digit's writers write so, relative to the other styles' shares.
    private(set) var share: UInt32
    /// From pen down to pen up.
    let strokes: [[Knot]]

    /// The sketches are in hundredths of the unit box, x to the right, y down. Both have the same strokes
    /// and points. A point that is written twice is a corner.
    init(_ name: String, share: UInt32, _ first: [[(Int, Int)]], _ second: [[(Int, Int)]]) {
      precondition(first.map(\.count) == second.map(\.count), "\(name): the sketches must correspond")
      self.name = name
      self.share = share
      strokes = zip(first, second).map { first, second in
        var knots: [Knot] = []
        var index = 0
        while index < first.count {
          let isCorner = index + 1 < first.count && first[index] == first[index + 1]
          precondition(!isCorner || second[index] == second[index + 1], "\(name): corners must correspond")
          knots.append(Knot(first: Point(first[index]), second: Point(second[index]), isCorner: isCorner))
          index += isCorner ? 2 : 1
        }
        return knots
      }
      let counts = strokes.map(\.count)
      precondition(counts.allSatisfy { 2...Curve.maximumKnots ~= $0 }, "\(name): 2 ... 32 knots a stroke")
      let vertices = counts.map { ($0 - 1) * Curve.stepsPerSection + 1 }.reduce(0, +)
      precondition(vertices <= Curve.maximumVertices, "\(name): too many knots")
    }

    /// Returns the style with another share.
    func sharing(_ share: UInt32) -> Style {
      var style = self
      style.share = share
      return style
    }
  }

  /// All styles of all digits that one pen knows.
  struct Catalogue: Sendable {
    /// The styles of `Pen.even`.
    static let even = Catalogue(Styles.all)
    /// The styles of `Pen.varied`.
    static let varied = Catalogue(
      (0...9).map { digit in
        let (styles, shares) = (Styles.all[digit], MoreStyles.olderShares[digit])
        precondition(styles.count == shares.count, "\(digit): a share for each style of the even pen")
        return zip(styles, shares).map { $0.sharing($1) } + MoreStyles.all[digit]
      })

    private let styles: [[Style]]
    private let totalShares: [UInt32]

    private init(_ styles: [[Style]]) {
      self.styles = styles
      totalShares = styles.map { $0.reduce(0) { $0 + $1.share } }
    }

    /// Returns one of the digit's styles, each with its share as probability.
    func pickStyle(of digit: Int, _ random: inout Philox) -> Style {
      var ticket = random.below(totalShares[digit])
      for style in styles[digit] {
        if ticket < style.share { return style }
        ticket -= style.share
      }
      preconditionFailure("a ticket is smaller than the sum of all shares")
    }
  }
}

extension SyntheticDigits.Point {
  /// A point given in hundredths.
  fileprivate init(_ hundredths: (Int, Int)) {
    self.init(x: Float(hundredths.0) / 100, y: Float(hundredths.1) / 100)
  }
}
