import Foundation
import InputBytes
import Nabla
import NablaFormats
import Testing

@Suite("nabla serve: the page's questions, programs' questions, what is refused")
struct ServeTests {
  let folder: Folder
  init() throws { folder = try Folder() }

  /// A vertical line, as the page sends it.
  private static let line = "[[[0.5,0.2],[0.5,0.5],[0.5,0.8]]]"

  private func serve() throws -> (page: ServedPage, network: Network) {
    let path = try SharedModel.get().path
    return (try ServedPage(["serve", path], in: folder), try ModelFile.load(path).network)
  }

  @Test("Ctrl-C ends it with status 0; it says what it shows and where, and nothing is written")
  func endsInGoodOrder() throws {
    let (page, _) = try serve()
    #expect(try page.get("health") == (200, "{\"status\":\"ok\"}\n"))
    let end = try page.end()
    #expect(end.status == 0)
    #expect(end.output == page.url + "\n")
    #expect(
      end.errors.contains("shared.safetensors, [784,30,10], on a page for your browser; Ctrl-C ends it:"))
    #expect(folder.contents == [])
  }

  @Test("the page and its files are served from the program itself")
  func files() throws {
    let (page, _) = try serve()
    let html = try page.get("")
    #expect(html.status == 200)
    // No code or style inside the page, nothing from elsewhere: the policy of every answer forbids both.
    #expect(!html.text.contains("<style") && !html.text.contains("style=") && !html.text.contains("onclick"))
    #expect(html.text.firstMatch(of: #/(src|href)="(?!/)/#) == nil)
    for match in html.text.matches(of: #/(?:src|href)="/([^"]+)"/#) {
      let file = try page.get(String(match.output.1))
      #expect(file.status == 200 && file.text.count > 50)
      for module in file.text.matches(of: #/from "/([^"]+)"/#) {
        #expect(try page.get(String(module.output.1)).status == 200)
      }
    }
    #expect(try page.get("Sources/NablaPages/Live/page.html").status == 404)
  }

  @Test("a drawing is answered as the library answers; its five steps are those of backpropagate")
  func drawing() throws {
    let (page, network) = try serve()
    let answer = try JSONLine(page.post("api/look", json: "{\"strokes\":\(Self.line),\"label\":1}").text)
    let pixels = Array(try #require(Data(base64Encoded: answer.string("picture"))))
    #expect(pixels.count == 784)
    let trace = try network.backpropagate(image: pixels, label: 1)
    let explanation = try answer.object("explanation")
    #expect(try explanation.number("cost") == trace.cost)
    for (index, layer) in try answer.objects("layers").enumerated() {
      #expect(try layer.numbers("a").map { Float($0) } == trace.activations[index + 1])
      #expect(try layer.numbers("z").map { Float($0) } == trace.weightedInputs[index])
    }
    for (index, layer) in try explanation.objects("layers").enumerated() {
      #expect(try layer.numbers("delta").map { Float($0) } == trace.errors[index])
      let norm = trace.gradient.weights[index].reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(try abs(layer.number("weights_norm") - norm) < 1e-6)
    }
    // Without a label there is nothing to explain.
    #expect(
      try page.post("api/look", json: "{\"strokes\":\(Self.line)}").text.contains("\"explanation\":null"))
  }

  @Test("a step is w - η ∂C/∂w; undo gives the same bits back; programs are asked the model as it was saved")
  func lesson() throws {
    let (page, network) = try serve()
    let drawing = "{\"strokes\":\(Self.line),\"label\":7,\"rate\":0.5}"
    let before = try page.post("api/look", json: drawing).text
    let pixels = Array(try #require(Data(base64Encoded: JSONLine(before).string("picture"))))
    let gradient = try network.backpropagate(image: pixels, label: 7).gradient
    let stepped = try network.copy()
    for layer in network.topology.layers.indices {
      try stepped.setWeights(
        zip(network.weights(layer: layer), gradient.weights[layer]).map { $0 - 0.5 * $1 }, layer: layer)
      try stepped.setBiases(
        zip(network.biases(layer: layer), gradient.biases[layer]).map { $0 - 0.5 * $1 }, layer: layer)
    }
    let after = try JSONLine(page.post("api/step", json: drawing).text)
    let outputs = try #require(try after.objects("layers").last).numbers("a").map { Float($0) }
    #expect(try outputs == stepped.feedforward(pixels))
    #expect(try after.object("lesson").integer("steps") == 1)
    #expect(try after.object("lesson").object("check").integer("of") == 1000)
    let text = "{\"picture\":\(pixels.description)}"
    let prediction = try #require(
      try JSONLine(page.post("predict", json: text).text).objects("predictions").first)
    #expect(try prediction.numbers("confidences").map { Float($0) } == network.feedforward(pixels))
    let undone = try page.post("api/undo", json: drawing).text
    func layers(_ text: String) -> Substring? { text.firstMatch(of: #/"layers":.*?"reads"/#)?.output }
    #expect(layers(undone) == layers(before))
    #expect(try JSONLine(undone).object("lesson").bool("can_undo") == false)
    // Nothing to undo is no error.
    #expect(try page.post("api/undo", json: drawing).status == 200)
  }

  @Test("/predict reads PNG, PGM, lists of pixels, and several at once")
  func predict() throws {
    let (page, network) = try serve()
    let pixels = (0..<784).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 2) }
    let expected = try network.feedforward(pixels)
    func confidences(_ answer: (status: Int, text: String)) throws -> [[Float]] {
      #expect(answer.status == 200, "\(answer.text)")
      return try JSONLine(answer.text).objects("predictions").map {
        try $0.numbers("confidences").map { Float($0) }
      }
    }
    let pgm = Array("P5\n28 28\n255\n".utf8) + pixels
    let base64 = Data(pgm).base64EncodedString()
    #expect(try confidences(page.post("predict", pgm, type: "image/x-portable-graymap")) == [expected])
    #expect(
      try confidences(page.post("predict", json: "{\"pictures\":[\"\(base64)\",\(pixels)]}")) == [
        expected, expected,
      ])
    let inverted = pixels.map { 255 - $0 }
    #expect(try confidences(page.post("predict?invert", json: "{\"picture\":\(inverted)}")) == [expected])
    let larger = Array("P5\n56 28\n255\n".utf8) + pixels.flatMap { [$0, $0] }
    #expect(try confidences(page.post("predict?resize", larger, type: "image/png")) == [expected])
    let metrics = try page.get("metrics").text
    #expect(metrics.contains("\nnabla_predictions_total 5\n"))
    #expect(metrics.contains("\nnabla_predict_seconds_count 4\n"))
    #expect(metrics.contains("\nnabla_http_answers_total{status=\"200\"} 4\n"))
  }

  @Test("rows of a table, with what is missing and what is no column")
  func rows() throws {
    try folder.write("trees.csv", TreeTable.csv())
    let train = try NablaProcess.run(
      ["train", "--data", "trees.csv", "--ignore", "id", "--epochs", "20", "--quiet"], in: folder)
    #expect(train.status == 0, "\(train.errors)")
    let page = try ServedPage(["serve", "model.safetensors"], in: folder)
    let state = try JSONLine(page.get("api/state").text).object("model")
    #expect(try state.objects("columns").map { try $0.string("name") } == ["height", "bark", "girth"])
    try folder.write("one.csv", Array("height,bark,girth\n4.1,grey,\n".utf8))
    let told = try NablaProcess.run(["predict", "model.safetensors", "one.csv", "--json"], in: folder)
    let answer = try page.post(
      "predict", json: "{\"row\":{\"height\":4.1,\"bark\":\"grey\",\"girth\":null,\"kind\":\"ash\"}}")
    let prediction = try #require(try JSONLine(answer.text).objects("predictions").first)
    #expect(try told.output.contains("\"prediction\":\"\(prediction.string("name"))\""))
    for (body, message) in [
      (
        "{\"rows\":[{}, {\"heigth\":1}]}", "row 1: there is no column 'heigth' (expected bark, girth, height)"
      ),
      ("{\"row\":{\"height\":\"tall\"}}", "row 0, height: expected a number or null"),
      ("{\"row\":{\"bark\":\"green\"}}", "row 0, bark: expected brown, grey, white or null"),
      ("{\"rows\":[]}", "rows: expected a list with something in it"),
      ("{\"row\":{\"height\":1e999}}", "row 0, height: expected a number or null"),
      (
        "{\"picture\":[1]}",
        "expected rows, {\\\"rows\\\": [{\\\"column\\\": value}]}: the model is of a table"
      ),
    ] {
      #expect(try page.post("predict", json: body) == (422, "{\"error\":\"\(message)\"}\n"))
    }
    #expect(try page.post("api/look", json: "{\"strokes\":[]}").status == 422)
  }

  @Test(
    "bodies that are wrong",
    arguments: [
      ("predict", "", 400, "is not valid JSON"), ("predict", "[1]", 400, "the body is no JSON object"),
      ("predict", "{}", 422, "expected one of picture, pictures, row, rows"),
      ("predict", "{\"picture\":[1,2]}", 422, "picture 0: expected 784 pixels, found 2"),
      ("predict", "{\"pictures\":[\"???\"]}", 422, "picture 0: is no base64"),
      ("predict", "{\"pictures\":[\"R0lGODlh\"]}", 422, "picture 0: is not an image that can be read"),
      ("predict", "{\"rows\":[{}]}", 422, "the model is not of a table"),
      ("predict", "{\"picture\":1,\"picture\":2}", 400, "has a name twice"),
      ("api/look", "{\"strokes\":[[[0.5]]]}", 422, "strokes: expected"),
      ("api/look", "{\"strokes\":[[[1e9,0]]]}", 422, "strokes: expected"),
      ("api/look", "{\"strokes\":[[[NaN,0]]]}", 400, "is not valid JSON"),
      ("api/look", "{\"pixels\":\"AAAA\"}", 422, "pixels: expected 784 bytes in base64"),
      ("api/look", "{\"strokes\":[],\"label\":10}", 422, "label: expected a whole number, 0 to 9"),
      ("api/step", "{\"strokes\":[]}", 422, "label: expected one"),
      ("api/step", "{\"strokes\":[],\"label\":1,\"rate\":1000}", 422, "rate: expected a number"),
    ])
  func wrongBodies(path: String, body: String, status: Int, message: String) throws {
    let page = try Self.sharedPage()
    let answer = try page.post(path, json: body)
    #expect(answer.status == status)
    #expect(answer.text.contains(message), "\(answer.text)")
    #expect(answer.text.split(separator: "\n").count == 1)
  }

  @Test("another type, another size, another neuron")
  func wrongRequests() throws {
    let page = try Self.sharedPage()
    #expect(try page.post("api/look", Array("{}".utf8), type: "text/plain").status == 415)
    #expect(try page.post("predict", Array("{}".utf8), type: "text/plain").status == 415)
    let small = try page.post("predict", Array("P5\n2 2\n255\nabcd".utf8), type: "image/png")
    #expect(small.text.contains("?resize scales it (expected 28 x 28 pixels, found 2 x 2)"))
    #expect(try page.post("api/look", json: String(repeating: " ", count: 300_000)).status == 413)
    #expect(try page.get("api/weights?layer=2").status == 404)
    #expect(try page.get("api/weights?layer=0&first=30").status == 404)
    #expect(try page.get("api/digit?number=-1").status == 404)
    #expect(try page.get("api/run").status == 404)
  }

  @Test("what is typed wrong")
  func usage() throws {
    let model = try SharedModel.get().path
    let page = try Self.sharedPage()
    let port = try #require(page.url.split(separator: ":").last?.dropLast())
    for (arguments, status, message) in [
      (["serve", "none.safetensors"], 66, "none.safetensors: does not exist"),
      (
        ["serve", model, "--port", "70000"], 64, "--port: expected a whole number, 0 to 65535, found '70000'"
      ),
      (
        ["serve", model, "--port", "\(port)"], 73,
        "--port \(port): is in use; without it the next free is taken"
      ),
      (["serve", model, "--host", "203.0.113.7"], 73, "--host 203.0.113.7: is no address of this machine"),
      (["serve", model, "--host", ""], 64, "--host: expected an address, found ''"),
      (["train", "--port", "80"], 64, "--port: expected with --serve"),
      (
        ["train", "--serve", "--host", "203.0.113.7"], 73, "--host 203.0.113.7: is no address of this machine"
      ),
    ] {
      let run = try NablaProcess.run(arguments, in: folder)
      #expect(run.status == Int32(status), "\(arguments)")
      #expect(run.errors.hasPrefix("nabla: error: " + message), "\(run.errors)")
      #expect(run.errors.split(separator: "\n").count == 1)
    }
  }

  @Test("train --serve shows the run, saves the model, and stays until Ctrl-C")
  func run() throws {
    let page = try ServedPage(["train", "--data", "digits:600", "--epochs", "3", "--serve"], in: folder)
    let deadline = Date(timeIntervalSinceNow: 100)
    var run = try page.get("api/run").text
    while run.contains("\"end\":null"), Date() < deadline {
      usleep(20_000)
      run = try page.get("api/run").text
    }
    let shown = try JSONLine(run)
    #expect(try shown.string("end") == "finished")
    let history = try shown.objects("history")
    #expect(try history.map { try $0.integer("epoch") } == [1, 2, 3])
    #expect(try JSONLine(page.get("api/run?after=2").text).objects("history").count == 1)
    let errors = try JSONLine(page.get("api/errors").text)
    let accuracy = try history[2].object("test").number("accuracy")
    #expect(try errors.integer("wrong") == errors.integer("of") - Int((accuracy * 100).rounded()))
    #expect(try page.get("metrics").text.contains("\nnabla_run_epochs 3\n"))
    #expect(try page.post("api/look", json: "{\"strokes\":\(Self.line),\"label\":1}").status == 200)
    let end = try page.end()
    #expect(end.status == 0)
    #expect(end.errors.contains("Saved model.safetensors") || end.output.contains("Saved model.safetensors"))
    // The same bits as without a page.
    let plain = try NablaProcess.run(
      ["train", "--data", "digits:600", "--epochs", "3", "--output", "plain.safetensors"], in: folder)
    #expect(plain.status == 0)
    let models = try ["model.safetensors", "plain.safetensors"].map {
      try ModelFile.load(folder.path($0)).network
    }
    #expect(ModelFile.parametersSHA256(of: models[0]) == ModelFile.parametersSHA256(of: models[1]))
  }

  /// A page that many tests ask and none changes.
  private static func sharedPage() throws -> ServedPage { try shared.get().page }

  private struct Shared: @unchecked Sendable {
    let page: ServedPage
    let folder: Folder
  }

  private static let shared = Result {
    let folder = try Folder()
    let page = try ServedPage(["serve", try SharedModel.get().path], in: folder)
    atexit { ServeTests.endShared() }
    return Shared(page: page, folder: folder)
  }

  private static func endShared() {
    guard let shared = try? shared.get() else { return }
    kill(shared.page.running.process.processIdentifier, SIGKILL)
    for file in [shared.page.running.outputFile, shared.page.running.errorFile] {
      try? FileManager.default.removeItem(at: file)
    }
    try? FileManager.default.removeItem(at: shared.folder.url)
  }
}
