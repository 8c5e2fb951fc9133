import Foundation
import Testing

@Suite("nabla train --profile")
struct ProfileTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  private func train(_ options: String) throws -> NablaProcess {
    try NablaProcess.run(
      ["train", "--data", "digits:600"] + options.split(separator: " ").map(String.init), in: folder)
  }

  /// An event as the format describes it.
  private struct Event {
    let name: String
    let track: Int
    let start: Double
    let end: Double
    let layer: Int?
  }

  /// The complete events of a trace, whose other events name the tracks.
  private func events(_ name: String = "t.json", tracks: [String]) throws -> (JSONLine, [Event]) {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.path(name)))
    #expect(data.count < 20_000_000)
    let trace = try JSONLine(String(decoding: data, as: UTF8.self))
    var (events, names): ([Event], [Int: String]) = ([], [:])
    for event in try trace.objects("traceEvents") {
      let track = try event.integer("tid")
      #expect(try event.integer("pid") == 1)
      switch try event.string("ph") {
      case "M":
        if try event.string("name") == "thread_name" {
          names[track] = try event.object("args").string("name")
        }
      case "X":
        let start = try event.number("ts")
        let arguments = event.keys.contains("args") ? try event.object("args") : nil
        let layer = arguments?.keys.contains("layer") == true ? try arguments?.integer("layer") : nil
        events.append(
          Event(
            name: try event.string("name"), track: track, start: start,
            end: start + (try event.number("dur")),
            layer: layer))
      case let other: Issue.record("an event of kind \(other)")
      }
    }
    #expect(names == Dictionary(uniqueKeysWithValues: tracks.enumerated().map { ($0.offset, $0.element) }))
    return (trace, events)
  }

  @Test("A trace that nests, a table, and the same parameters")
  func trace() throws {
    let run = try train("--epochs 2 --threads 1 --validation 100 --json --profile t.json")
    #expect(run.status == 0, "\(run.errors)")
    let plain = try train("--epochs 2 --threads 1 --validation 100 --json")
    #expect(
      try JSONLine(#require(run.lines.last)).string("parameters_sha256")
        == JSONLine(#require(plain.lines.last)).string("parameters_sha256"))
    #expect(!plain.errors.contains("Where "))

    let (trace, events) = try events(tracks: ["run", "thread 1"])
    let sums = try trace.object("nabla")
    let total = try sums.number("seconds")
    // On each track an event lies inside the one before, or behind it.
    var open: [Int: [Event]] = [:]
    for event in events {
      while let last = open[event.track]?.last, last.end <= event.start + 0.0005 {
        open[event.track]?.removeLast()
      }
      if let outer = open[event.track]?.last { #expect(event.end <= outer.end + 0.0005, "\(event)") }
      open[event.track, default: []].append(event)
      #expect(event.start >= 0 && event.end <= total * 1e6)
    }
    #expect(
      Set(events.filter { $0.track == 0 }.map(\.name)) == [
        "epoch", "order", "mini-batches", "weight sums", "evaluation",
      ])
    let phases = Set(events.filter { $0.track == 1 }.map { "\($0.name) \($0.layer.map(String.init) ?? "-")" })
    #expect(
      phases == [
        "mini-batch -", "input -", "feedforward 0", "feedforward 1", "output error -", "backpropagate 1",
        "descend 0",
        "descend 1", "bookkeeping -", "waiting -",
      ])

    let rows = try sums.objects("phases")
    let seconds = try rows.reduce(0) { try $0 + ($1.numbers("seconds").first ?? 0) }
    #expect(abs(seconds / total - 1) < 1e-6)
    for row in rows {
      let label =
        try row.string("phase") + (row.keys.contains("layer") ? ", layer \(row.integer("layer"))" : "")
      #expect(run.errors.contains("\n\(label) "), "\(label) is not in the table")
    }
    #expect(run.errors.contains("\nTrace: t.json"))
    #expect(try trace.object("otherData").string("network") == "[784,30,10]")
  }

  @Test("--quiet shows no table, and prints no more than without a profile")
  func quiet() throws {
    let run = try train("--epochs 2 --quiet --checkpoint-every 7-batches --profile t.json")
    #expect(run.status == 0 && run.errors.isEmpty, "\(run.errors)")
    let text = try String(contentsOfFile: folder.path("t.json"), encoding: .utf8)
    #expect(text.contains("\"name\":\"checkpoint\""))
  }

  @Test(
    "Places where no trace can be written are refused at once",
    arguments: [
      ("no/where/t.json", 73, "no/where/t.json: lies in a folder that does not exist"),
      ("./model.safetensors", 64, "--profile: expected another file than --output"),
      ("r.html", 64, "--profile: expected another file than --report"),
    ])
  func badPaths(path: String, status: Int32, message: String) throws {
    let run = try train("--epochs 1 --report r.html --profile \(path)")
    #expect(run.status == status)
    #expect(run.errors.hasPrefix("nabla: error: \(message)"), "\(run.errors)")
    #expect(run.errors.split(separator: "\n").count == 1)
    #expect(folder.contents == [])
  }
}
