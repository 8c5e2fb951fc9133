import Foundation
import Testing

/// What is installed beside the program and made of its help.
@Suite struct InstalledFilesTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  @Test("every subcommand has a manual page with all its options, and no line of help is taken as roff")
  func manualPages() throws {
    let script = MarkdownPage.repository.appendingPathComponent("Documentation/ManualPages.swift")
    let run = try NablaProcess.start(
      ["swift", script.path, NablaProcess.binary.path, folder.path("man")], in: folder,
      program: URL(fileURLWithPath: "/usr/bin/env")
    ).finish(within: 300)
    #expect(run.status == 0, "\(run.errors)")
    for subcommand in [
      "train", "cross-validate", "sweep", "evaluate", "predict", "explain", "inspect", "data show",
    ] {
      let words = subcommand.split(separator: " ").map(String.init)
      let page = try text("man/nabla-\(words.joined(separator: "-")).1")
      let help = try NablaProcess.run(words + ["--help"], in: folder).output
      for option in help.matches(of: /\n  (?:-., )?(--[a-z0-9-]+)/).map({ String($0.output.1) }) {
        #expect(
          page.contains("\\fB" + option.replacingOccurrences(of: "-", with: "\\-") + "\\fR"), "\(option)")
      }
      #expect(page.contains("\n.TP\n130\ninterrupted"))
    }
    let version = try NablaProcess.run(["--version"], in: folder).lines.first ?? ""
    let first = try text("man/nabla.1").split(separator: "\n").first
    #expect(first == ".TH NABLA 1 \"\" \"nabla \(version)\" \"User Commands\"")
    #expect(try text("man/nabla.1").contains("\\fBnabla\\-train\\fR(1)"))
    let known = /\.(TH|SH|SS|TP|PP|B|I|nf|fi|nh|ad l)( .*)?/
    for line in try text("man/nabla-train.1").split(separator: "\n") where line.hasPrefix(".") {
      #expect(line.wholeMatch(of: known) != nil, "\(line)")
    }
  }

  @Test("a shell completes subcommands and options", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) throws {
    let run = try NablaProcess.run(["--generate-completion-script", shell], in: folder)
    #expect(run.status == 0, "\(run.errors)")
    #expect(run.output.contains("cross-validate") && run.output.contains("learning-rate"))
    guard shell == "bash" else { return }
    let script = try folder.write("completions", run.output.utf8)
    #expect(try NablaProcess.shell("bash -n '\(script)'", in: folder).status == 0)
  }

  private func text(_ name: String) throws -> String {
    try String(contentsOfFile: folder.path(name), encoding: .utf8)
  }
}
