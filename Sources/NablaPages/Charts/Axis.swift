/// What one direction of a chart measures, and how.
package struct Axis: Sendable {
  /// How numbers become distances.
  package enum Scale: Sendable {
    case linear
    /// Equal distances for equal factors. Numbers that are not above 0 have no place and are left out.
    case logarithmic
  }

  /// How its numbers are written.
  package enum Format: Sendable {
    case plain
    /// 0.95 as 95%.
    case percent
  }

  /// What is measured, in a word or two.
  package var label: String
  package var scale: Scale
  package var format: Format
  /// The numbers at its ends; nil takes round ones around the data.
  package var range: ClosedRange<Double>?
  /// Whether only whole numbers are marked, such as epochs.
  package var isWhole: Bool
  /// About how many numbers are marked.
  package var tickCount: Int

  package init(
    _ label: String = "", scale: Scale = .linear, format: Format = .plain, range: ClosedRange<Double>? = nil,
    isWhole: Bool = false, tickCount: Int = 5
  ) {
    self.label = label
    self.scale = scale
    self.format = format
    self.range = range
    self.isWhole = isWhole
    self.tickCount = tickCount
  }
}

/// A mark on an axis.
package struct Tick: Hashable, Sendable {
  package let value: Double
  package let text: String
}

/// An axis with its ends and marks, once the data are known.
package struct FittedAxis: Sendable {
  package let axis: Axis
  /// The numbers at the two ends, in order.
  package let lower, upper: Double
  package let ticks: [Tick]

  /// Fits the axis to the data: round numbers at its ends unless it has a range of its own.
  package init(_ axis: Axis, fitting values: some Sequence<Double>) {
    var (least, largest) = (Double.infinity, -Double.infinity)
    for value in values where Self.hasPlace(value, on: axis) {
      least = min(least, value)
      largest = max(largest, value)
    }
    let isEmpty = least > largest
    switch axis.scale {
    case .linear:
      let data = isEmpty ? 0...1 : least...largest
      self.init(axis, linear: axis.range ?? data, isExtended: axis.range == nil)
    case .logarithmic:
      let data = isEmpty ? 1...10 : least...largest
      self.init(axis, logarithmic: axis.range.flatMap { $0.lowerBound > 0 ? $0 : nil } ?? data)
    }
  }

  /// Whether a number can be drawn: finite, and above 0 where distances are factors. What is too large for differences
  /// to be finite is left out too.
  static func hasPlace(_ value: Double, on axis: Axis) -> Bool {
    value.isFinite && value.magnitude < 1e300
      && (axis.scale == .linear || value > 1e-300)
  }

  /// Whether a number can be drawn on this axis.
  package func hasPlace(_ value: Double) -> Bool { Self.hasPlace(value, on: axis) }

  /// Where a number lies: 0 at the lower end, 1 at the upper.
  package func share(of value: Double) -> Double {
    switch axis.scale {
    case .linear: (value - lower) / (upper - lower)
    case .logarithmic:
      (decimalLogarithm(value) - decimalLogarithm(lower))
        / (decimalLogarithm(upper) - decimalLogarithm(lower))
    }
  }

  private init(_ axis: Axis, linear range: ClosedRange<Double>, isExtended: Bool) {
    self.axis = axis
    var (lower, upper) = (range.lowerBound, range.upperBound)
    // Equal numbers, and those that differ by rounding only, get room around them.
    let magnitude = max(lower.magnitude, upper.magnitude)
    if upper - lower <= max(magnitude * 1e-9, 1e-280) {
      let half = axis.isWhole || magnitude < 1e-280 ? 1 : magnitude * 0.1
      (lower, upper) = (lower - half, upper + half)
    }
    let step = RoundStep(of: upper - lower, count: axis.tickCount, isWhole: axis.isWhole)
    if isExtended, !axis.isWhole {
      lower = step.multiple(step.index(notAbove: lower))
      upper = step.multiple(step.index(notBelow: upper))
    }
    (self.lower, self.upper) = (lower, upper)
    let (first, last) = (step.index(notBelow: lower), step.index(notAbove: upper))
    ticks =
      first > last
      ? []
      : (first...last).map { Tick(value: step.multiple($0), text: step.text($0, axis.format)) }
  }

  private init(_ axis: Axis, logarithmic range: ClosedRange<Double>) {
    self.axis = axis
    // 1, 2 and 5 of each power of ten; over many powers these alone, or every second, third, ... of them.
    let first = decimalExponent(of: range.lowerBound)
    let top = decimalExponent(of: range.upperBound)
    let last = max(powerOfTen(top) < range.upperBound ? top + 1 : top, first + 1)
    let decades = last - first
    let mantissas = decades <= 2 ? [1, 2, 5] : [1]
    let every = max(1, (decades + 6) / 7)
    var marks: [Tick] = []
    for exponent in first...last where (exponent - first).isMultiple(of: every) {
      for mantissa in mantissas {
        let step = RoundStep(mantissa: mantissa, exponent: exponent)
        marks.append(Tick(value: step.multiple(1), text: step.text(1, axis.format)))
      }
    }
    var (lower, upper) = (range.lowerBound, range.upperBound)
    if axis.range == nil {
      lower = marks.last { $0.value <= lower }?.value ?? lower
      upper = marks.first { $0.value >= upper && $0.value > lower }?.value ?? powerOfTen(last)
    }
    if lower == upper { (lower, upper) = (lower / 2, upper * 2) }
    (self.lower, self.upper) = (lower, upper)
    ticks = marks.filter { lower...upper ~= $0.value }
  }
}

