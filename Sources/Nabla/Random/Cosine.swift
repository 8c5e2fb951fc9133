/// Returns cos(πx) for x in [0, 1] from +, x and - alone, so that it has the same bits on every machine.
///
/// cos πx = -cos π(1-x) folds x to [0, 1/2], and cos πx = sin π(1/2 - x) to arguments of at most π/4, where the
/// Taylor series need ten terms. Within 1e-14 of the system's cosine (`ScheduleTests`).
package func cosineOfPi(times x: Double) -> Double {
  if x > 0.5 { return -cosineOfPi(times: 1 - x) }
  if x > 0.25 {
    let z = Double.pi * (0.5 - x)
    return z * series(z * z, from: 21)
  }
  let z = Double.pi * x
  return series(z * z, from: 20)
}

/// 1 - z²/(n(n-1)) (1 - ...) ...: the Taylor series of cosine for an even last power, of sin z / z for an odd one.
private func series(_ zSquared: Double, from lastPower: Int) -> Double {
  var sum = 1.0
  for power in stride(from: lastPower, to: 1, by: -2) {
    sum = 1 - zSquared / Double(power * (power - 1)) * sum
  }
  return sum
}
