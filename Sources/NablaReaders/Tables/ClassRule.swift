import Nabla

/// When whole numbers are classes if nothing else says so: one rule for text and arrays.
enum ClassRule {
  /// 16,777,216: from it on, neighbouring whole numbers may be the same Float.
  static let firstInexact: Float = 0x1p24

  /// Returns the most different numbers that are classes of `count` samples: 20 or √n, and two samples of each on
  /// average.
  static func most(among count: Int) -> Int {
    min(max(20, Int(Double(count).squareRoot())), count / 2, Dataset.mostClasses)
  }
}
