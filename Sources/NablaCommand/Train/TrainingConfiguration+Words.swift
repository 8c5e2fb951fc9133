import Nabla

extension TrainingConfiguration {
  /// Cost, η and mini-batch, and whatever is not the default.
  var inWords: [String] {
    var words = ["\(usedCost.rawValue) cost", "η = \(learningRate ?? 0)", "mini-batches of \(miniBatchSize)"]
    if l2 > 0 { words.append("λ = \(l2)") }
    if l1 > 0 { words.append("L1 λ = \(l1)") }
    switch rule {
    case .sgd: break
    case .momentum(let mu), .nesterov(let mu): words.append("\(rule.name) μ = \(mu)")
    case .adam, .adamw: words.append(rule.name)
    }
    if let decay = rule.weightDecay { words.append("weight decay \(decay)") }
    if !dropout.isEmpty { words.append("dropout \(dropout.map { "\($0)" }.joined(separator: ", "))") }
    if !augmentation.isNone { words.append("augmentation \(augmentation)") }
    if schedule != .constant { words.append("\(schedule) schedule") }
    if let patience { words.append("patience \(patience)") }
    return words
  }
}
