import Nabla
import Testing

/// Pictures of strokes are made as the training pictures are.
@Suite struct StrokesTests {
  private typealias Strokes = [[(x: Float, y: Float)]]

  private func box(_ picture: [UInt8]) -> (rows: ClosedRange<Int>, columns: ClosedRange<Int>)? {
    let lit = picture.indices.filter { picture[$0] > 40 }
    guard let top = lit.map({ $0 / 28 }).min(), let bottom = lit.map({ $0 / 28 }).max(),
      let left = lit.map({ $0 % 28 }).min(), let right = lit.map({ $0 % 28 }).max()
    else { return nil }
    return (top...bottom, left...right)
  }

  @Test func aLineFillsTwentyRowsAndIsCentred() throws {
    let picture = SyntheticDigits.picture(of: [[(0.5, 0.1), (0.5, 0.9)]])
    let found = try #require(box(picture))
    #expect(found.rows == 4...23)
    #expect(found.columns == 13...14 || found.columns == 12...15)
  }

  /// Where it stands and how large it is changes nothing: only what is seen matters.
  @Test func placeAndSizeDoNotMatter() {
    let three: Strokes = [[(0.3, 0.2), (0.6, 0.2), (0.45, 0.45), (0.6, 0.7), (0.3, 0.8)]]
    let small = three.map { $0.map { (x: 0.5 * $0.x + 0.25, y: 0.5 * $0.y) } }
    let pictures = [three, small].map { SyntheticDigits.picture(of: $0) }
    #expect(zip(pictures[0], pictures[1]).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
  }

  @Test func theMassIsInTheMiddle() {
    // An L: the middle of its box is not the middle of its ink.
    let picture = SyntheticDigits.picture(of: [[(0.2, 0.1), (0.2, 0.9), (0.7, 0.9)]])
    let mass = picture.reduce(0) { $0 + Int($1) }
    let x = picture.indices.reduce(0) { $0 + Int(picture[$1]) * ($1 % 28) }
    let y = picture.indices.reduce(0) { $0 + Int(picture[$1]) * ($1 / 28) }
    #expect(abs(Double(x) / Double(mass) - 13.5) <= 0.5)
    #expect(abs(Double(y) / Double(mass) - 13.5) <= 0.5)
  }

  @Test func nothingIsEmptyAndADotStaysSmall() throws {
    #expect(SyntheticDigits.picture(of: []).allSatisfy { $0 == 0 })
    #expect(SyntheticDigits.picture(of: [[]]).allSatisfy { $0 == 0 })
    let dot = try #require(box(SyntheticDigits.picture(of: [[(0.5, 0.5)]])))
    #expect(dot.rows.count <= 4)
    #expect(dot.columns.count <= 4)
    // Far beyond the sheet, and many points: no trap.
    _ = SyntheticDigits.picture(of: [
      [(-8, -8), (8, 8)], (0..<5000).map { (x: Float($0 % 7), y: Float($0 % 11)) },
    ])
  }
}
