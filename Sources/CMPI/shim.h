// What of MPI is macros with casts, which Swift does not see.
#pragma once
#include <mpi.h>

/// Initialises MPI for one thread at a time. Errors are returned from then on. 0 on success.
static inline int fedit_mpi_start(int *rank, int *count) {
  int provided;
  int status = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  if (status != MPI_SUCCESS) return status;
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  MPI_Comm_rank(MPI_COMM_WORLD, rank);
  MPI_Comm_size(MPI_COMM_WORLD, count);
  return provided >= MPI_THREAD_SERIALIZED ? 0 : -1;
}

static inline int fedit_mpi_exchange(const void *bytes, int count, int partner, void *received) {
  return MPI_Sendrecv(bytes, count, MPI_BYTE, partner, 0, received, count, MPI_BYTE, partner, 0, MPI_COMM_WORLD,
                      MPI_STATUS_IGNORE);
}

static inline void fedit_mpi_finish(void) { MPI_Finalize(); }
static inline void fedit_mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }
