import Nabla
import NablaFormats

/// The most confident errors of a network on pictures, as one picture: each with what it is and what is read.
struct ErrorPicture {
  /// What the pictures are of: "validation", "test" or "training".
  let set: String
  let picture: ColourPicture

  /// Pictures beside each other, and rows of them.
  private static let grid = (rows: 4, columns: 8)
  /// Samples that are looked at, so that a large set costs no more than one of MNIST's.
  private static let mostSamples = 10_000

  /// - Parameter measuresTest: whether the test set may be looked at; without a validation set and it, the training
  ///   samples are.
  /// - Returns: nil where there are no errors, or no pictures.
  init?(of network: Network, _ sets: TrainingSets, measuresTest: Bool) {
    let (name, all) =
      sets.validation.map { ("validation", $0) }
      ?? (measuresTest ? ("test", sets.test) : ("training", sets.training))
    guard !all.isTable else { return nil }
    let data = all[0..<min(all.count, Self.mostSamples)]
    guard let outputs = try? network.outputs(of: data) else { return nil }
    let errors = ConfidentMistake.surest(
      Self.grid.rows * Self.grid.columns, outputs: outputs,
      labels: (0..<data.count).map { UInt16(data.label(at: $0)) }, classCount: network.topology.outputSize)
    guard !errors.isEmpty else { return nil }
    set = name
    picture = Self.drawn(errors, from: data)
  }

  private static let right = ColourPicture.Colour(90, 210, 120)
  private static let wrong = ColourPicture.Colour(255, 110, 100)
  private static let quiet = ColourPicture.Colour(grey: 130)
  private static let paper = ColourPicture.Colour(grey: 24)

  private static func drawn(_ errors: [ConfidentMistake], from data: Dataset) -> ColourPicture {
    let shape = data.imageShape
    // Small pictures are enlarged, so that the words below them fit and can be read.
    let scale = max(1, (56 + max(shape.columns, 1) - 1) / max(shape.columns, 1))
    let (margin, letter) = (6, 2)
    let captionHeight = PixelFont.rows * letter + 8
    let cell = (
      rows: shape.rows * scale + captionHeight + margin, columns: shape.columns * scale + margin
    )
    let columns = min(grid.columns, errors.count)
    let rows = (errors.count + columns - 1) / columns
    var picture = ColourPicture(
      rows: rows * cell.rows + margin, columns: columns * cell.columns + margin, paper)
    for (place, error) in errors.enumerated() {
      let (top, left) = (
        place / columns * cell.rows + margin, place % columns * cell.columns + margin
      )
      for (pixel, value) in data.image(at: error.index).enumerated() {
        picture.fill(
          top + pixel / shape.columns * scale, left + pixel % shape.columns * scale, size: scale,
          .init(grey: value))
      }
      var at = (row: top + shape.rows * scale + 4, column: left)
      for (text, colour) in [
        ("\(error.actual)", right), (">", quiet), ("\(error.predicted)", wrong),
      ] {
        at.column = PixelFont.draw(text, at: at, scale: letter, colour, in: &picture)
      }
    }
    return picture
  }
}

/// Digits of 3 x 5 pixels, for captions inside pictures.
enum PixelFont {
  static let rows = 5
  private static let columns = 3
  /// Three bits a row, the first row highest.
  private static let glyphs: [Character: Int] = [
    "0": 0b111_101_101_101_111, "1": 0b010_110_010_010_111, "2": 0b111_001_111_100_111,
    "3": 0b111_001_111_001_111, "4": 0b101_101_111_001_001, "5": 0b111_100_111_001_111,
    "6": 0b111_100_111_101_111, "7": 0b111_001_010_010_010, "8": 0b111_101_111_101_111,
    "9": 0b111_101_111_001_111, ">": 0b100_010_001_010_100,
  ]

  /// Draws `text`, and returns the column behind it.
  static func draw(
    _ text: String, at place: (row: Int, column: Int), scale: Int, _ colour: ColourPicture.Colour,
    in picture: inout ColourPicture
  ) -> Int {
    var column = place.column
    for character in text {
      let bits = glyphs[character] ?? 0
      for bit in 0..<rows * columns where bits >> (rows * columns - 1 - bit) & 1 == 1 {
        picture.fill(
          place.row + bit / columns * scale, column + bit % columns * scale, size: scale, colour)
      }
      column += (columns + 1) * scale
    }
    return column
  }
}
