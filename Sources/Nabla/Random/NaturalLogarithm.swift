/// Returns ln x for x > 0 from +, x and / alone, so that it has the same bits on every machine.
///
/// x = m 2^e with m in [sqrt(1/2), sqrt(2)); ln m = 2 artanh((m - 1) / (m + 1)), a series in the square of
/// that quotient, which is below 0.0295, so 11 terms reach the precision of Double. Error below 2 ULP
/// (held by `NaturalLogarithmTests`). ln 0 = -inf; a negative or NaN argument gives NaN.
package func naturalLogarithm(_ x: Double) -> Double {
  guard x > 0 else { return x == 0 ? -.infinity : .nan }
  guard x < .infinity else { return x }
  var exponent = Double(x.exponent)
  var m = x.significand  // in [1, 2)
  if m > 1.4142135623730951 {
    m *= 0.5
    exponent += 1
  }
  let q = (m - 1) / (m + 1)
  let q2 = q * q
  var series = 1.0 / 23
  for denominator in stride(from: 21.0, through: 3, by: -2) { series = series * q2 + 1 / denominator }
  let logarithmOfM = 2 * (q + q * (q2 * series))
  // ln 2 in two parts: the first has trailing zeros, so that exponent * high is exact.
  return exponent * 0x1.62e42fee00000p-1 + (logarithmOfM + exponent * 0x1.a39ef35793c76p-33)
}
