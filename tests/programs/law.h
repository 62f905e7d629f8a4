/* What the programs with known laws share: their arguments, the computing that they emulate, the
   line that they print.  For C, C++ and Fortran (bind(C)); calls no MPI.

   Computing is emulated by sleeping, so that more ranks than cores still take the time that as many
   cores would.  With W = work / steps, P ranks and rank r's place u = 2 r / (P - 1) - 1 from -1 to
   1 (0 if P = 1), a step of rank r takes

     strong   t(r, P) = W (serial + (1 - serial) (1 + imbalance u) / P + growth (P - 1))
     weak     t(r, P) = W (serial + (1 - serial) (1 + imbalance u)     + growth (P - 1))

   (Amdahl 1967; Gustafson 1988; growth as kappa of Gunther's USL); the slowest is the last rank.

   Arguments of all programs:
     --work SECONDS      computing of all steps together on one rank; --weak: of every rank (1)
     --steps N           (10)
     --weak              the problem grows with the ranks
     --serial F          part of the computing that every rank repeats (0)
     --imbalance F       largest over mean of the ranks' shares, less 1 (0)
     --growth F          computing that each further rank adds, part of W (0)
     --bytes N           of a message; each program says which (8)
     --every N           steps between two residuals (1)
     --cells N           size of the little problem that is really computed, for the checksum (64)
     --dims 1|2          of the decomposition (1)
     --startup SECONDS   before the first step (0)
     --iterations N      threaded: all of them (20000000)
     --memory MB         shared by the ranks: MB / P each (0)
     --memory-each MB    of each rank (0)
     --fail-at-ranks P   with P ranks the last one ends with status 3 after MPI_Init (0: never)
     --ranks-of B        with another number of ranks than a power of B likewise (0: with any)
     --hang-at-ranks P   with P ranks all wait for ever after MPI_Init (0: never) */
#ifndef LAW_H
#define LAW_H

#ifdef __cplusplus
extern "C" {
#endif

struct Law;

/** Counted by each rank, to be reduced by MPI_MAX and MPI_SUM. */
enum { law_phases, law_seconds, law_late, law_counters };

/** Sums modulo this prime, 2^31 - 1, are the same for every number of ranks. */
enum { law_modulus = 2147483647 };

/** Reads the arguments of this process, takes the memory, fails or hangs where told to.  A mistake
   in the arguments ends the process with one sentence and status 2. */
struct Law* law_begin(int rank, int ranks);

/** Value of an argument, "steps" for --steps; a flag is 0 or 1. */
double law_get(const struct Law* law, const char* name);

/** Computing of one step of a rank, t(r, P), in seconds. */
double law_share(const struct Law* law, int rank, int ranks);

/** Computes for so long: sleeps, and counts a phase, its seconds as given, not as measured, and by
   how much it woke up late: what the computer added, being busy. */
void law_compute(struct Law* law, double seconds);

/** Writes the law_counters counters of this rank. */
void law_count(const struct Law* law, double* counters);

/** Prints one JSON object to stdout: `elapsed` seconds of the steps, and the counters reduced by
    MPI_MAX and MPI_SUM; for rank 0.  checksum is a whole number or has 15 digits. */
void law_print(const struct Law* law, const char* program, int ranks, double checksum,
               double elapsed, const double* most, const double* sum);

void law_end(struct Law* law);

#ifdef __cplusplus
}
#endif
#endif
