import Nabla

/// How raw numbers become a network's inputs, input by input, for formats that know vectors alone:
/// x = (number - offset) * factor, `fill` in place of a missing number. An input of a category's word is 1 or 0 already.
struct InputScaling: Equatable {
  /// The column, and for a category its word.
  var names: [String] = []
  var fill: [Float] = []
  var offset: [Float] = []
  var factor: [Float] = []

  init(_ features: FeatureEncoding) {
    for (column, numbers) in zip(features.columns, features.numbers) {
      switch column.kind {
      case .number:
        names.append(column.name)
        fill.append(numbers.fill)
        offset.append(numbers.offset)
        factor.append(numbers.factor)
      case .category(let words):
        for (place, word) in words.enumerated() {
          names.append("\(column.name) = \(word)")
          fill.append(place == Int(numbers.fill) ? 1 : 0)
          offset.append(0)
          factor.append(1)
        }
      }
    }
  }

  /// Whether every number is taken as it is, unless it is missing.
  var isIdentity: Bool { offset.allSatisfy { $0 == 0 } && factor.allSatisfy { $0 == 1 } }
}
