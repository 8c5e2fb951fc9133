import NablaCluster
import Synchronization
import Testing

@Suite struct RankWatchTests {
  @Test("A call that takes too long gives the job up, with the rank that has waited")
  func givesUp() {
    let reason = Reason()
    let watch = RankWatch(timeout: 0.05) { reason.set($0) }
    watch.begin(rank: 0)
    while reason.text == nil {}
    #expect(reason.text?.hasPrefix("rank 0 has waited 0 s for another rank") == true)
  }

  @Test("Nothing is given up between calls")
  func isPatient() {
    let watch = RankWatch(timeout: 0) { _ in }
    #expect(watch.reason == nil)
    watch.begin(rank: 0)
    while watch.reason == nil {}
    watch.end()
    #expect(watch.reason == nil)
  }

  private final class Reason: Sendable {
    private let value = Mutex<String?>(nil)
    func set(_ text: String) { value.withLock { $0 = text } }
    var text: String? { value.withLock(\.self) }
  }
}
