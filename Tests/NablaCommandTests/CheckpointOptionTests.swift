import Foundation
import Testing

@Suite("Options about checkpoints: what is refused, and what they leave")
struct CheckpointOptionTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private static let checkpoint = "model.checkpoint.safetensors"
  private static let base = [
    "train", "--data", "digits:600", "--validation", "20%", "--epochs", "1000000", "--json",
  ]

  /// Stops a run in good order after some epochs.
  private func stop(_ options: [String] = []) throws -> NablaProcess {
    let running = try NablaProcess.start(Self.base + options, in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.output.split(separator: "\n").count < 2, Date() < deadline { usleep(500) }
    kill(running.process.processIdentifier, SIGTERM)
    return try running.finish(within: 60)
  }

  private func resume(_ options: [String]) throws -> NablaProcess {
    // The last of two equal options would be refused: the base's is left out.
    var base = Self.base
    for option in options where option.hasPrefix("--") {
      if let place = base.firstIndex(of: option), option != "--json" {
        base.removeSubrange(place...place + 1)
      }
    }
    return try NablaProcess.run(base + ["--resume", "auto"] + options, in: folder)
  }

  @Test("Row 59: what would change the bits is refused by name, and nothing is changed")
  func changes() throws {
    #expect(try stop().status == 143)
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.path(Self.checkpoint)))
    let cases: [([String], Int32, String)] = [
      (["--batch-size", "20"], 64, "--batch-size (expected 10, found 20)"),
      (["--learning-rate", "0.25"], 64, "--learning-rate (expected 3.0, found 0.25)"),
      (["--layers", "784,20,10"], 64, "--layers (expected 784,30,10, found 784,20,10)"),
      (["--update", "momentum"], 64, "--update (expected the default, found momentum)"),
      (["--l2", "1"], 64, "--l2 (expected 0.0, found 1.0)"),
      (["--l1", "1"], 64, "--l1 (expected the default, found 1.0)"),
      (["--dropout", "0.5"], 64, "--dropout (expected the default, found 0.5)"),
      (["--augment", "shift:2"], 64, "--augment (expected the default, found shift:2)"),
      (["--schedule", "cosine"], 64, "--schedule (expected the default, found cosine:0.0)"),
      (["--init", "large"], 64, "--init (expected normalized, found large)"),
      (["--cost", "cross-entropy"], 64, "--cost (expected quadratic, found cross-entropy)"),
      (
        ["--activation", "tanh"], 64, "--activation or --output-activation (expected the default, found tanh,"
      ),
      (["--keep", "best"], 64, "--keep (expected the default, found best)"),
      (["--patience", "5"], 64, "--patience (expected the default, found 5)"),
      (["--best-by", "cost"], 64, "--best-by (expected the default, found cost)"),
      (["--seed", "2"], 64, "--seed (expected 1, found 2)"),
      (["--epochs", "1"], 64, "--epochs (expected "),
      (["--data", "digits:601"], 65, "the training samples (expected sha256 "),
      (["--validation", "100"], 65, "the validation set (expected sha256 "),
      (["--test", "10"], 65, "the test set (expected sha256 "),
      (["--limit", "470"], 65, "the training samples (expected sha256 "),
    ]
    for (options, status, message) in cases {
      let run = try resume(options)
      #expect(run.status == status, "\(options): \(run.errors)")
      #expect(run.errors.contains("nabla: error: \(Self.checkpoint): is of another run: "), "\(options)")
      #expect(run.errors.contains(message), "\(options): \(run.errors)")
      #expect(run.output.isEmpty)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path(Self.checkpoint))) == before)
    #expect(folder.contents == [Self.checkpoint, "model.safetensors"])
  }

  @Test("--allow-changes goes on, and the model says so; another network it cannot become")
  func allowed() throws {
    _ = try stop()
    let epoch = try JSONLine(
      NablaProcess.run(["inspect", Self.checkpoint, "--json"], in: folder).output
    ).integer("epoch")
    let run = try resume([
      "--batch-size", "32", "--seed", "2", "--epochs", String(epoch + 2), "--allow-changes",
    ])
    #expect(run.status == 0, "\(run.errors)")
    let epochs = run.lines.filter { $0.hasPrefix("{\"epoch\"") }
    #expect(try epochs.map { try JSONLine($0).integer("epoch") } == [epoch + 1, epoch + 2])
    let model = try JSONLine(NablaProcess.run(["inspect", "model.safetensors", "--json"], in: folder).output)
    let changes = try model.object("training").string("resumed_with_changes")
    // Another seed holds out other samples.
    #expect(changes == "batch_size,seed,training_sha256,validation_sha256")
    _ = try stop()
    let other = try resume(["--layers", "784,20,10", "--allow-changes"])
    #expect(other.status == 64)
    #expect(other.errors.hasSuffix("is of another run: --layers (expected 784,30,10, found 784,20,10)\n"))
  }

  @Test("options that mean nothing are refused")
  func meaningless() throws {
    let cases = [
      (["--allow-changes"], "--allow-changes: expected with --resume, found without"),
      (
        ["--checkpoint", "a", "--checkpoint-every", "never"],
        "--checkpoint: expected without --checkpoint-every never, found both"
      ),
      (
        ["--checkpoint", "a", "-o", "a"],
        "--checkpoint: expected another file than --output, found 'a'"
      ),
      (["--checkpoint", ""], "--checkpoint: expected the name of a file, found ''"),
    ]
    for (options, message) in cases {
      let run = try NablaProcess.run(["train", "--data", "digits:60"] + options, in: folder)
      #expect(run.status == 64)
      #expect(run.errors == "nabla: error: \(message)\n")
    }
    for text in ["0s", "-1s", "30", "s", "5x", "0-batches", "x-batches", "1e999s", "nans", ""] {
      let run = try NablaProcess.run(
        ["train", "--data", "digits:60", "--checkpoint-every", text], in: folder)
      #expect(run.status == 64)
      #expect(
        run.errors
          == "nabla: error: --checkpoint-every: expected a time such as 30s or 5m, mini-batches such as "
          + "1000-batches, epoch or never, found '\(text)'\n")
    }
    for text in ["every", "every:", "every:0", "every:x", "all"] {
      let run = try NablaProcess.run(["train", "--data", "digits:60", "--keep", text], in: folder)
      #expect(run.errors == "nabla: error: --keep: expected best, last or every:N, found '\(text)'\n")
    }
    for command in ["cross-validate", "sweep"] {
      let run = try NablaProcess.run(
        [command, "--data", "digits:60", "--keep", "every:2"]
          + (command == "sweep" ? ["--try", "l2=0|1"] : []), in: folder)
      #expect(run.errors.hasSuffix("nabla: error: --keep: expected best or last, found 'every:2'\n"))
    }
    #expect(folder.contents.isEmpty)
  }

  @Test("--checkpoint-every never writes none; --checkpoint writes it elsewhere")
  func places() throws {
    let never = try stop(["--checkpoint-every", "never"])
    #expect(folder.contents == ["model.safetensors"])
    #expect(!never.errors.contains("Go on"))
    #expect(try JSONLine(#require(never.lines.last)).keys.contains("checkpoint"))
    let elsewhere = try stop(["--checkpoint", "state"])
    #expect(folder.contents == ["model.safetensors", "state"])
    #expect(elsewhere.errors.contains(" --checkpoint state --resume auto\n"))
    // A run that takes the place of one that did not end says so.
    let other = try NablaProcess.run(
      ["train", "--data", "digits:60", "--epochs", "1", "--checkpoint", "state"], in: folder)
    #expect(other.errors.contains("state is of a run that did not end; --resume auto goes on with it"))
    #expect(folder.contents == ["model.safetensors", "state"])
  }

  @Test("a file that is no checkpoint is not replaced by one")
  func otherFile() throws {
    try folder.write("notes.txt", "precious".utf8)
    let run = try NablaProcess.run(
      ["train", "--data", "digits:60", "--epochs", "1", "--checkpoint", "notes.txt"], in: folder)
    #expect(run.status == 73)
    #expect(
      run.errors
        == "nabla: error: notes.txt: is where checkpoints would go (expected a checkpoint or nothing, "
        + "found another file)\n")
    #expect(folder.contents == ["notes.txt"])
  }

  @Test("a place that another run has is refused, naming the process; free again when that has ended")
  func lock() throws {
    let running = try NablaProcess.start(Self.base, in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    while running.output.isEmpty, Date() < deadline { usleep(500) }
    let second = try NablaProcess.run(["train", "--data", "digits:60", "--epochs", "1"], in: folder)
    #expect(second.status == 73)
    #expect(
      second.errors == "nabla: error: \(Self.checkpoint): is in use by another run (process "
        + "\(running.process.processIdentifier))\n")
    let third = try NablaProcess.run(
      ["train", "--data", "digits:60", "--epochs", "1", "-o", "third.safetensors"], in: folder)
    #expect(third.status == 0)
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.finish(within: 60)
    #expect(try NablaProcess.run(["train", "--data", "digits:60", "--epochs", "1"], in: folder).status == 0)
  }

  @Test("--keep every:N saves models on the way, --keep best the best as soon as it is")
  func keep() throws {
    let run = try NablaProcess.run(
      ["train", "--data", "digits:600", "--epochs", "5", "--keep", "every:2", "--json"], in: folder)
    #expect(run.status == 0)
    #expect(
      folder.contents == [
        "model.epoch-00002.safetensors", "model.epoch-00004.safetensors", "model.safetensors",
      ])
    let two = try JSONLine(
      NablaProcess.run(["inspect", "model.epoch-00002.safetensors", "--json"], in: folder).output)
    #expect(try two.object("training").string("kept_epoch") == "2")
    #expect(try two.string("parameters_sha256") == GoldenTests.golden)

    try folder.write("model.safetensors", "old".utf8)
    let running = try NablaProcess.start(Self.base + ["--keep", "best"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 60)
    var inspected: NablaProcess?
    while Date() < deadline, inspected?.status != 0 {
      inspected = try NablaProcess.run(["inspect", "model.safetensors", "--json"], in: folder)
    }
    kill(running.process.processIdentifier, SIGKILL)
    _ = try running.finish(within: 60)
    #expect(inspected?.status == 0)
    #expect(try NablaProcess.run(["inspect", "model.safetensors"], in: folder).status == 0)
  }

  @Test("Row 59: a checkpoint that cannot be written is told once; training goes on")
  func fullDisk() throws {
    // With Adam a checkpoint has three times the 96 KB of the model: the limit, of 512-byte blocks, lies between.
    let run = try NablaProcess.shell(
      """
      ulimit -f 250
      nabla train --data digits:600 --epochs 20 --update adam --checkpoint-every epoch --quiet
      """, in: folder)
    #expect(run.status == 0)
    #expect(run.lines.count == 20)
    #expect(
      run.errors
        == "nabla: warning: \(Self.checkpoint): cannot be written: File too large; training goes on\n")
    #expect(folder.contents == ["model.safetensors"])
  }

  @Test("Row 55: inspect reads checkpoints, and refuses damaged ones")
  func inspect() throws {
    _ = try stop(["--update", "adam", "--keep", "best"])
    let text = try NablaProcess.run(["inspect", Self.checkpoint], in: folder)
    #expect(text.status == 0)
    #expect(text.lines[0] == "checkpoint  of a run of nabla train, sha256 is right")
    #expect(text.output.contains("\nrule 1 w^3  [10,30]"))
    #expect(text.output.contains("  update "))
    let json = try JSONLine(NablaProcess.run(["inspect", Self.checkpoint, "--json"], in: folder).output)
    #expect(try json.integer("epoch") >= 1)
    #expect(try json.integer("epochs_in_history") == json.integer("epoch"))
    #expect(try json.object("metadata").string("training_sha256").count == 64)
    let url = URL(fileURLWithPath: folder.path(Self.checkpoint))
    try Data(contentsOf: url).dropLast(9).write(to: url)
    let cut = try NablaProcess.run(["inspect", Self.checkpoint], in: folder)
    #expect(cut.status == 65)
    #expect(cut.errors.split(separator: "\n").count == 1)
  }
}
