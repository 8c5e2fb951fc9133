/// Returns the area under the curve of true against false positives: the share of pairs of a positive and a negative
/// in which the positive has the higher score, equal scores counting half. Nil where one of the lists is empty.
///
/// Exact but for the last division: pairs are counted in integers. Fawcett 2006, "An introduction to ROC analysis".
///
/// - Precondition: no score is NaN.
/// - Complexity: O(n log n).
func areaUnderROC(positives: [Double], negatives: [Double]) -> Double? {
  guard !positives.isEmpty, !negatives.isEmpty else { return nil }
  let (positives, negatives) = (positives.sorted(), negatives.sorted())
  // Negatives below a positive, and those not above it: both only grow along the sorted positives.
  var (below, notAbove) = (0, 0)
  var halfPairs = 0
  for score in positives {
    while below < negatives.count, negatives[below] < score { below += 1 }
    notAbove = max(notAbove, below)
    while notAbove < negatives.count, negatives[notAbove] <= score { notAbove += 1 }
    halfPairs += below + notAbove
  }
  return Double(halfPairs) / (2 * Double(positives.count) * Double(negatives.count))
}
