import ArgumentParser
import Foundation
import Nabla
import NablaCluster
import NablaFormats

/// The job of `mpirun` or `srun` that this process is a rank of, if it is one.
///
/// All ranks run the same command on the same data. Rank 0 alone reads checkpoints, writes files and speaks; what goes
/// wrong before training starts is told by it, wherever it happened. Written once, before threads start.
enum Cluster {
  /// The ranks that work together; nil where this process works alone.
  nonisolated(unsafe) private(set) static var communicator: (any Communicator)?
  #if MPI
    /// All ranks of the job.
    nonisolated(unsafe) private static var world: MPICommunicator?
  #endif

  /// What the job is doing.
  private enum Phase {
    /// Every rank by itself; the next thing they do together is to settle.
    case preparing
    case running
    /// All ranks have come to the end.
    case done
  }

  nonisolated(unsafe) private static var phase = Phase.preparing

  /// True for the rank that people see; for a process alone, too.
  static var isLead: Bool { (communicator?.rank ?? 0) == 0 }

  /// Ranks that work together.
  static var size: Int { communicator?.size ?? 1 }

  /// Seconds that a rank waits for another in training before it gives up.
  private static let standardTimeout = 600.0

  /// Joins the job, where the environment says that there is one and this build knows MPI.
  static func join() {
    #if MPI
      // What Open MPI's mpirun, PMIx, MPICH's and Slurm's launchers set. Without one of them MPI is not even started.
      let names = ["OMPI_COMM_WORLD_SIZE", "PMIX_RANK", "PMI_RANK"]
      let environment = ProcessInfo.processInfo.environment
      guard names.contains(where: { environment[$0] != nil }) else { return }
      let timeout =
        environment["NABLA_RANK_TIMEOUT"].flatMap(OptionValue.decimalFraction).map { Double($0) }
        ?? standardTimeout
      guard let world = MPICommunicator.start(timeout: max(timeout, 1)) else {
        Console.message("nabla: warning: MPI has no support for threads; this process works alone")
        return
      }
      guard world.size > 1 else { return MPICommunicator.end() }
      communicator = world
      self.world = world
      Console.isMuted = world.rank > 0
    #endif
  }

  /// Refuses a job whose processes would each do everything, and write the same files.
  ///
  /// - Throws: `CommandFailure` in a build without MPI that a launcher has started several times.
  static func requireMPI() throws {
    #if !MPI
      let environment = ProcessInfo.processInfo.environment
      for name in ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"] {
        guard let size = environment[name].flatMap({ Int($0) }), size > 1 else { continue }
        throw CommandFailure(
          .usage,
          "\(name): this is a job of \(size) ranks (expected a build with MPI, as `make cluster` makes, found one without)"
        )
      }
    #endif
  }

  // MARK: Before training

  /// Makes sure that all ranks have come as far as this one, with the same settings and data.
  ///
  /// - Throws: `CommandFailure` on every rank if one of them has failed, or has others.
  static func settle(on settings: [String: String]) throws {
    guard let communicator, phase == .preparing else { return }
    phase = .running
    let reports = RankReports(communicator.allGather(RankReports.bytes(of: settings)))
    guard let failure = reports.failure ?? reports.difference else { return }
    phase = .done
    throw CommandFailure(failure)
  }

  /// Tells the other ranks that this one has failed before it came so far, and returns what the job ends with.
  static func settle(_ failure: CommandFailure) -> CommandFailure {
    guard let communicator, phase == .preparing else {
      if !isLead, phase == .running { ownFailure = failure }
      return failure
    }
    phase = .done
    let reports = RankReports(communicator.allGather(RankFailure(failure).bytes))
    return reports.failure.map { CommandFailure($0) } ?? failure
  }

  /// Why this rank has failed in training, if it is not rank 0: mostly all ranks have, and rank 0 says it.
  nonisolated(unsafe) private static var ownFailure: CommandFailure?

  /// All ranks have come to the end of what they do together.
  static func finish() { phase = .done }

  /// Keeps as many ranks as are to train; the others wait for the end. Rank 0 decides.
  ///
  /// - Returns: what people should know of it, a line each.
  /// - Throws: `QuietExit` on a rank that does not train.
  static func choose(_ count: RankCount, for work: RankCost.Work) throws -> [String] {
    guard let all = communicator else { return [] }
    var notes: [String] = []
    var chosen =
      switch count {
      case .all: all.size
      case .number(let number): min(number, all.size)
      case .auto: 0
      }
    withUnsafeMutableBytes(of: &chosen) { all.broadcast($0, from: 0) }
    if chosen == 0 {
      let cost = RankCost.measured(on: all)
      // Another rank may have another number of cores.
      chosen = cost.fastest(work)
      withUnsafeMutableBytes(of: &chosen) { all.broadcast($0, from: 0) }
      notes = cost.reason(work, training: chosen).map { [$0] } ?? []
    }
    guard chosen < all.size else { return notes }
    #if MPI
      guard let world else { return notes }
      let part = world.taking(first: chosen)
      guard world.rank < chosen else {
        finish()
        throw QuietExit(status: .success)
      }
      communicator = chosen > 1 ? part : nil
    #endif
    return notes
  }

  // MARK: The end

  #if MPI
    /// How long a rank that fails alone waits for rank 0 to tell of the same error, in tenths of a second.
    private static let courtesy = 50
  #endif

  /// Leaves the job; all ranks wait for rank 0, which may have files to write.
  ///
  /// Where rank 0 ends alone, it ends the others; where another does, it waits a moment for rank 0 to tell of the same
  /// error, and the launcher ends the others.
  static func leave(_ status: ExitStatus) {
    #if MPI
      guard let world else { return }
      var signal: UInt8 = 0
      if world.rank == 0 {
        for rank in 1..<world.size { withUnsafeBytes(of: &signal) { world.send($0, to: rank) } }
        if phase != .done { MPICommunicator.abort(status: status.rawValue) }
      } else if phase == .done {
        withUnsafeMutableBytes(of: &signal) { world.receive($0, from: 0) }
      } else {
        return tellOwnFailure(world)
      }
      MPICommunicator.end()
    #endif
  }

  #if MPI
    /// Says why this rank has failed, unless rank 0 soon ends, too: then it has said so.
    private static func tellOwnFailure(_ world: MPICommunicator) {
      for _ in 0..<courtesy {
        if world.sender() != nil { return }
        usleep(100_000)
      }
      guard let ownFailure else { return }
      Console.isMuted = false
      Console.message("nabla: error: rank \(world.rank): \(ownFailure.message.onOneLine)")
    }
  #endif
}

/// A command that several ranks run together. Of any other rank 0 alone runs it.
protocol ClusterCommand: ParsableCommand {}

/// What must be the same on all ranks of a search.
enum SearchSettings {
  static func of(_ data: Dataset, _ settings: [String: String]) -> [String: String] {
    guard Cluster.communicator != nil else { return [:] }
    var settings = settings
    settings["nabla_version"] = RootCommand.version
    settings["samples_sha256"] = DataFingerprint.sha256(of: data)
    return settings
  }
}

extension CommandFailure {
  /// What another rank has told.
  init(_ failure: RankFailure) {
    self.init(ExitStatus(rawValue: failure.status) ?? .inputOutput, failure.message)
  }
}

extension RankFailure {
  /// A failure as other ranks are told it.
  init(_ failure: CommandFailure) { self.init(status: failure.status.rawValue, message: failure.message) }
}
