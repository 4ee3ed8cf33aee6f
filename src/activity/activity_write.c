/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Writes an activity as a file that can be read like a recording. */
#include "activity_impl.h"

#include "causeway/error.h"

#include "causeway/internal/io/sonata_report.h"

#include <math.h>

/* Number of values of one block of samples on one rank. */
enum { WRITE_BLOCK = 1 << 22 };

/* Writes this rank's neurons, from column `first` on. */
static PetscErrorCode write_values(Activity a, DataFile file, const SonataReport *report)
{
  const int64_t n = a->partition.n_local, first = a->partition.first;
  const int64_t block =
      PetscMax(1, PetscMin(a->n_samples, WRITE_BLOCK / PetscMax(a->partition.block, 1)));
  PetscErrorCode status = 0;
  double *buffer; /* (block, n_local) */

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(block * n, &buffer));
  for (int64_t start = 0; start < a->n_samples && !status; start += block) {
    const int64_t count = PetscMin(block, a->n_samples - start);

    for (int64_t i = 0; i < n; i++) {
      for (int64_t t = 0; t < count; t++) {
        buffer[t * n + i] = a->values[i * a->n_samples + start + t];
      }
    }
    status = SonataReportWrite(file, report, DATA_FLOAT64, start, count, first, n, buffer);
  }
  PetscCall(PetscFree(buffer));
  PetscFunctionReturn(status);
}

static double time_of(Activity a, int64_t sample)
{
  return a->start_ms + (double)(a->selected_first + sample) * a->sample_ms;
}

/* Writes the trials as columns in seconds; they are the same on all ranks. */
static PetscErrorCode write_trials(Activity a, DataFile file)
{
  static const char *const names[] = {"/intervals/trials/start_time",
                                      "/intervals/trials/stop_time"};
  const Segment window = {a->selected_first, a->selected_first + a->n_samples};
  SegmentList trials = {0, NULL};
  const int64_t zero = 0;
  int64_t n_mine;
  double *column;

  PetscFunctionBegin;
  PetscCall(SegmentListSelect(&a->trials, window, &trials));
  n_mine = a->partition.rank == 0 ? trials.n : 0;
  PetscCall(PetscMalloc1(trials.n, &column));
  for (int k = 0; k < 2; k++) {
    for (int64_t s = 0; s < trials.n; s++) {
      column[s] = 1e-3 * time_of(a, k ? trials.list[s].end : trials.list[s].first);
    }
    PetscCall(DataFileAddDataset(file, names[k], DATA_FLOAT64, 1, &trials.n, NULL));
    PetscCall(DataFileWrite(file, names[k], DATA_FLOAT64, &zero, &n_mine, column));
    PetscCall(DataFileDescribe(file, names[k], "s", k ? "end of each trial" : "begin"));
  }
  PetscCall(PetscFree(column));
  PetscCall(SegmentListDestroy(&trials));
  PetscFunctionReturn(0);
}

/* Number of spikes of an event: for spike trains, the spikes counted in its bin. */
static int64_t spikes_of(Activity a, int64_t i, int64_t sample)
{
  const double value = a->values[i * a->n_samples + sample];

  return a->counts && value >= 1 && value == floor(value) ? (int64_t)value : 1;
}

/* Writes the spikes by neuron; those of a bin have the time of its beginning. */
static PetscErrorCode write_spikes(Activity a, DataFile file)
{
  const int64_t n_local = a->partition.n_local;
  int64_t first = 0, n_all = 0, n = 0;
  uint64_t *nodes;
  double *times;

  PetscFunctionBegin;
  for (int64_t i = 0; i < n_local; i++) {
    for (int64_t k = a->events.start[i]; k < a->events.start[i + 1]; k++) {
      n += spikes_of(a, i, a->events.samples[k]);
    }
  }
  PetscCallMPI(MPI_Allreduce(&n, &n_all, 1, MPI_INT64_T, MPI_SUM, a->comm));
  PetscCallMPI(MPI_Exscan(&n, &first, 1, MPI_INT64_T, MPI_SUM, a->comm));
  PetscCall(PetscMalloc2(n, &nodes, n, &times));
  n = 0;
  for (int64_t i = 0; i < n_local; i++) {
    const int64_t neuron = a->partition.first + i;

    for (int64_t k = a->events.start[i]; k < a->events.start[i + 1]; k++) {
      for (int64_t s = spikes_of(a, i, a->events.samples[k]); s > 0; s--) {
        nodes[n] = (uint64_t)(a->observed.index ? a->observed.index[neuron] : neuron);
        times[n++] = time_of(a, a->events.samples[k]);
      }
    }
  }
  PetscCall(DataFileAddDataset(file, "/spikes/neurons/timestamps", DATA_FLOAT64, 1, &n_all, NULL));
  PetscCall(DataFileAddDataset(file, "/spikes/neurons/node_ids", DATA_UINT64, 1, &n_all, NULL));
  PetscCall(DataFileWrite(file, "/spikes/neurons/timestamps", DATA_FLOAT64, &first, &n, times));
  PetscCall(DataFileWrite(file, "/spikes/neurons/node_ids", DATA_UINT64, &first, &n, nodes));
  PetscCall(DataFileDescribe(file, "/spikes/neurons/timestamps", "ms", "time of each spike"));
  PetscCall(DataFileSetReal(file, "/spikes/neurons/timestamps", "resolution", a->sample_ms));
  PetscCall(DataFileDescribe(file, "/spikes/neurons/node_ids", "1", "neuron of each spike"));
  PetscCall(DataFileSetSpikeSorting(file, "/spikes/neurons", PETSC_FALSE));
  PetscCall(PetscFree2(nodes, times));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityWrite(Activity a, DataFile file, PetscBool single)
{
  const SonataReport report = {.path = "/report/neurons",
                               .n_samples = a->n_samples,
                               .start_ms = time_of(a, 0),
                               .interval_ms = a->sample_ms,
                               .neurons = &a->observed,
                               .type = single ? DATA_FLOAT32 : DATA_FLOAT64,
                               .unit = a->unit[0] ? a->unit : "1",
                               .text = "imported activity, (time, neuron)"};

  PetscFunctionBegin;
  PetscCall(ActivityExpand(a));
  PetscCall(SonataReportAdd(file, &report, a->partition.first, a->partition.n_local));
  PetscCall(write_values(a, file, &report));
  PetscCall(LabelsWrite(&a->labels, file, "/labels"));
  if ((a->trials_kind == TRIALS_FILE || a->trials_kind == TRIALS_OWN || a->trials.n > 1) &&
      a->sample_ms > 0) {
    PetscCall(write_trials(a, file));
  }
  if (a->events.start && a->sample_ms > 0) {
    PetscCall(write_spikes(a, file));
  }
  PetscFunctionReturn(0);
}