/// A round distance between marks: 1, 2 or 5 times a power of ten.
private struct RoundStep {
  let mantissa: Int
  let exponent: Int

  init(mantissa: Int, exponent: Int) {
    (self.mantissa, self.exponent) = (mantissa, exponent)
  }

  /// The smallest one that divides `width` into at most `count` parts.
  init(of width: Double, count: Int, isWhole: Bool) {
    let least = max(width / Double(max(count, 1)), isWhole ? 1 : 1e-290)
    var exponent = decimalExponent(of: least)
    // A hair below, so that 0.1 + 0.2 is no reason for the next larger step.
    let mantissa = [1, 2, 5].first { Double($0) * powerOfTen(exponent) >= least * (1 - 1e-9) }
    if mantissa == nil { exponent += 1 }
    self.init(mantissa: mantissa ?? 1, exponent: exponent)
  }

  /// Its length.
  private var length: Double { Double(mantissa) * powerOfTen(exponent) }

  func multiple(_ index: Int) -> Double {
    exponent < 0
      ? Double(index * mantissa) / powerOfTen(-exponent) : Double(index * mantissa) * powerOfTen(exponent)
  }

  /// The number of the last multiple that is not above `value`, rounding errors aside.
  func index(notAbove value: Double) -> Int { bounded((value / length + 1e-9).rounded(.down)) }

  func index(notBelow value: Double) -> Int { bounded((value / length - 1e-9).rounded(.up)) }

  /// A range of a few numbers far from 0 has indices that no Int holds.
  private func bounded(_ index: Double) -> Int { Int(max(-1e15, min(1e15, index))) }

  /// A multiple in digits: no more after the point than the step has.
  func text(_ index: Int, _ format: Axis.Format) -> String {
    switch format {
    case .percent: decimals(index, exponent: exponent + 2) + "%"
    case .plain: decimals(index, exponent: exponent)
    }
  }

  private func decimals(_ index: Int, exponent: Int) -> String {
    let whole = index * mantissa
    if whole == 0 { return "0" }
    guard -6...5 ~= exponent else {
      return "\(whole)e\(exponent)"
    }
    if exponent < 0 { return decimalText(whole, digits: -exponent) }
    return (whole * (0..<exponent).reduce(1) { power, _ in power * 10 }).grouped
  }
}
