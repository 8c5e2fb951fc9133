import Foundation
import InputBytes
import Nabla
import NablaFormats
import Testing

/// What a model file says about a table's columns and targets.
@Suite struct EncodingMetadataTests {
  private static let columns = [
    FeatureColumn(name: "age"),
    FeatureColumn(name: "Größe \"m\", \\ 数\n", kind: .category(["a,b", "ü\u{1}", "🙂"])),
    FeatureColumn(name: "x"),
  ]

  private static func features(_ scaling: FeatureEncoding.Scaling = .standard) throws -> FeatureEncoding {
    try FeatureEncoding(
      columns: columns, scaling: scaling,
      numbers: [
        .init(fill: 0.1, offset: -1.5e-20, factor: 3.4e38), .init(fill: 2),
        .init(fill: -0.0, offset: 1 / 3, factor: 0),
      ])
  }

  private func network(_ outputs: Int) throws -> Network {
    try Network(topology: Topology([5, 3, outputs]), cost: .quadratic, seed: 1)
  }

  static let encodings: [(outputs: Int, encoding: DataEncoding)] = {
    let values = [
      DataEncoding.Value(name: "y \"1\"", offset: 152.13, factor: 0.0129), DataEncoding.Value(name: "µ"),
    ]
    let features = FeatureEncoding.Scaling.allCases.compactMap { try? Self.features($0) }
    return features.map { (2, DataEncoding(features: $0, target: .classes(names: ["no", "yes \"é\""]))) }
      + [(2, DataEncoding(features: features[0], target: .values(values)))]
      + [(3, DataEncoding(features: features[0], target: .classes(names: ["one", "two"])))]
  }()

  @Test("Numbers, categories, classes and real targets come back to the bit", arguments: encodings)
  func roundTrip(outputs: Int, encoding: DataEncoding) throws {
    let folder = try TemporaryFolder()
    try ModelFile.save(network(outputs), to: folder.path("m"), encoding: encoding)
    let loaded = try ModelFile.load(folder.path("m"))
    #expect(loaded.encoding == encoding)
    let numbers = loaded.encoding.features?.numbers ?? []
    #expect(numbers.map(\.fill.bitPattern) == encoding.features?.numbers.map(\.fill.bitPattern))
  }

  @Test("Pictures whose classes are called by their numbers have no such keys")
  func pictures() throws {
    let folder = try TemporaryFolder()
    try ModelFile.save(network(2), to: folder.path("m"), encoding: DataEncoding())
    let loaded = try ModelFile.load(folder.path("m"))
    #expect(loaded.encoding == DataEncoding())
    #expect(Set(loaded.metadata.keys).isDisjoint(with: ["features", "target", "encoding_sha256"]))
  }

  @Test("A changed digit is noticed by the hash")
  func damaged() throws {
    let folder = try TemporaryFolder()
    let encoding = DataEncoding(features: try Self.features(), target: .classes(names: ["no", "yes"]))
    try ModelFile.save(network(2), to: folder.path("m"), encoding: encoding)
    let text = String(decoding: try folder.read("m"), as: UTF8.self)
    try #require(text.contains("\\\"fill\\\":0.1,"))
    var bytes = try folder.read("m")
    let found = bytes.firstRange(of: Array("\"fill\\\":0.1,".utf8))
    let range = try #require(found)
    bytes[range.upperBound - 2] = UInt8(ascii: "2")
    let path = try folder.write(bytes, to: "damaged")
    let error = #expect(throws: FileError.self) { _ = try ModelFile.load(path) }
    #expect(error?.problem == "has damaged features or target in its metadata")
    #expect(error?.kind == .badData)
  }

  @Test(
    "What is no encoding, or does not fit the tensors, is refused",
    arguments: [
      (["features": "{"], nil),
      (["features": "[]"], nil),
      (
        ["features": #"{"scaling":"robust","columns":[]}"#],
        #"has an unusable "scaling" in "features" of its metadata"#
      ),
      (
        ["features": #"{"scaling":"none","columns":[]}"#],
        #"has an unusable "columns" in "features" of its metadata"#
      ),
      (
        ["features": #"{"scaling":"none","columns":[{"name":"a","fill":0,"offset":"1","factor":1}]}"#],
        #"has an unusable "offset" in "features" of its metadata"#
      ),
      (
        ["features": #"{"scaling":"none","columns":[{"name":"a","fill":0,"offset":0,"factor":1}]}"#],
        "has features in its metadata that do not fit its tensors"
      ),
      (
        ["features": #"{"scaling":"none","columns":[{"name":"a","words":["1","2","3","4","5"],"fill":5}]}"#],
        nil
      ),
      (["features": #"{"scaling":"none","columns":[{"name":"a","fill":1e99,"offset":0,"factor":1}]}"#], nil),
      (
        ["target": #"{"classes":["a","b","c"]}"#],
        "has a target in its metadata that does not fit its tensors"
      ),
      (
        ["target": #"{"values":[{"name":"y","offset":0,"factor":1}]}"#],
        "has a target in its metadata that does not fit its tensors"
      ),
      (
        ["target": #"{"values":[{"name":"y","offset":0,"factor":0},{"name":"z","offset":0,"factor":1}]}"#],
        #"has an unusable "factor" in "target" of its metadata"#
      ),
      (["target": #"{"classes":[1,2]}"#], #"has an unusable "classes" in "target" of its metadata"#),
      (["target": #"{"values":[]}"#], #"has an unusable "values" in "target" of its metadata"#),
    ] as [([String: String], String?)])
  func misfits(strings: [String: String], problem: String?) throws {
    let folder = try TemporaryFolder()
    try ModelFile.save(network(2), to: folder.path("m"), metadata: strings)
    let error = #expect(throws: FileError.self) { _ = try ModelFile.load(folder.path("m")) }
    #expect(error?.path.hasPrefix(folder.path("m")) == true && error?.kind == .badData)
    if let problem { #expect(error?.problem == problem) }
  }

  @Test("The test set of an archive is loaded with the classes of both")
  func archive() throws {
    let folder = try TemporaryFolder()
    let arrays = [
      ("x_train", npy("<f4", "4, 2", floats([1, 2, 3, 4, 5, 6, 7, 8]))),
      ("y_train", npy("<i8", "4,", integers([3, 5, 3, 5]))),
      ("x_test", npy("<f4", "1, 2", floats([9, 10]))), ("y_test", npy("<i8", "1,", integers([4]))),
    ]
    let data = try DataSource.file(folder.write(npz(arrays), to: "a.npz")).load()
    #expect(data.training.encoding.target == .classes(names: ["3", "4", "5"]))
    #expect((0..<4).map { data.training.label(at: $0) } == [0, 2, 0, 2])
    let test = try #require(data.test)
    #expect(test.isTable && test.count == 1 && test.label(at: 0) == 1)
    #expect(test.input(at: 0) == [9, 10])
  }
}
