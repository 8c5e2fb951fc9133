import Testing

@Suite("What is typed wrong becomes one line and exit code 64")
struct UsageTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  @Test(
    "Rows 56, 57, 58, 60: nabla train",
    arguments: [
      ("--epochs=1e3", "--epochs: expected a whole number, 1 to 1000000, found '1e3'"),
      ("--epochs -1", "--epochs: expected a whole number, 1 to 1000000, found '-1'"),
      ("--epochs", "--epochs: expected a value <n>, found none"),
      ("--epochs 3 --epochs 4", "--epochs: expected once, found twice"),
      ("--json --json", "--json: expected once, found twice"),
      ("-o a -o b", "--output: expected once, found twice"),
      ("-o a --output b", "--output: expected once, found twice"),
      ("-q -q", "--quiet: expected once, found twice"),
      ("-qq", "--quiet: expected once, found twice"),
      ("--epoch 3", "--epoch: unknown option (expected --epochs?)"),
      ("--frobnicate", "--frobnicate: unknown option (see nabla --help)"),
      ("--quiet=yes", "--quiet: expected no value, found 'yes'"),
      ("digits", "'digits': expected no such argument (see nabla --help)"),
      ("--learning-rate nan", "--learning-rate: expected a number above 0, such as 0.5, found 'nan'"),
      ("--learning-rate -1", "--learning-rate: expected a number above 0, such as 0.5, found '-1'"),
      ("--learning-rate 1e999", "--learning-rate: expected a number above 0, such as 0.5, found '1e999'"),
      ("--learning-rate 0,1", "--learning-rate: expected a number above 0, such as 0.5, found '0,1'"),
      ("--l2 -0.1", "--l2: expected a number from 0 up, such as 0.5, found '-0.1'"),
      ("--ranks 0", "--ranks: expected 1 or more, all or auto, found '0'"),
      ("--threads 0", "--threads: expected 1 to 1024 or auto, found '0'"),
      ("--threads -3", "--threads: expected 1 to 1024 or auto, found '-3'"),
      ("--threads 99999", "--threads: expected 1 to 1024 or auto, found '99999'"),
      ("--threads abc", "--threads: expected 1 to 1024 or auto, found 'abc'"),
      (
        "--layers 784,0,10",
        "--layers: expected two or more sizes from 1 up, such as 784,30,10, found '784,0,10'"
      ),
      (
        "--layers 784", "--layers: expected two or more sizes from 1 up, such as 784,30,10, found '784'"
      ),
      (
        "--layers 100,10",
        "--layers: expected 784 inputs and at least 10 outputs for digits:60, found 100,10"
      ),
      (
        "--layers 784,30,10,7",
        "--layers: expected 784 inputs and at least 10 outputs for digits:60, found 784,30,10,7"
      ),
      ("--cost squared", "--cost: expected quadratic, cross-entropy or log-likelihood, found 'squared'"),
      (
        "--max-bytes 1000",
        "digits:60: needs more memory than is allowed; --max-bytes raises the limit "
          + "(expected at most 1000 bytes, found 47100 bytes)"
      ),
      ("--limit 61", "--limit: expected 1 to 60, found '61'"),
      (
        "--validation 60",
        "--validation: expected 1 to 59 samples, a share such as 15%, or a file or folder, found '60'"
      ),
      (
        "--seed 18446744073709551616",
        "--seed: expected a whole number, 0 to 18446744073709551615, found '18446744073709551616'"
      ),
    ])
  func train(arguments: String, message: String) throws {
    let words = arguments.split(separator: " ").map(String.init)
    let run = try NablaProcess.run(["train", "--data", "digits:60"] + words, in: folder)
    #expect(run.status == 64)
    #expect(run.errors == "nabla: error: \(message)\n")
    #expect(run.output.isEmpty)
    #expect(folder.contents.isEmpty)
  }

  @Test("Row 56: train: more memory than there is, and how much there is")
  func memory() throws {
    let run = try NablaProcess.run(
      ["train", "--data", "digits:60", "--layers", "784,999999999,10"], in: folder)
    #expect(run.status == 64)
    let start = "nabla: error: --layers: 784,999999999,10 needs 3.2 TB of memory, more than there is ("
    #expect(run.errors.hasPrefix(start) && run.errors.split(separator: "\n").count == 1)
    #expect(folder.contents.isEmpty)
  }

  @Test("layers that do not fit MNIST, known before it is downloaded")
  func layersForMNIST() throws {
    for options in [["--data", "mnist"], ["--data", "digits:60", "--validation", "mnist"]] {
      let run = try NablaProcess.run(
        ["train", "--layers", "784,30,9"] + options, in: folder,
        environment: ["XDG_CACHE_HOME": folder.path("cache")])
      #expect(run.status == 64)
      #expect(run.errors.contains("--layers: expected 784 inputs and at least 10 outputs for "))
      #expect(folder.contents.isEmpty)
    }
  }

  @Test("an output without a name")
  func emptyOutput() throws {
    let run = try NablaProcess.run(["train", "--data", "digits:60", "-o", ""], in: folder)
    #expect(run.status == 64)
    #expect(run.errors == "nabla: error: --output: expected the name of a file, found ''\n")
  }

  @Test(
    "other commands",
    arguments: [
      (
        ["frob"],
        "'frob': unknown subcommand (expected train, cross-validate, sweep, evaluate, report, predict, explain, serve, inspect, export, import, data, help)"
      ),
      (["evaluate"], "expected <model>, found nothing (see nabla --help)"),
      (
        ["data", "info", "digits:0"],
        "digits:0: asks for a number of digits that cannot be drawn (expected 1 ... 100000000, found 0)"
      ),
      (["data", "fetch", "cifar"], "<name>: expected 'mnist', found 'cifar'"),
      (
        ["explain", "m", "--data", "digits", "--index", "-1"],
        "--index: expected a whole number, 0 or more, found '-1'"
      ),
      (
        ["evaluate", "m", "--data", "digits", "--set", "all"],
        "--set: expected 'training' or 'test', found 'all'"
      ),
    ])
  func others(arguments: [String], message: String) throws {
    let run = try NablaProcess.run(arguments, in: folder)
    #expect(run.status == 64)
    #expect(run.errors == "nabla: error: \(message)\n")
  }

  @Test("digits:N out of range", arguments: ["digits:0", "digits:-1", "digits:1e3", "digits:"])
  func digits(source: String) throws {
    let run = try NablaProcess.run(["train", "--data", source], in: folder)
    #expect(run.status == 64)
    #expect(run.errors.hasPrefix("nabla: error: --data \(source): "))
    #expect(run.errors.split(separator: "\n").count == 1)
  }

  @Test(
    "help, version and completions are data",
    arguments: [
      (["--help"], "nabla train --epochs 3"), (["train", "--help"], "--learning-rate <eta>"),
      (["--version"], "."),
      ([], "SUBCOMMANDS"), (["help", "explain"], "chapter 2"),
      (["--generate-completion-script", "bash"], "complete"),
    ])
  func help(arguments: [String], words: String) throws {
    let run = try NablaProcess.run(arguments, in: folder)
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    #expect(run.output.contains(words))
  }

  @Test("control characters in what was typed stay out of the message")
  func controlCharacters() throws {
    let run = try NablaProcess.run(["train", "--epochs", "1\u{1B}[31m"], in: folder)
    #expect(run.status == 64)
    #expect(run.errors == "nabla: error: --epochs: expected a whole number, 1 to 1000000, found '1?[31m'\n")
    let file = try NablaProcess.run(["train", "--data", "no\nwhere"], in: folder)
    #expect(file.status == 66)
    #expect(file.errors.split(separator: "\n").count == 1)
  }

  @Test("Row 58: OMP_NUM_THREADS=0 changes nothing")
  func openMP() throws {
    let run = try NablaProcess.run(
      ["train", "--data", "digits:600", "--epochs", "2", "--json", "--quiet"], in: folder,
      environment: ["OMP_NUM_THREADS": "0"])
    #expect(run.status == 0)
    #expect(run.errors.isEmpty)
    let hash = try JSONLine(#require(run.lines.last)).string("parameters_sha256")
    #expect(try hash == JSONLine(SharedModel.get().lines[2]).string("parameters_sha256"))
  }

  @Test(
    "A build without MPI that a launcher starts several times does not train several times",
    arguments: [
      ["train", "--data", "digits:600"], ["sweep", "--try", "batch-size=10|20"], ["cross-validate"],
    ])
  func manyRanks(words: [String]) throws {
    let run = try NablaProcess.run(words, in: folder, environment: ["OMPI_COMM_WORLD_SIZE": "3"])
    #expect(run.status == 64)
    #expect(
      run.errors
        == "nabla: error: OMPI_COMM_WORLD_SIZE: this is a job of 3 ranks (expected a build with MPI, as "
        + "`make cluster` makes, found one without)\n")
  }
}
