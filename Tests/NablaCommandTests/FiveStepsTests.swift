import Foundation
import Testing

/// What the tutorial says is what its program and the command do.
@Suite struct FiveStepsTests {
  static let pages = ["Documentation/FiveSteps.md", "Documentation/FiveSteps.zh.md"]
  let folder: Folder
  init() throws { folder = try Folder() }

  /// The program of the tutorial lies beside `nabla`.
  private func runProgram() throws -> NablaProcess {
    let program = NablaProcess.binary.deletingLastPathComponent().appendingPathComponent("FiveSteps")
    return try NablaProcess.start([], in: folder, program: program).finish(within: 120)
  }

  @Test("the pieces of code, one after the other, are the program", arguments: pages)
  func code(page: String) throws {
    let program = MarkdownPage.repository.appendingPathComponent("Documentation/FiveSteps/main.swift")
    let pieces = try MarkdownPage(page).blocks(in: "swift")
    #expect(try pieces.joined(separator: "\n\n") + "\n" == String(contentsOf: program, encoding: .utf8))
  }

  @Test("what stands below the code is what the program prints, and the command says the same")
  func numbers() throws {
    let run = try runProgram()
    #expect(run.status == 0, "\(run.errors)")
    let page = try MarkdownPage(Self.pages[0])
    let printed = page.blocks(in: "text").joined(separator: "\n").split(separator: "\n").map(String.init)
    #expect(run.lines == printed)
    #expect(!run.output.contains("DIFFERENT"))
    let saved = try Data(contentsOf: folder.url.appendingPathComponent("model.safetensors"))
    #expect(saved.count > 4 * 23_860)
    for session in page.blocks(in: "console") { try expectSession(session) }
  }

  @Test(
    "a translation has the same code, output, commands and numbers, and both pages name each other",
    arguments: zip(pages.prefix(1) + ["README.md"], pages.suffix(1) + ["README.zh.md"]))
  func translation(page: String, translation: String) throws {
    let (english, chinese) = try (MarkdownPage(page), MarkdownPage(translation))
    #expect(english.blocks.count == chinese.blocks.count)
    for (ours, theirs) in zip(english.blocks, chinese.blocks) { #expect(ours == theirs) }
    #expect(english.numbersOfTables == chinese.numbersOfTables)
    #expect(english.prose.count { $0.hasPrefix("#") } == chinese.prose.count { $0.hasPrefix("#") })
    func name(_ path: String) -> String { URL(fileURLWithPath: path).lastPathComponent }
    #expect(english.links.contains(name(translation)) && chinese.links.contains(name(page)))
  }

  @Test("what a page links to is there", arguments: pages + ["README.md", "README.zh.md"])
  func links(page: String) throws {
    let place = MarkdownPage.repository.appendingPathComponent(page).deletingLastPathComponent()
    for link in try MarkdownPage(page).links {
      #expect(FileManager.default.fileExists(atPath: place.appendingPathComponent(link).path), "\(link)")
    }
  }

  /// Runs each line after a `$` and expects the lines below it in the command's output; `...` stands for any others.
  private func expectSession(_ session: String) throws {
    var commands: [(line: String, output: [String])] = []
    for line in session.split(separator: "\n").map(String.init) {
      if line.hasPrefix("$ ") {
        commands.append((String(line.dropFirst(2)), []))
      } else {
        commands[commands.count - 1].output.append(line)
      }
    }
    #expect(!commands.isEmpty)
    for command in commands {
      let run = try NablaProcess.shell(command.line, in: folder)
      #expect(run.status == 0, "\(command.line): \(run.errors)")
      var rest = run.lines.map(withoutMachine)[...]
      var mayFollowLater = false
      for expected in command.output.map(withoutMachine) {
        if expected == "..." {
          mayFollowLater = true
        } else {
          if mayFollowLater { rest = rest.drop { $0 != expected } }
          #expect(rest.first == expected, "\(command.line)")
          rest = rest.dropFirst()
          mayFollowLater = false
        }
      }
      #expect(mayFollowLater || rest.isEmpty, "\(command.line) says more: \(rest)")
    }
  }

  /// A line without what depends on the machine: speed, threads, instruction set; and without spaces at its end.
  private func withoutMachine(_ line: String) -> String {
    var text = line.replacing(#/ +[\d,]+ samples/s/#, with: "").replacing(#/ on \d+ threads?, \w+/#, with: "")
    while text.last == " " { text.removeLast() }
    return text
  }
}
