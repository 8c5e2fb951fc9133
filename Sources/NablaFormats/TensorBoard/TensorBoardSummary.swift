/// What TensorBoard is told of one step: numbers, histograms and pictures, each under a tag such as "cost/training".
///
/// Source: `tensorboard/compat/proto/event.proto` and `summary.proto`.
package struct TensorBoardSummary {
  private var summary = ProtobufMessage()

  package init() {}

  private mutating func add(_ tag: String, _ fill: (inout ProtobufMessage) -> Void) {
    var value = ProtobufMessage()
    value.add(1, tag)
    fill(&value)
    summary.add(1, value)
  }

  /// Adds a number.
  package mutating func add(_ tag: String, _ number: Double) { add(tag) { $0.add(2, Float(number)) } }

  /// Adds a histogram.
  package mutating func add(_ tag: String, _ histogram: Histogram) {
    var proto = ProtobufMessage()
    proto.add(1, histogram.least)
    proto.add(2, histogram.largest)
    proto.add(3, Double(histogram.count))
    proto.add(4, histogram.sum)
    proto.add(5, histogram.sumOfSquares)
    proto.add(6, packed: histogram.limits)
    proto.add(7, packed: histogram.counts.map(Double.init))
    add(tag) { $0.add(5, proto) }
  }

  /// Adds a picture.
  package mutating func add(_ tag: String, _ picture: ColourPicture) {
    var proto = ProtobufMessage()
    proto.add(1, picture.rows)
    proto.add(2, picture.columns)
    proto.add(3, 3)  // RGB
    proto.add(4, picture.png)
    add(tag) { $0.add(4, proto) }
  }

  /// Returns the event that tells it.
  ///
  /// - Parameter wallTime: seconds since 1970.
  func event(step: Int, wallTime: Double) -> [UInt8] {
    var event = ProtobufMessage()
    event.add(1, wallTime)
    event.add(2, step)
    event.add(5, summary)
    return event.bytes
  }

  /// The first event of a file.
  static func version(wallTime: Double) -> [UInt8] {
    var event = ProtobufMessage()
    event.add(1, wallTime)
    event.add(3, "brain.Event:2")
    return event.bytes
  }

  /// Tells a TensorBoard that is looking on that what it knows of `step` and later ones is told anew.
  static func start(step: Int, wallTime: Double) -> [UInt8] {
    var log = ProtobufMessage()
    log.add(1, 1)  // START
    var event = ProtobufMessage()
    event.add(1, wallTime)
    event.add(2, step)
    event.add(7, log)
    return event.bytes
  }

  /// The step of an event; 0 where it tells none.
  static func step(of event: ArraySlice<UInt8>) -> Int { ProtobufMessage.varint(2, in: event) ?? 0 }

  /// Whether an event tells a summary, rather than how the file begins.
  static func isSummary(_ event: ArraySlice<UInt8>) -> Bool { ProtobufMessage.hasField(5, in: event) }
}
