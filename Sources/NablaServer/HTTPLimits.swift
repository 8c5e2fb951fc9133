/// What a client may take: bytes, seconds, connections. Past them it is refused or cut off, so that no client, slow or
/// greedy, keeps others from being answered.
package struct HTTPLimits: Sendable {
  /// Bytes of a request's target.
  static let longestTarget = 2048
  /// Bytes of a request's head.
  static let longestHead = 16 << 10

  /// Connections at once; the one that has been idle longest makes room for another.
  package var connections = 256
  /// Bytes of all bodies under way together.
  package var bytesUnderWay = 64 << 20
  /// Seconds from the first byte of a head to its last.
  package var headSeconds = 10.0
  /// Seconds for a body.
  package var bodySeconds = 30.0
  /// Seconds for the client to take an answer.
  package var answerSeconds = 30.0
  /// Seconds that a connection may be silent between two requests.
  package var idleSeconds = 60.0

  package init() {}
}
