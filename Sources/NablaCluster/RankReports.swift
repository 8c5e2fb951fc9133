/// Why a rank, and so the whole job, ends.
package struct RankFailure: Error, Hashable {
  /// The status that its process ends with, not 0.
  package let status: Int32
  package let message: String

  package init(status: Int32, message: String) { (self.status, self.message) = (status, message) }

  /// The status, and behind it the message.
  package var bytes: [UInt8] { [UInt8(truncatingIfNeeded: status)] + Array(message.utf8) }

  package init(_ bytes: [UInt8]) {
    self.init(
      status: Int32(bytes.first ?? 0), message: String(decoding: bytes.dropFirst(), as: UTF8.self))
  }
}

/// What each rank tells when all come together: that it has failed, or its settings.
package struct RankReports {
  private let reports: [[UInt8]]

  /// - Parameter reports: each rank's `RankFailure.bytes` or `bytes(of:)`.
  package init(_ reports: [[UInt8]]) { self.reports = reports }

  /// What a rank tells that has not failed: 0, and behind it its settings.
  package static func bytes(of settings: [String: String]) -> [UInt8] {
    var wire = WireWriter()
    wire.add(UInt8(0))
    wire.add(settings.count)
    for (key, value) in settings.sorted(by: { $0.key < $1.key }) {
      wire.add(key)
      wire.add(value)
    }
    return wire.bytes
  }

  /// The failure of the lowest rank that has one; rank 0's in its own words.
  package var failure: RankFailure? {
    for (rank, report) in reports.enumerated() where report.first ?? 0 != 0 {
      let failure = RankFailure(report)
      return rank == 0
        ? failure : RankFailure(status: failure.status, message: "rank \(rank): \(failure.message)")
    }
    return nil
  }

  /// The first setting in which a rank differs from rank 0; nil if all have the same.
  package var difference: RankFailure? {
    let settings = reports.map(Self.settings)
    for (rank, own) in settings.enumerated() {
      for key in Set(own.keys).union(settings[0].keys).sorted() where own[key] != settings[0][key] {
        return RankFailure(
          status: Self.usage,
          message: "rank \(rank): has another \(key) (expected \(settings[0][key] ?? "none"), as rank 0 has, "
            + "found \(own[key] ?? "none"))")
      }
    }
    return nil
  }

  /// The status of a job that was started wrongly: that of sysexits.h.
  private static let usage: Int32 = 64

  private static func settings(_ report: [UInt8]) -> [String: String] {
    var wire = WireReader(Array(report.dropFirst()))
    var settings: [String: String] = [:]
    for _ in 0..<(wire.value(Int.self) ?? 0) {
      guard let key = wire.text(), let value = wire.text() else { break }
      settings[key] = value
    }
    return settings
  }
}
