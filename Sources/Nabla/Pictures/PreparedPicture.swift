/// A picture made ready for a network of MNIST's kind, as MNIST itself was made: the ink is found and cropped, scaled
/// so that its longer side has 20 of 28 pixels, and placed with its centre of mass in the middle.
///
/// Source: LeCun, Cortes & Burges, The MNIST database of handwritten digits.
public struct PreparedPicture: Sendable {
  /// A digit as the network sees it: white ink on black.
  public struct Digit: Equatable, Sendable {
    /// As many as `shape` has.
    public let pixels: [UInt8]
    /// Rows and columns of the network's input.
    public let shape: Dataset.ImageShape
    /// Where its ink is in the picture.
    public let box: PictureBox
    /// The ink's size after scaling.
    public let inkShape: Dataset.ImageShape
  }

  /// Why a picture cannot be made ready.
  public enum Failure: Error, Equatable, Sendable {
    /// Nothing stands out from the paper.
    case noInk
    /// Digits stand above each other where one line is to be read.
    case severalLines
  }

  /// One, or those of a number from left to right.
  public let digits: [Digit]
  /// Whether the ink was found to be darker than its paper.
  public let isDarkInk: Bool
  /// Greys that ink differs from its paper by, at least.
  public let contrast: Int
  /// Parts of the ink that belong to no digit.
  public let droppedParts: Int

  /// The longer side that ink is looked for at: larger pictures are reduced to it, by area.
  static let workingSide = 640

  /// Makes a picture of one digit ready.
  ///
  /// - Parameter shape: rows and columns of the network's input.
  public init(digitOf picture: GreyPicture, shape: Dataset.ImageShape) throws(Failure) {
    try self.init(picture, shape: shape, side: Self.workingSide) { (parts, _) throws(Failure) in
      guard let largest = parts.max(by: { $0.pixels.count < $1.pixels.count }) else { return [] }
      return [joined(to: largest, from: parts)]
    }
  }

  init(
    _ picture: GreyPicture, shape: Dataset.ImageShape, side: Int,
    digits choose: ([InkPart], Ink) throws(Failure) -> [InkPart]
  ) throws(Failure) {
    let longest = max(picture.rows, picture.columns)
    let scale = max(1, Double(longest) / Double(side))
    let small = picture.averaged(
      to: Dataset.ImageShape(
        rows: max(1, Int(Double(picture.rows) / scale)), columns: max(1, Int(Double(picture.columns) / scale))
      ))
    guard let ink = Ink(of: small) else { throw .noInk }
    let all = ink.parts()
    let chosen = try choose(ink.largeParts(of: all), ink)
    if chosen.isEmpty { throw .noInk }
    isDarkInk = ink.isDark
    contrast = ink.contrast
    droppedParts = max(0, all.count - chosen.reduce(0) { $0 + $1.pieces })
    digits = chosen.map { Digit($0, of: ink, shape: shape, scale: scale) }
  }
}

extension PreparedPicture.Digit {
  fileprivate init(_ part: InkPart, of ink: Ink, shape: Dataset.ImageShape, scale: Double) {
    let side = max(1, min(shape.rows, shape.columns) * 5 / 7)
    var digit = DigitInk(part, of: ink)
    digit.adjustWidth(side: side)
    let longest = Double(max(digit.rows, digit.columns))
    let inkShape = Dataset.ImageShape(
      rows: max(1, Int((Double(digit.rows * side) / longest).rounded())),
      columns: max(1, Int((Double(digit.columns * side) / longest).rounded())))
    let means = areaMeans(
      of: digit.rows, digit.columns, at: { Double(digit.strength[$0]) }, to: inkShape.rows, inkShape.columns)
    var (mass, massDown, massAcross) = (0.0, 0.0, 0.0)
    for (index, value) in means.enumerated() {
      mass += value
      massDown += value * (Double(index / inkShape.columns) + 0.5)
      massAcross += value * (Double(index % inkShape.columns) + 0.5)
    }
    func start(_ length: Int, _ inked: Int, _ moment: Double) -> Int {
      let wanted = Double(length) / 2 - (mass > 0 ? moment / mass : Double(inked) / 2)
      return min(max(Int(wanted.rounded()), 0), length - inked)
    }
    let top = start(shape.rows, inkShape.rows, massDown)
    let left = start(shape.columns, inkShape.columns, massAcross)
    var pixels = [UInt8](repeating: 0, count: shape.rows * shape.columns)
    for (index, value) in means.enumerated() {
      let (row, column) = (top + index / inkShape.columns, left + index % inkShape.columns)
      pixels[row * shape.columns + column] = UInt8(min(max((value * 255).rounded(), 0), 255))
    }
    func full(_ length: Int) -> Int { Int((Double(length) * scale).rounded()) }
    self.init(
      pixels: pixels, shape: shape,
      box: PictureBox(
        top: full(part.box.top), left: full(part.box.left), rows: full(part.box.rows),
        columns: full(part.box.columns)), inkShape: inkShape)
  }
}

/// Returns a part with all that lie near it, and near those.
private func joined(to first: InkPart, from parts: [InkPart]) -> InkPart {
  var (whole, rest) = (first, parts.filter { $0.box != first.box })
  // Pieces of a broken stroke: specks are smaller, and lie anywhere.
  let reach = first.box.longest / 4
  while let next = rest.firstIndex(where: { $0.box.gap(to: whole.box) <= reach }) {
    whole = whole.joined(with: rest.remove(at: next))
  }
  return whole
}
