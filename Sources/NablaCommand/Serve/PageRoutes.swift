import Foundation
import Nabla
import NablaPages
import NablaServer

/// Everything that a browser or a program may ask for. Used by the server's thread alone.
final class PageRoutes {
  private let server: HTTPServer
  /// nil until a run has trained its first epoch.
  private var model: ServedModel?
  /// The run that is shown; nil without one.
  private let run: LiveRun?
  private let encoding: DataEncoding
  private var shownEpoch: Int?
  private var errors: (epoch: Int, json: JSON)?
  private var metrics = ServerMetrics()

  /// A page for one model.
  init(_ server: HTTPServer, _ model: ServedModel) {
    (self.server, self.model, run, encoding) = (server, model, nil, model.encoding)
  }

  /// A page for a run.
  init(_ server: HTTPServer, _ run: LiveRun) {
    (self.server, self.run, encoding) = (server, run, run.shown.encoding)
  }

  var all: [HTTPRoute] {
    let files = LivePage.files.map { file in
      HTTPRoute("GET", file.path) { (_) throws(HTTPRefusal) in
        HTTPResponse(contentType: file.contentType, body: file.bytes)
      }
    }
    return files + [
      get("/health") { _, _ in ["status": "ok"] },
      HTTPRoute("GET", "/metrics") { [self] (_) throws(HTTPRefusal) in
        try refresh()
        return HTTPResponse(
          contentType: "text/plain; version=0.0.4; charset=utf-8",
          body: Array(metrics.text(server, model, run?.current).utf8))
      },
      get("/api/state") { page, _ in
        [
          "model": page.model?.json ?? .null, "lesson": page.model?.lesson.json ?? .null,
          "run": .bool(page.run != nil),
        ]
      },
      get("/api/weights") { page, head in try page.weights(head) },
      get("/api/digit") { page, head in try page.digit(head.number("number") ?? 0) },
      get("/api/run") { page, head in try page.runJSON(after: head.number("after") ?? 0) },
      get("/api/errors") { page, _ in try page.errorsJSON() },
      post("/api/look") { page, model, drawing in try DrawingAnswer(model: model, drawing: drawing).json() },
      post("/api/step") { page, model, drawing in
        try page.requireEnd()
        guard let label = drawing.label else { throw NablaError.mismatch("label: expected one") }
        try model.lesson.step(
          image: drawing.pixels, label: label,
          rate: drawing.rate ?? model.lesson.usualRate(UpdateFormula(model.metadata)))
        return try DrawingAnswer(model: model, drawing: drawing).json()
      },
      post("/api/undo") { _, model, drawing in
        try model.lesson.undo()
        return try DrawingAnswer(model: model, drawing: drawing).json()
      },
      post("/api/reset") { _, model, drawing in
        try model.lesson.reset()
        return try DrawingAnswer(model: model, drawing: drawing).json()
      },
      HTTPRoute("POST", "/predict", longestBody: PredictionRequest.longestBody) {
        [self] (request) throws(HTTPRefusal) in try predict(request)
      },
    ]
  }

  // MARK: Routes

  private func get(
    _ path: String, _ answer: @escaping (PageRoutes, HTTPRequestHead) throws -> JSON
  ) -> HTTPRoute {
    HTTPRoute("GET", path) { [self] (request) throws(HTTPRefusal) in
      try refresh()
      return try respond { try answer(self, request.head) }
    }
  }

  private func post(
    _ path: String, _ answer: @escaping (PageRoutes, ServedModel, Drawing) throws -> JSON
  ) -> HTTPRoute {
    HTTPRoute("POST", path, longestBody: Drawing.longestBody) { [self] (request) throws(HTTPRefusal) in
      try requireJSON(request.head)
      let model = try requireModel()
      guard !model.isTable else {
        throw HTTPRefusal(.unprocessable, "expected a model of pictures, found one of a table")
      }
      let drawing = try Drawing(request.body, for: model)
      return try respond { try answer(self, model, drawing) }
    }
  }

  /// Errors of the library are about what was sent; a text of ours, never a stack.
  private func respond(_ answer: () throws -> JSON) throws(HTTPRefusal) -> HTTPResponse {
    do {
      return HTTPResponse(json: try answer().description + "\n")
    } catch let refusal as HTTPRefusal {
      throw refusal
    } catch {
      throw HTTPRefusal(.unprocessable, "\(error)")
    }
  }

