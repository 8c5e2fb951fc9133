import NablaFormats

/// Shows a download: one bar a file, and a line for each mirror that was given up for another.
final class DownloadBars {
  private let quiet: Bool
  private var file = ""
  private var bar: ProgressBar?
  /// Told once another mirror is tried; the last mirror's failure is in the error that ends the command.
  private var failure: String?
  /// The file that another process is downloading, once that is said.
  private var awaited: String?

  init(quiet: Bool) { self.quiet = quiet }

  func show(_ progress: MNISTDownload.Progress) {
    guard !quiet else { return }
    if let failure {
      finish()
      Console.message(failure)
      self.failure = nil
    }
    if let reason = progress.failure {
      failure = "\(progress.address): \(reason); trying another mirror"
      return
    }
    if progress.isWaiting {
      if awaited != progress.file {
        Console.message("\(progress.file): another process is downloading it; waiting for that")
      }
      awaited = progress.file
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
