import NablaServer

/// What `/metrics` tells a monitoring program, in Prometheus's text format.
struct ServerMetrics {
  private(set) var predictions = 0
  private(set) var seconds = 0.0
  /// Requests by the first limit that their seconds do not pass; the last is for the others.
  private var buckets = [Int](repeating: 0, count: limits.count + 1)

  private static let limits = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]

  /// Counts one request to `/predict`.
  mutating func add(predictions count: Int, seconds: Double) {
    predictions += count
    self.seconds += seconds
    buckets[Self.limits.firstIndex { seconds <= $0 } ?? Self.limits.count] += 1
  }

  /// - Parameter run: the training run that is shown, if there is one.
  func text(_ server: HTTPServer, _ model: ServedModel?, _ run: LiveRun.Content?) -> String {
    var lines: [String] = []
    func add(_ name: String, _ type: String, _ help: String, _ values: [(labels: String, value: String)]) {
      lines += ["# HELP nabla_\(name) \(help)", "# TYPE nabla_\(name) \(type)"]
      lines += values.map { "nabla_\(name)\($0.labels) \($0.value)" }
    }
    func number(_ value: Int) -> [(String, String)] { [("", "\(value)")] }
    add(
      "http_answers_total", "counter", "Answers by status.",
      server.counts.answers.sorted { $0.key < $1.key }.map { ("{status=\"\($0.key)\"}", "\($0.value)") })
    add("connections_total", "counter", "Connections accepted.", number(server.counts.connections))
    add(
      "connections_crowded_out_total", "counter", "Connections closed because there were too many.",
      number(server.counts.crowdedOut))
    add("connections", "gauge", "Connections at the moment.", number(server.openConnections))
    add("predictions_total", "counter", "Pictures and rows predicted for programs.", number(predictions))
    lines += [
      "# HELP nabla_predict_seconds Seconds from a whole request to its answer.",
      "# TYPE nabla_predict_seconds histogram",
    ]
    var sum = 0
    for (limit, count) in zip(Self.limits.map { "\($0)" } + ["+Inf"], buckets) {
      sum += count
      lines.append("nabla_predict_seconds_bucket{le=\"\(limit)\"} \(sum)")
    }
    lines += ["nabla_predict_seconds_sum \(seconds)", "nabla_predict_seconds_count \(sum)"]
    if let model {
      add(
        "model_parameters", "gauge", "Weights and biases of the model.",
        number(model.network.topology.parameterCount))
      add("lesson_steps", "gauge", "Steps of learning taken on the page.", number(model.lesson.steps))
    }
    if let run {
      add("run_epochs", "gauge", "Epochs done.", number(run.history.count))
      add("run_finished", "gauge", "1 once the run has ended.", number(run.summary == nil ? 0 : 1))
      if let last = run.history.last {
        add(
          "run_training_cost", "gauge", "Mean cost of the last epoch.", [("", "\(last.report.trainingCost)")])
        add(
          "run_samples_per_second", "gauge", "Training samples a second in the last epoch.",
          [("", "\(last.report.samplesPerSecond)")])
        if let measured = last.test ?? last.validation, measured.errors == nil {
          add(
            "run_accuracy", "gauge", "Share read right after the last epoch.", [("", "\(measured.accuracy)")])
        }
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }
}