  private func requireJSON(_ head: HTTPRequestHead) throws(HTTPRefusal) {
    guard head.value(of: "content-type")?.lowercased().hasPrefix("application/json") == true else {
      throw HTTPRefusal(.unsupportedMediaType, "content-type: expected application/json")
    }
  }

  private func requireModel() throws(HTTPRefusal) -> ServedModel {
    try refresh()
    guard let model else { throw HTTPRefusal(.unavailable, "the first epoch is still under way") }
    return model
  }

  /// Steps of learning wait for the end of a run: each epoch brings another network.
  private func requireEnd() throws(HTTPRefusal) {
    guard let run, run.current.summary == nil else { return }
    throw HTTPRefusal(.conflict, "the run is training; a step of your own can be taken when it has ended")
  }

  /// Takes the network of the latest epoch that the run has shown.
  private func refresh() throws(HTTPRefusal) {
    guard let run, let snapshot = run.current.snapshot, snapshot.epoch != shownEpoch else { return }
    do throws(NablaError) {
      let shape = run.shown.isTable ? nil : run.shown.imageShape
      model = try ServedModel(
        network: snapshot.network, encoding: encoding, metadata: run.metadata, shape: shape, name: run.name,
        threads: 1)
      shownEpoch = snapshot.epoch
    } catch {
      throw HTTPRefusal(.unavailable, "\(error)")
    }
  }

  private func predict(_ request: HTTPRequest) throws(HTTPRefusal) -> HTTPResponse {
    let clock = ContinuousClock()
    let start = clock.now
    let prediction = try PredictionRequest(request, for: requireModel())
    let response = try respond { try prediction.answer() }
    let seconds = (clock.now - start) / .seconds(1)
    metrics.add(predictions: prediction.count, seconds: seconds)
    return response
  }

  /// Rows of a layer's weights: neurons `first` and the `count - 1` after it.
  private func weights(_ head: HTTPRequestHead) throws(HTTPRefusal) -> JSON {
    let model = try requireModel()
    let network = model.lesson.network
    let layer = head.number("layer") ?? 0
    guard network.topology.layers.indices.contains(layer) else {
      throw HTTPRefusal(.notFound, "layer: expected 0 to \(network.topology.layers.count - 1)")
    }
    let shape = network.topology.layers[layer]
    let first = head.number("first") ?? 0
    guard (0..<shape.outputs).contains(first) else {
      throw HTTPRefusal(.notFound, "first: expected 0 to \(shape.outputs - 1)")
    }
    let count = max(1, min(head.number("count") ?? 1, shape.outputs - first, 256))
    let all = network.weights(layer: layer)
    let rows = (first..<first + count).map { Array(all[$0 * shape.inputs..<($0 + 1) * shape.inputs]) }
    return [
      "layer": .integer(layer), "first": .integer(first), "inputs": .integer(shape.inputs),
      "epoch": shownEpoch.map { .integer($0) } ?? .null,
      "biases": .numbers(Array(network.biases(layer: layer)[first..<first + count])),
      "rows": SignedBytes(rows).json,
    ]
  }

  /// A digit of the varied pen, for those who would rather not draw.
  private func digit(_ number: Int) throws(HTTPRefusal) -> JSON {
    guard (0..<1_000_000).contains(number) else {
      throw HTTPRefusal(.notFound, "number: expected 0 to 999999")
    }
    let (pixels, labels) = SyntheticDigits(seed: 13, split: .test, pen: .varied).rendered(number..<number + 1)
    return ["pixels": .string(Data(pixels).base64EncodedString()), "label": .integer(Int(labels[0]))]
  }

  private func runJSON(after: Int) throws(HTTPRefusal) -> JSON {
    guard let run else { throw HTTPRefusal(.notFound, "no run is shown here") }
    return run.current.json(after: after, of: run)
  }

  private func errorsJSON() throws -> JSON {
    guard let run else { throw HTTPRefusal(.notFound, "no run is shown here") }
    let model = try requireModel()
    let epoch = shownEpoch ?? 0
    if let errors, errors.epoch == epoch { return errors.json }
    let json = try run.errors(of: model, epoch: epoch)
    errors = (epoch, json)
    return json
  }
}
