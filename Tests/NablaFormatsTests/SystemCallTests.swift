import Foundation
import NablaFormats
import Testing

@Suite("System calls that a signal interrupts")
struct SystemCallTests {
  @Test("are made again until they return something else")
  func interrupted() {
    var calls = 0
    let result = uninterrupted {
      calls += 1
      errno = EINTR
      return calls < 4 ? -1 : 7
    }
    #expect(result == 7)
    #expect(calls == 4)
  }

  @Test("are made once where they fail for another reason")
  func failing() {
    var calls = 0
    let result = uninterrupted {
      calls += 1
      errno = EIO
      return -1
    }
    #expect(result == -1)
    #expect(errno == EIO)
    #expect(calls == 1)
  }

  @Test("a success that leaves an old EINTR behind is a success")
  func stale() {
    errno = EINTR
    #expect(uninterrupted { 0 } == 0)
  }
}
