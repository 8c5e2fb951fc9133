/// How far the pictures of a training set are distorted at most, anew for each sample and epoch.
///
/// A distorted picture is scaled, then slanted, then turned about its centre, shifted and bent; each number is drawn
/// uniformly from its range. Sources: Simard, Steinkraus & Platt 2003 (the elastic field); Ciresan, Meier, Gambardella
/// & Schmidhuber 2010 (all of them).
public struct Augmentation: Hashable, Sendable {
  /// Pixels, of columns and of rows.
  public var shift: Float = 0
  /// Degrees, in both directions.
  public var rotation: Float = 0
  /// Percent, of width and of height, each by its own number.
  public var scale: Float = 0
  /// Degrees by which upright strokes lean.
  public var shear: Float = 0
  /// The elastic field: noise from -1 to 1 for each pixel, smoothed.
  public var elastic = Elastic()

  /// Noise from -1 to 1 for each pixel and direction, smoothed by a Gaussian of standard deviation `sigma` pixels, times
  /// `alpha`, is how many pixels away each pixel comes from.
  public struct Elastic: Hashable, Sendable {
    /// The standard deviation of the smoothing, in pixels.
    public var sigma: Float = 4
    /// What the smoothed noise is multiplied by; 0 leaves pictures as they are.
    public var alpha: Float = 0

    /// Creates a field; without arguments one that changes nothing.
    public init(sigma: Float = 4, alpha: Float = 0) { (self.sigma, self.alpha) = (sigma, alpha) }
  }

  /// Pictures as they are.
  public static let none = Augmentation()

  /// Creates one that distorts nothing, to be changed property by property.
  public init() {}

  /// True if no picture is changed.
  public var isNone: Bool { shift == 0 && rotation == 0 && scale == 0 && shear == 0 && elastic.alpha == 0 }
}

extension Augmentation: LosslessStringConvertible {
  /// What people type: the parts, in any order and each at most once, with commas between.
  public static let forms = [
    "shift:PIXELS", "rotate:DEGREES", "scale:PERCENT%", "shear:DEGREES", "elastic:SIGMA:ALPHA",
  ]

  /// "shift:2,rotate:12,scale:15%,shear:10,elastic:4:34", without the parts that are zero; or "none".
  public var description: String {
    if isNone { return "none" }
    var parts: [String] = []
    func add(_ name: String, _ value: Float, _ unit: String = "") {
      if value != 0 { parts.append("\(name):\(Self.text(value))\(unit)") }
    }
    add("shift", shift)
    add("rotate", rotation)
    add("scale", scale, "%")
    add("shear", shear)
    add("elastic:\(Self.text(elastic.sigma))", elastic.alpha)
    return parts.joined(separator: ",")
  }

  /// Whole numbers without a point.
  private static func text(_ value: Float) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// Reads what `description` writes; nil for anything else.
  public init?(_ text: String) {
    do {
      try self.init(parsing: text)
    } catch {
      return nil
    }
  }

  /// Reads what `description` writes.
  ///
  /// - Throws: `NablaError.invalidSetting` that names the part that is wrong.
  public init(parsing text: String) throws(NablaError) {
    self.init()
    if text == "none" { return }
    var named: Set<String> = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
      let words = part.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
      guard let part = Part(rawValue: words[0]) else {
        throw Self.error("none, or of \(Self.forms.joined(separator: ", ")), with commas between", text)
      }
      guard named.insert(words[0]).inserted else { throw Self.error("\(words[0]) once", text) }
      let numbers = words.dropFirst().map { Self.number($0, unit: part == .scale ? "%" : "") }
      guard numbers.count == (part == .elastic ? 2 : 1), let first = numbers[0],
        let last = numbers[numbers.count - 1]
      else { throw Self.error(part.form, words.joined(separator: ":")) }
      switch part {
      case .shift: shift = last
      case .rotate: rotation = last
      case .scale: scale = last
      case .shear: shear = last
      case .elastic: elastic = Elastic(sigma: first, alpha: last)
      }
    }
    try validate()
    if elastic.alpha == 0 { elastic = Elastic() }  // so that what is nothing is equal to it
  }

  private enum Part: String {
    case shift, rotate, scale, shear, elastic

    /// How it is typed, for an error.
    var form: String {
      switch self {
      case .shift: "shift:PIXELS, such as shift:2"
      case .rotate: "rotate:DEGREES, such as rotate:12"
      case .scale: "scale:PERCENT%, such as scale:15%"
      case .shear: "shear:DEGREES, such as shear:10"
      case .elastic: "elastic:SIGMA:ALPHA, such as elastic:4:34"
      }
    }
  }

  /// A number as people write it, its unit behind it: no hexadecimal, no "inf".
  private static func number(_ text: String, unit: String) -> Float? {
    guard text.hasSuffix(unit), text.count > unit.count else { return nil }
    let digits = String(text.dropLast(unit.count))
    return digits.allSatisfy("0123456789.eE+-".contains) ? Float(digits) : nil
  }

  private static func error(_ expected: String, _ found: String) -> NablaError {
    .invalidSetting(name: "augmentation", expected: expected, found: found)
  }

  /// Throws `NablaError.invalidSetting` for the first number out of range.
  func validate() throws(NablaError) {
    func check(_ isAllowed: Bool, _ expected: String, _ part: Part, _ found: Float) throws(NablaError) {
      guard isAllowed else { throw Self.error(expected, "\(part.rawValue):\(Self.text(found))") }
    }
    try check(shift >= 0 && shift <= 1000, "a shift of 0 to 1000 pixels", .shift, shift)
    try check(rotation >= 0 && rotation <= 180, "a rotation of 0 to 180 degrees", .rotate, rotation)
    try check(scale >= 0 && scale <= 90, "a scale of 0% to 90%", .scale, scale)
    try check(shear >= 0 && shear <= 80, "a shear of 0 to 80 degrees", .shear, shear)
    let (sigma, alpha) = (elastic.sigma, elastic.alpha)
    try check(sigma >= 0.1 && sigma <= 100, "a sigma of 0.1 to 100 pixels", .elastic, sigma)
    try check(alpha >= 0 && alpha <= 10_000, "an alpha of 0 to 10000", .elastic, alpha)
  }
}
