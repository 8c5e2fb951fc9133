import Foundation
import Testing

@Suite("Streams that close, signals, terminals")
struct StreamTests {
  let model: SharedModel.Trained
  let folder: Folder

  init() throws {
    model = try SharedModel.get()
    folder = try Folder()
  }

  @Test("Row 60: a reader that goes away ends the command quietly, and the model is saved")
  func brokenPipe() throws {
    let run = try NablaProcess.shell(
      "nabla train --data digits:600 --epochs 200 --quiet | head -1", in: folder)
    #expect(run.lines.count == 1)
    #expect(run.errors.isEmpty)
    #expect(try NablaProcess.run(["inspect", "model.safetensors"], in: folder).status == 0)
  }

  @Test("Row 60: stdout, stdin or stderr closed is fine", arguments: [">&-", "<&-", ">&- 2>&- <&-"])
  func closed(redirection: String) throws {
    let run = try NablaProcess.shell(
      "nabla inspect '\(model.path)' \(redirection) "
        + "&& nabla train --data digits:60 --epochs 1 --quiet \(redirection)",
      in: folder)
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(try NablaProcess.run(["inspect", "model.safetensors"], in: folder).status == 0)
  }

  @Test(
    "a full disk behind stdout is an error",
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "no /dev/full"),
    arguments: ["inspect", "--help"])
  func full(command: String) throws {
    let arguments = command == "inspect" ? "inspect '\(model.path)'" : command
    let run = try NablaProcess.shell("nabla \(arguments) > /dev/full", in: folder)
    #expect(run.status == 74)
    #expect(run.errors == "nabla: error: stdout: cannot be written (No space left on device)\n")
  }

  @Test("a full disk behind stdout stops the training, but the model is saved")
  func fullWhileTraining() throws {
    let run = try NablaProcess.shell(
      "nabla train --data digits:600 --epochs 3 --quiet > /dev/full", in: folder)
    #expect(run.status == 74)
    #expect(run.errors == "nabla: error: stdout: cannot be written (No space left on device)\n")
    // What was learned, and where to go on.
    #expect(folder.contents == ["model.checkpoint.safetensors", "model.safetensors"])
  }

  @Test("Ctrl-C ends the run after the mini-batch, saves the model, exits 130", arguments: [true, false])
  func interrupt(json: Bool) throws {
    let arguments = ["train", "--data", "digits:600", "--epochs", "1000000"] + (json ? ["--json"] : [])
    let running = try NablaProcess.start(arguments, in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.output.isEmpty, Date() < deadline { usleep(5000) }
    kill(running.process.processIdentifier, SIGINT)
    let run = try running.finish(within: 60)
    #expect(run.status == 130)
    #expect(run.errors.contains("Stopped "))
    #expect(run.errors.contains("Saved model.safetensors\nGo on:  nabla train "))
    #expect(folder.contents == ["model.checkpoint.safetensors", "model.safetensors"])
    #expect(try NablaProcess.run(["inspect", "model.safetensors"], in: folder).status == 0)
    if json {
      let last = try JSONLine(#require(run.lines.last))
      #expect(try !last.bool("finished"))
    }
  }

  #if os(Linux)
    @Test(
      "on a terminal: a bar while it trains, colours, none of them with NO_COLOR",
      .enabled(
        if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "needs util-linux's script"))
    func terminal() throws {
      let script =
        "script -qec '\"\(NablaProcess.binary.path)\" train --data digits:20000 --epochs 1' /dev/null"
      func session(noColour: String?) throws -> String {
        try NablaProcess.shell(
          script, in: folder, environment: ["TERM": "xterm-256color", "NO_COLOR": noColour]
        ).output
      }
      let coloured = try session(noColour: nil)
      #expect(coloured.contains("\u{1B}[32m"))
      #expect(coloured.contains("Epoch 1: "))
      let plain = try session(noColour: "1")
      #expect(!plain.contains("\u{1B}"))
      #expect(plain.contains("Epoch 1: "))
    }
  #endif
}
