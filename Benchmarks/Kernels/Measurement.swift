import Benchmark
import Peaks

/// What one call of a kernel does, and so which peak it is held against.
enum Work {
  /// Held against a loop of multiply-adds in registers.
  case multiplyAdds(Int)
  /// Bytes read and written; held against copying half as many, which reads and writes the same number.
  case copied(Int)
  /// Bytes read from an array of `size` bytes, over and over; held against doing nothing else with it.
  case loaded(Int, size: Int)
  /// Bytes read and written in an array of `size` bytes; held against one multiplication of each float.
  case changed(Int, size: Int)
}

/// A kernel with its operands in place.
struct PreparedKernel {
  let call: () -> Void

  init(_ call: @escaping () -> Void) { self.call = call }
}

/// Registers a benchmark of one kernel; the operands `prepare` makes exist only while it runs.
///
/// A sample is some milliseconds of the kernel right after as many of its peak: a percentage compares
/// neighbours in time, and holds on a machine whose clock changes.
func register(_ name: String, _ work: Work, prepare: @escaping () -> PreparedKernel) {
  let rate = work.rate
  // `baseline check` fails when the median changed by more than these percent.
  let tolerance = BenchmarkThresholds(relative: [.p50: 10])
  let configuration = Benchmark.Configuration(
    metrics: [rate, percentOfPeak], warmupIterations: 3, maxDuration: .seconds(1),
    thresholds: [rate: tolerance, percentOfPeak: tolerance])
  Benchmark(name, configuration: configuration) { (benchmark, loops: PairedLoops) in
    let peak = loops.peak.perSecond()
    let kernel = loops.kernel.perSecond()
    benchmark.measurement(rate, Int(kernel))
    benchmark.measurement(percentOfPeak, Int((100 * kernel / peak).rounded()))
  } setup: {
    let prepared = prepare()
    let kernel = TimedLoop { calls in
      for _ in 0..<calls { prepared.call() }
      return work.amount * Double(calls)
    }
    return PairedLoops(peak: work.peak(), kernel: kernel)
  }
}

private let percentOfPeak = BenchmarkMetric.custom(
  "% of peak", polarity: .prefersLarger, useScalingFactor: false)

extension Work {
  fileprivate var rate: BenchmarkMetric {
    switch self {
    case .multiplyAdds: .custom("FLOP/s", polarity: .prefersLarger, useScalingFactor: false)
    case .copied, .loaded, .changed: .custom("B/s", polarity: .prefersLarger, useScalingFactor: false)
    }
  }

  /// Operations or bytes of one call.
  fileprivate var amount: Double {
    switch self {
    case .multiplyAdds(let count): 2 * Double(count)
    case .copied(let count), .loaded(let count, _), .changed(let count, _): Double(count)
    }
  }

  fileprivate func peak() -> TimedLoop {
    switch self {
    case .multiplyAdds:
      return TimedLoop { rounds in peaks_multiply_add(rounds) }
    case .copied(let count):
      let (from, to) = (Floats(count: count / 8), Floats(count: count / 8))
      return TimedLoop { rounds in peaks_copy(to.pointer, from.pointer, count / 2, rounds) }
    case .loaded(_, let size):
      let array = Floats(count: size / 4)
      return TimedLoop { rounds in peaks_load(array.pointer, size, rounds) }
    case .changed(_, let size):
      let array = Floats(count: size / 4)
      return TimedLoop { rounds in peaks_change(array.pointer, size, rounds) }
    }
  }
}

/// What a sample runs, one after the other.
private struct PairedLoops {
  let peak: TimedLoop
  let kernel: TimedLoop
}

/// A loop repeated often enough to be timed.
private struct TimedLoop {
  private let run: (_ rounds: Int) -> Double
  private var rounds = 1

  /// - Parameter run: does the work `rounds` times and returns how much that was.
  init(_ run: @escaping (_ rounds: Int) -> Double) {
    self.run = run
    while time().duration < .milliseconds(2) { rounds *= 2 }
  }

  /// Runs the loop once and returns its work in a second.
  func perSecond() -> Double {
    let (amount, duration) = time()
    return amount / (duration / .seconds(1))
  }

  private func time() -> (amount: Double, duration: Duration) {
    var amount = 0.0
    let duration = ContinuousClock().measure { amount = run(rounds) }
    return (amount, duration)
  }
}
