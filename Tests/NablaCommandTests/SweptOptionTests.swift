import Testing

@Suite("Options that a sweep cannot try")
struct SweptOptionTests {
  @Test(
    "what every trial would overwrite, print or serve is refused",
    arguments: ["output", "log", "report", "profile", "serve"])
  func outputs(option: String) throws {
    let folder = try Folder()
    let run = try NablaProcess.run(["sweep", "--data", "digits:600", "--try", "\(option)=a|b"], in: folder)
    #expect(run.status == 64)
    #expect(
      run.errors
        == "nabla: error: --try \(option): expected an option of the network, its update, regularization or run; "
        + "samples, seed and output are the same in all trials\n")
    #expect(folder.contents == [])
  }
}
