#if MPI
  import CMPI
  import Nabla

  #if canImport(Glibc)
    import Glibc
  #elseif canImport(Musl)
    import Musl
  #elseif canImport(Darwin)
    import Darwin
  #endif

  /// Ranks that are processes of a job of `mpirun` or `srun`.
  ///
  /// Its functions are called by the thread that started it, or one at a time from others that it waits for: the
  /// thread of a team that speaks for it is always that one.
  package final class MPICommunicator: Communicator, @unchecked Sendable {
    package let rank: Int
    package let size: Int
    private let number: Int64
    private let room: UnsafeMutablePointer<Int32>
    private let watch: RankWatch

    /// Joins the job; nil where MPI refuses its kind of threads.
    ///
    /// - Parameter timeout: seconds after which a rank that waits for others gives the job up.
    package static func start(timeout: Double) -> MPICommunicator? {
      guard nabla_mpi_start() != 0 else { return nil }
      return MPICommunicator(nabla_mpi_world(), RankWatch(timeout: timeout))
    }

    private init(_ number: Int64, _ watch: RankWatch) {
      (self.number, self.watch) = (number, watch)
      rank = Int(nabla_mpi_rank(number))
      size = Int(nabla_mpi_size(number))
      room = .allocate(capacity: 2 * size)
    }

    deinit { room.deallocate() }

    /// The first `count` ranks as a job of their own, or the others as another; all ranks call this.
    package func taking(first count: Int) -> MPICommunicator {
      MPICommunicator(nabla_mpi_split(number, rank < count ? 0 : 1, Int32(rank)), watch)
    }

    package func allGather(_ memory: UnsafeMutableRawPointer, places: UnsafePointer<Int>) {
      watch.begin(rank: rank)
      nabla_mpi_all_gather(number, memory, places, Int32(size), room)
      watch.end()
    }

    package func broadcast(_ memory: UnsafeMutableRawBufferPointer, from root: Int) {
      watch.begin(rank: rank)
      nabla_mpi_broadcast(number, memory.baseAddress, memory.count, Int32(root))
      watch.end()
    }

    package func send(_ memory: UnsafeRawBufferPointer, to rank: Int) {
      nabla_mpi_send(number, memory.baseAddress, Int32(memory.count), Int32(rank))
    }

    package func sender() -> Int? {
      let rank = nabla_mpi_probe(number, -1)
      return rank < 0 ? nil : Int(rank)
    }

    /// Sleeps between two looks: a rank may wait for hours, and its core has a use meanwhile.
    package func receive(_ memory: UnsafeMutableRawBufferPointer, from rank: Int) {
      while nabla_mpi_probe(number, Int32(rank)) < 0 { usleep(1000) }
      nabla_mpi_receive(number, memory.baseAddress, Int32(memory.count), Int32(rank))
    }

    /// Leaves the job; all ranks call this, and nothing after it.
    package static func end() { nabla_mpi_end() }

    /// Ends the job with this status, whatever the other ranks are doing.
    package static func abort(status: Int32) -> Never {
      nabla_mpi_abort(status)
      exit(status)
    }
  }
#endif
