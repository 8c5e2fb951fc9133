import CKernels
import Synchronization

/// A team of threads that runs one function together: one OpenMP parallel region.
package enum Team {
  /// The most members a team can have.
  static let maximumMembers = 1024

  /// Cores this process may use: a container's or taskset's share, not the machine's.
  package static var coreCount: Int {
    min(nabla_processor_count(), ProcessLimits.current.processors ?? .max, maximumMembers)
  }

  /// Throws `NablaError.invalidSetting` for a number of threads no team can have.
  static func validate(members: Int) throws(NablaError) {
    guard members >= 1, members <= maximumMembers else {
      throw .invalidSetting(name: "threads", expected: "1 to \(maximumMembers)", found: "\(members)")
    }
  }

  /// Runs `body` once on each member. The runtime may grant fewer members than asked for: `member.count` tells.
  package static func run(members: Int, _ body: @escaping @Sendable (TeamMember) -> Void) {
    // The region's body is a C function, so the closure travels as its context, kept alive by this frame.
    let box = Body(body)
    let context = Unmanaged.passUnretained(box).toOpaque()
    let members = granted(members)
    withExtendedLifetime(box) { Kernels.check(nabla_team_run(members, teamBody, context)) }
  }

  /// The most members that the system had threads for so far.
  private static let mostGranted = Atomic(1)

  /// Returns how many of `members` the system has threads for.
  ///
  /// OpenMP ends the process where it gets no thread, so the first team of a size tries whether there are enough.
  private static func granted(_ members: Int) -> Int {
    guard members > mostGranted.load(ordering: .relaxed) else { return members }
    let count = 1 + SystemThread.available(members - 1)
    mostGranted.max(count, ordering: .relaxed)
    return count
  }

  /// Runs `body` once for each of 0 ..< `iterations` on all cores, in any order.
  ///
  /// Each member takes the next one when it has finished another, so that they end together.
  package static func forEach(_ iterations: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let next = Counter()
    run(members: max(1, min(iterations, coreCount))) { _ in
      while let index = next.take(below: iterations) { body(index) }
    }
  }

  private final class Counter: Sendable {
    private let value = Atomic(0)

    func take(below end: Int) -> Int? {
      let taken = value.add(1, ordering: .relaxed).oldValue
      return taken < end ? taken : nil
    }
  }

  private final class Body: Sendable {
    let run: @Sendable (TeamMember) -> Void
    init(_ run: @escaping @Sendable (TeamMember) -> Void) { self.run = run }
  }

  // A constant outside any actor: code isolated to the main actor would trap on the second thread.
  private static let teamBody: nabla_team_body = { context, member in
    Unmanaged<Body>.fromOpaque(context!).takeUnretainedValue().run(TeamMember(pointer: member!))
  }
}

/// A thread's place in its team. Kernels that get it do this member's share of the work and return at once.
package struct TeamMember {
  fileprivate(set) var pointer: UnsafeMutablePointer<nabla_member>

  /// 0 for the thread that started the team, up to `count - 1`.
  package var index: Int { pointer.pointee.index }
  var count: Int { pointer.pointee.count }

  /// Waits for every member: what each wrote before is visible to all after.
  @inline(__always)
  func barrier() { nabla_barrier(pointer) }

  /// This member's part of 0 ..< total, in contiguous runs that differ by at most one.
  func share(of total: Int) -> Range<Int> { total * index / count..<total * (index + 1) / count }
}
