#include <limits.h>
#include <mpi.h>
#include <stddef.h>
#include <stdint.h>

/* What Nabla asks of MPI. Communicators and types are macros, which Swift does not import; a communicator travels as
 * the number that MPI itself gives it for Fortran. MPI's own error handler stays: an error ends the job. */

static inline int nabla_mpi_start(void) {
  int provided = MPI_THREAD_SINGLE;
  if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS) return 0;
  return provided >= MPI_THREAD_FUNNELED;
}

static inline void nabla_mpi_end(void) { MPI_Finalize(); }

static inline void nabla_mpi_abort(int status) { MPI_Abort(MPI_COMM_WORLD, status); }

static inline int64_t nabla_mpi_world(void) { return MPI_Comm_c2f(MPI_COMM_WORLD); }

/* Ranks that give the same colour become a job of their own; all must call. */
static inline int64_t nabla_mpi_split(int64_t communicator, int colour, int rank) {
  MPI_Comm part = MPI_COMM_NULL;
  MPI_Comm_split(MPI_Comm_f2c((MPI_Fint)communicator), colour, rank, &part);
  return MPI_Comm_c2f(part);
}

static inline int nabla_mpi_rank(int64_t communicator) {
  int rank = 0;
  MPI_Comm_rank(MPI_Comm_f2c((MPI_Fint)communicator), &rank);
  return rank;
}

static inline int nabla_mpi_size(int64_t communicator) {
  int size = 1;
  MPI_Comm_size(MPI_Comm_f2c((MPI_Fint)communicator), &size);
  return size;
}

/* MPI counts with an int: larger memory travels in pieces. */
enum { NABLA_MPI_PIECE = 1 << 30 };

static inline void nabla_mpi_broadcast(int64_t communicator, void *memory, ptrdiff_t bytes, int root) {
  char *next = (char *)memory;
  while (bytes > 0) {
    const ptrdiff_t piece = bytes < NABLA_MPI_PIECE ? bytes : NABLA_MPI_PIECE;
    MPI_Bcast(next, (int)piece, MPI_BYTE, root, MPI_Comm_f2c((MPI_Fint)communicator));
    next += piece;
    bytes -= piece;
  }
}

/* In place: rank r gives the bytes places[r] ... places[r + 1]. `room` has 2 * size ints. */
static inline void nabla_mpi_all_gather(int64_t communicator, void *memory, const ptrdiff_t *places, int size,
                                        int *room) {
  if (places[size] > INT_MAX) {
    for (int r = 0; r < size; ++r)
      nabla_mpi_broadcast(communicator, (char *)memory + places[r], places[r + 1] - places[r], r);
    return;
  }
  for (int r = 0; r < size; ++r) {
    room[r] = (int)(places[r + 1] - places[r]);
    room[size + r] = (int)places[r];
  }
  MPI_Allgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, memory, room, room + size, MPI_BYTE,
                 MPI_Comm_f2c((MPI_Fint)communicator));
}

static inline void nabla_mpi_send(int64_t communicator, const void *memory, int bytes, int rank) {
  MPI_Send(memory, bytes, MPI_BYTE, rank, 0, MPI_Comm_f2c((MPI_Fint)communicator));
}

/* The rank whose message has come, from `rank` alone or, if that is negative, from any; -1 if none has. */
static inline int nabla_mpi_probe(int64_t communicator, int rank) {
  int here = 0;
  MPI_Status status;
  MPI_Iprobe(rank < 0 ? MPI_ANY_SOURCE : rank, 0, MPI_Comm_f2c((MPI_Fint)communicator), &here, &status);
  return here ? status.MPI_SOURCE : -1;
}

static inline void nabla_mpi_receive(int64_t communicator, void *memory, int bytes, int rank) {
  MPI_Recv(memory, bytes, MPI_BYTE, rank, 0, MPI_Comm_f2c((MPI_Fint)communicator), MPI_STATUS_IGNORE);
}
