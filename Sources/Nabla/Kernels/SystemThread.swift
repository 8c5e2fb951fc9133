#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif
import Synchronization

/// A thread of the system's own, which may have none to give: the limit of a user or a container is reached. Foundation's
/// `Thread` does not tell, and Dispatch waits until there is one.
package struct SystemThread: @unchecked Sendable {
  private let thread: pthread_t

  /// Starts a thread that runs `body`, with the stack of a process's first thread; `join` must be called.
  ///
  /// - Returns: nil where the system grants no thread.
  package init?(_ body: @escaping @Sendable () -> Void) {
    var attributes = pthread_attr_t()
    guard pthread_attr_init(&attributes) == 0 else { return nil }
    defer { pthread_attr_destroy(&attributes) }
    // Some systems give all but the first thread half a megabyte.
    pthread_attr_setstacksize(&attributes, 8 << 20)
    let context = Unmanaged.passRetained(Body(body))
    #if canImport(Darwin)
      var created: pthread_t?
    #else
      var created = pthread_t()
    #endif
    let status = pthread_create(&created, &attributes, { Body.run($0) }, context.toOpaque())
    guard status == 0 else {
      context.release()
      return nil
    }
    #if canImport(Darwin)
      guard let created else { return nil }
    #endif
    thread = created
  }

  /// Returns how many of `most` threads the system grants at the same time.
  package static func available(_ most: Int) -> Int {
    let gate = Gate()
    var threads: [SystemThread] = []
    while threads.count < most, let thread = SystemThread({ gate.pass() }) { threads.append(thread) }
    gate.open()
    for thread in threads { thread.join() }
    return threads.count
  }

  /// Where threads wait until it is opened.
  private final class Gate: Sendable {
    private let isOpen = Atomic(false)

    func open() { isOpen.store(true, ordering: .releasing) }
    func pass() { while !isOpen.load(ordering: .acquiring) { sched_yield() } }
  }

  /// Waits until the thread has ended.
  package func join() { pthread_join(thread, nil) }

  private final class Body: Sendable {
    private let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) { self.body = body }

    static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
      if let context { Unmanaged<Body>.fromOpaque(context).takeRetainedValue().body() }
      return nil
    }
  }
}
