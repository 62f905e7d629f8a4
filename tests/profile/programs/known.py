"""Messages of known size, and some that are pickled, between ranks of Python."""
from mpi4py import MPI

comm = MPI.COMM_WORLD
after, before = (comm.rank + 1) % comm.size, (comm.rank - 1) % comm.size
words = bytearray(1000)
for turn in range(7):
    request = comm.Isend([words, MPI.BYTE], after, tag=turn)
    comm.Recv([bytearray(1000), MPI.BYTE], before, tag=turn)
    request.Wait()
comm.sendrecv({"rank": comm.rank, "list": list(range(100))}, after, source=before)
comm.Barrier()
comm.allreduce(comm.rank)
