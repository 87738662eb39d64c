#if FEDIT_MPI
  import CMPI
  import FeditText
  import FeditTraining
  import Foundation

  /// The processes that `mpirun` started.
  struct MPIWorkers: TrainingWorkers {
    let rank: Int
    let count: Int

    /// Joins the others.
    ///
    /// However the process ends, the others end too: what happens to one of them, mpirun does to all.
    static func start() throws -> Self {
      var (rank, count): (Int32, Int32) = (0, 1)
      guard fedit_mpi_start(&rank, &count) == 0 else {
        throw CommandFailure(.usage, "MPI cannot be started", hints: ["start it with mpirun"])
      }
      hasStarted = true
      return Self(rank: Int(rank), count: Int(count))
    }

    nonisolated(unsafe) private static var hasStarted = false
    nonisolated(unsafe) private static var isBroken = false

    /// Says good-bye. After an error all processes are ended.
    static func finish(status: ExitStatus.RawValue) {
      guard hasStarted else { return }
      let isAgreed = status == 0 || status == ExitStatus.interrupted.rawValue
      if isAgreed, !isBroken { fedit_mpi_finish() } else { fedit_mpi_abort(status) }
    }

    func exchange(
      _ bytes: UnsafeRawBufferPointer, with rank: Int, into received: UnsafeMutableRawBufferPointer
    ) throws {
      // MPI counts in 32 bits.
      let most = 1 << 30
      var first = 0
      while first < bytes.count {
        let size = min(most, bytes.count - first)
        let status = fedit_mpi_exchange(
          bytes.baseAddress.map { $0 + first }, Int32(size), Int32(rank),
          received.baseAddress.map { $0 + first })
        guard status == 0 else {
          Self.isBroken = true
          throw CommandFailure(
            .interrupted, "process \(rank) is lost",
            hints: ["start again with --resume: it goes on from the last checkpoint"])
        }
        first += size
      }
    }
  }
#endif
