import ArgumentParser

/// The options of `nabla train` about logs of the run, and what it is measured by.
struct LogOptions: ParsableArguments {
  @Option(
    name: .customLong("log"),
    help: ArgumentHelp(
      """
      Log each epoch: as a line of JSON, as a row of CSV, or for TensorBoard, with histograms of the parameters and \
      pictures of errors. May be given several times. A run that goes on continues its logs.
      """, valueName: "file.jsonl|file.csv|tensorboard:dir"),
    completion: .file(), transform: LogTarget.init(typed:))
  var logs: [LogTarget] = []

  @Option(
    help: ArgumentHelp(
      """
      Measure where the time goes, by phase, layer and thread: show a table at the end, and write a trace that \
      ui.perfetto.dev and chrome://tracing open. Of a job of several ranks only with --ranks 1.
      """, valueName: "file.json"),
    completion: .file())
  var profile: String?
}
