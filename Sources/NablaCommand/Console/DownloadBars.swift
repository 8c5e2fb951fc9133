import NablaFormats

/// Shows a download: one bar a file, and a line for each mirror that did not serve.
final class DownloadBars {
  private let quiet: Bool
  private var file = ""
  private var bar: ProgressBar?

  init(quiet: Bool) { self.quiet = quiet }

  func show(_ progress: MNISTDownload.Progress) {
    guard !quiet else { return }
    if let failure = progress.failure {
      finish()
      Console.message("\(progress.address): \(failure); trying the next mirror")
      return
    }
    if progress.file != file {
      finish()
      file = progress.file
      bar = ProgressBar(file, unit: "kB", enabled: true)
    }
    if let total = progress.totalBytes { bar?.update(done: progress.bytes / 1000, total: total / 1000) }
  }

  /// Wipes what was drawn.
  func finish() {
    bar?.finish()
    bar = nil
    file = ""
  }
}
