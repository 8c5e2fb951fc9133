import Nabla
import NablaCluster
import NablaReaders

extension TrialResult: SentBetweenRanks {
  func write(to wire: inout WireWriter) { wire.add(json.description) }

  init?(from wire: inout WireReader) {
    guard let text = wire.text() else { return nil }
    let read = try? Array(text.utf8).withUnsafeBytes { (bytes) throws(FileError) in
      try JSONReader.read(bytes, path: "", offset: 0)
    }
    guard let read, let result = TrialResult(read) else { return nil }
    self = result
  }
}

extension Evaluation: SentBetweenRanks {
  package func write(to wire: inout WireWriter) {
    wire.add([correct, total])
    wire.add(cost)
    wire.add(confusion.count)
    for row in confusion { wire.add(row) }
    wire.add(errors.map { [$0.rmse, $0.mae] } ?? [])
    wire.add(errors?.r2.map { [$0] } ?? [])
  }

  package init?(from wire: inout WireReader) {
    guard let counts = wire.values(Int.self), counts.count == 2, let cost = wire.value(Double.self),
      let rows = wire.value(Int.self)
    else { return nil }
    var confusion: [[Int]] = []
    for _ in 0..<rows {
      guard let row = wire.values(Int.self) else { return nil }
      confusion.append(row)
    }
    guard let errors = wire.values(Double.self), let r2 = wire.values(Double.self) else { return nil }
    self.init(
      correct: counts[0], total: counts[1], cost: cost, confusion: confusion,
      errors: errors.count == 2 ? Errors(rmse: errors[0], mae: errors[1], r2: r2.first) : nil)
  }
}

extension FoldResult: SentBetweenRanks {
  func write(to wire: inout WireWriter) {
    wire.add([fold, epoch])
    evaluation.write(to: &wire)
    wire.add(measures.count)
    for measure in measures {
      wire.add(measure.kind.rawValue)
      wire.add(measure.value)
    }
    wire.add(outputs)
  }

  init?(from wire: inout WireReader) {
    guard let numbers = wire.values(Int.self), numbers.count == 2, let evaluation = Evaluation(from: &wire),
      let count = wire.value(Int.self)
    else { return nil }
    var measures: [Measure] = []
    for _ in 0..<count {
      guard let kind = wire.text().flatMap(Measure.Kind.init), let value = wire.value(Double.self) else {
        return nil
      }
      measures.append(Measure(kind, value))
    }
    guard let outputs = wire.values(Float.self) else { return nil }
    self.init(
      fold: numbers[0], evaluation: evaluation, measures: measures, epoch: numbers[1], outputs: outputs)
  }
}
