import ArgumentParser

/// When the test set is measured.
enum TestTime: String, CaseIterable {
  /// After each epoch, beside the training cost.
  case epoch
  /// Once, when training has ended, on the network that is kept: what is chosen on the way cannot be chosen by it.
  case end
}

/// The option of `nabla train` about the test set.
struct TestOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      When the test set is measured: after each epoch, or once at the end, on the network that is kept. (default: \
      epoch; end with the presets of papers and our own)
      """, valueName: TestTime.allCases.words),
    completion: .list(TestTime.allCases.map(\.rawValue)),
    transform: OptionValue.choice(TestTime.allCases))
  var testAt: TestTime?
}
