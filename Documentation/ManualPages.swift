// Writes the manual pages of `nabla` and of each subcommand, made of what its --help says:
//
//     swift Documentation/ManualPages.swift .build/release/nabla FOLDER
//
// Exit codes come from Formats.md. Environment and files stand in no help; they are here.
import Foundation

/// What `nabla --experimental-dump-help` writes.
struct Help: Decodable {
  let command: Command
}

struct Command: Decodable {
  let commandName: String
  let abstract: String?
  let discussion: String?
  let shouldDisplay: Bool?
  let arguments: [Argument]?
  let subcommands: [Command]?
}

struct Argument: Decodable {
  struct Name: Decodable {
    let kind: String
    let name: String
    /// As it is typed.
    var text: String { (kind == "long" ? "--" : "-") + name }
  }

  let kind: String
  let abstract: String?
  let defaultValue: String?
  let isOptional: Bool
  let isRepeating: Bool
  let names: [Name]?
  let sectionTitle: String?
  let shouldDisplay: Bool
  let valueName: String?
}

/// Text as roff takes it: no character of it is a command.
func roff(_ text: some StringProtocol) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
    let escaped = line.replacingOccurrences(of: "\\", with: "\\e").replacingOccurrences(of: "-", with: "\\-")
    return escaped.hasPrefix(".") || escaped.hasPrefix("'") ? "\\&" + escaped : escaped
  }.joined(separator: "\n")
}

/// Paragraphs; one with indented lines keeps its lines.
func paragraphs(_ text: String) -> String {
  text.split(separator: "\n\n").map { paragraph in
    paragraph.contains("\n  ") ? ".PP\n.nf\n\(roff(paragraph))\n.fi" : ".PP\n\(roff(paragraph))"
  }.joined(separator: "\n")
}

func entry(_ argument: Argument) -> String {
  let value = argument.valueName ?? ""
  let names = (argument.names ?? []).map { "\\fB\(roff($0.text))\\fR" }.joined(separator: ", ")
  let tag =
    switch argument.kind {
    case "positional": "\\fI\(roff(value))\\fR"
    case "option": "\(names) \\fI\(roff(value))\\fR"
    default: names
    }
  var text = argument.abstract ?? ""
  if let standard = argument.defaultValue, !text.contains("(default:") { text += " (default: \(standard))" }
  return ".TP\n\(tag)\n\(roff(text))"
}

/// The page of a command that is typed as `words`; `others` are the pages it names at its end.
func page(_ command: Command, words: [String], version: String, others: [String]) -> String {
  let name = words.joined(separator: "-")
  let arguments = (command.arguments ?? []).filter { $0.shouldDisplay }
  let subcommands = (command.subcommands ?? []).filter { $0.commandName != "help" }
  let positional = arguments.filter { $0.kind == "positional" }.map { argument in
    let text = "\\fI\(roff(argument.valueName ?? ""))\\fR" + (argument.isRepeating ? " ..." : "")
    return argument.isOptional ? "[\(text)]" : text
  }
  var lines = [
    ".TH \(roff(name.uppercased())) 1 \"\" \"nabla \(version)\" \"User Commands\"",
    // Names of files and options are not to be broken at the end of a line.
    ".nh", ".ad l",
    ".SH NAME", "\(roff(name)) \\- \(roff(abstract(of: command)))",
    ".SH SYNOPSIS",
    ([".B \(words.joined(separator: " "))"]
      + (positional + [subcommands.isEmpty ? "[\\fIoptions\\fR]" : "\\fIsubcommand\\fR [\\fIoptions\\fR]"]))
      .joined(separator: "\n"),
    ".SH DESCRIPTION", roff(command.abstract ?? ""),
  ]
  if let discussion = command.discussion { lines.append(paragraphs(discussion)) }
  if !subcommands.isEmpty {
    lines.append(".SH SUBCOMMANDS")
    for subcommand in subcommands {
      let page = (words + [subcommand.commandName]).joined(separator: "-")
      lines.append(".TP\n\\fB\(roff(page))\\fR(1)\n\(roff(subcommand.abstract ?? ""))")
    }
  }
  lines.append(".SH OPTIONS")
  var section: String?
  for argument in arguments {
    if argument.sectionTitle != section, let title = argument.sectionTitle {
      lines.append(".SS \(roff(title))")
    }
    section = argument.sectionTitle
    lines.append(entry(argument))
  }
  lines.append(exitStatus)
  lines.append(afterwards)
  lines.append(
    ".SH SEE ALSO\n"
      + others.filter { $0 != name }.map { "\\fB\(roff($0))\\fR(1)" }.joined(separator: ",\n"))
  return lines.joined(separator: "\n") + "\n"
}

/// The line under NAME: no capital at its start and no period at its end.
func abstract(of command: Command) -> String {
  let text = command.abstract ?? ""
  return text.prefix(1).lowercased() + (text.hasSuffix(".") ? text.dropFirst().dropLast() : text.dropFirst())
}

/// The rows below "| exit code |" in Formats.md.
func exitCodes() throws -> [(code: Substring, meaning: Substring)] {
  let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Formats.md")
  let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
  let rows = lines.drop { !$0.hasPrefix("| exit code |") }.dropFirst(2).prefix { $0.hasPrefix("|") }
  return rows.map { row in
    let cells = row.split(separator: "|")
    return (cells[0].dropFirst().dropLast(), cells[1].dropFirst().dropLast())
  }
}

let exitStatus =
  try ".SH EXIT STATUS\n"
  + exitCodes().map { ".TP\n\($0.code)\n\(roff($0.meaning))" }.joined(separator: "\n")

let afterwards = """
  .SH ENVIRONMENT
  .TP
  .B NABLA_ISA
  The instruction set to use, such as scalar or avx2, instead of the best that the processor has. Changes the speed, and
  no bit of a result.
  .TP
  .B NABLA_MNIST_MIRRORS
  Addresses, with commas between, that MNIST is fetched from instead of the usual ones.
  .SH FILES
  .TP
  .I ~/.cache/nabla/mnist
  MNIST, once it has been fetched; below
  .B XDG_CACHE_HOME
  where that is set.
  """

/// All pages from `command` down.
func pages(_ command: Command, words: [String]) -> [(words: [String], command: Command)] {
  let subcommands = (command.subcommands ?? []).filter { $0.commandName != "help" }
  return [(words, command)] + subcommands.flatMap { pages($0, words: words + [$0.commandName]) }
}

func output(of program: String, _ arguments: [String]) throws -> Data {
  let process = Process()
  let pipe = Pipe()
  process.executableURL = URL(fileURLWithPath: program)
  process.arguments = arguments
  process.standardOutput = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return data
}

guard CommandLine.arguments.count == 3 else {
  print("usage: swift Documentation/ManualPages.swift NABLA FOLDER")
  exit(64)
}
let (program, folder) = (CommandLine.arguments[1], CommandLine.arguments[2])
let help = try JSONDecoder().decode(Help.self, from: output(of: program, ["--experimental-dump-help"]))
let version = String(decoding: try output(of: program, ["--version"]), as: UTF8.self)
  .trimmingCharacters(in: .whitespacesAndNewlines)
let all = pages(help.command, words: ["nabla"])
try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
for (words, command) in all {
  let text = page(
    command, words: words, version: version, others: all.map { $0.words.joined(separator: "-") })
  try text.write(
    toFile: "\(folder)/\(words.joined(separator: "-")).1", atomically: false, encoding: .utf8)
}
