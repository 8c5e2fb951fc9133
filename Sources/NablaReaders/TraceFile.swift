import Nabla

/// A profile as a trace in JSON that Perfetto (ui.perfetto.dev) and chrome://tracing open.
///
/// Complete events ("X") with a start and a duration in microseconds, on a track each for the run and every thread: an
/// epoch holds what was done in it, a mini-batch its phases. Source: "Trace Event Format", Google, JSON Object Format.
package struct TraceFile {
  /// What `otherData` tells: names and texts, in order.
  package var facts: [(name: String, value: String)]
  /// JSON of the sums.
  package var sums: String

  package init(facts: [(name: String, value: String)], sums: String) {
    (self.facts, self.sums) = (facts, sums)
  }

  /// The file's bytes, less than 20 MB.
  package func bytes(of profile: TrainingProfile) -> [UInt8] {
    var out = Lines()
    out.add("{\"displayTimeUnit\":\"ms\",\"otherData\":{")
    out.add(facts.map { "\($0.name.jsonQuoted):\($0.value.jsonQuoted)" }.joined(separator: ","))
    out.add("},\"nabla\":\(sums),\"traceEvents\":[\n")
    out.add(
      "{\"ph\":\"M\",\"pid\":1,\"tid\":0,\"name\":\"process_name\",\"args\":{\"name\":\"nabla train\"}}")
    for track in 0...profile.members {
      let name = track == 0 ? "run" : "thread \(track)"
      out.add(
        ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":\(track),\"name\":\"thread_name\",\"args\":{\"name\":\"\(name)\"}}"
      )
      out.add(
        ",\n{\"ph\":\"M\",\"pid\":1,\"tid\":\(track),\"name\":\"thread_sort_index\",\"args\":{\"sort_index\":\(track)}}"
      )
    }
    addRun(profile, to: &out)
    for member in 0..<profile.members {
      for stretch in profile.stretches(of: member) {
        let place = (stretch.start - profile.start, stretch.nanoseconds)
        guard let phase = stretch.phase else {
          out.add("mini-batch", track: member + 1, place, "\"number\":", stretch.miniBatch)
          continue
        }
        out.add(phase.name, track: member + 1, place, "\"layer\":", phase.hasLayers ? stretch.layer : nil)
      }
    }
    out.add("\n]}\n")
    return out.bytes
  }

  /// The epochs, and what they hold.
  private func addRun(_ profile: TrainingProfile, to out: inout Lines) {
    var stretches = profile.runStretches[...]
    while let first = stretches.first {
      let epoch = stretches.prefix { $0.epoch == first.epoch }
      stretches = stretches.dropFirst(epoch.count)
      let end = epoch.reduce(first.start) { max($0, $1.start + $1.nanoseconds) }
      out.add("epoch", track: 0, (first.start - profile.start, end - first.start), "\"number\":", first.epoch)
      for stretch in epoch {
        out.add(
          stretch.phase.rawValue, track: 0, (stretch.start - profile.start, stretch.nanoseconds),
          "\"epoch\":",
          stretch.epoch)
      }
    }
  }
}

extension TrainingPhase {
  package var name: String {
    switch self {
    case .input: "input"
    case .feedforward: "feedforward"
    case .outputError: "output error"
    case .backpropagate: "backpropagate"
    case .descend: "descend"
    case .bookkeeping: "bookkeeping"
    case .barrier: "waiting"
    }
  }

  /// Whether it is measured layer by layer.
  package var hasLayers: Bool {
    switch self {
    case .feedforward, .backpropagate, .descend: true
    case .input, .outputError, .bookkeeping, .barrier: false
    }
  }
}

/// Text that grows.
private struct Lines {
  var bytes: [UInt8] = []

  mutating func add(_ text: String) { bytes += text.utf8 }

  /// An event; without a number it has no arguments.
  mutating func add(
    _ name: String, track: Int, _ place: (start: UInt64, nanoseconds: UInt64), _ key: String, _ number: Int?
  ) {
    add(",\n{\"ph\":\"X\",\"pid\":1,\"tid\":\(track),\"name\":\"\(name)\",\"ts\":")
    addMicroseconds(place.start)
    add(",\"dur\":")
    addMicroseconds(place.nanoseconds)
    add(number.map { ",\"args\":{\(key)\($0)}}" } ?? "}")
  }

  /// Three digits after the point: no time is lost, so that what nests in nanoseconds nests in the file.
  private mutating func addMicroseconds(_ nanoseconds: UInt64) {
    let rest = nanoseconds % 1000
    add("\(nanoseconds / 1000).\(rest < 100 ? "0" : "")\(rest < 10 ? "0" : "")\(rest)")
  }
}
