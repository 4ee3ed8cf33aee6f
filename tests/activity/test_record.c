/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a recording sees of its source: every so many samples, noise of the right size, some of the neurons; and the
   connections among these. The same on all numbers of ranks. */
#include "recording.h"

static const Case plain = {"none", SOUND, 0, 0, 0, 0, "all", "none"};

static PetscErrorCode load(const char *downsample, const char *noise, const char *fraction,
                           Activity *activity)
{
  PetscFunctionBegin;
  PetscCall(configure(PETSC_COMM_WORLD, "sound.h5:/v", &plain, activity));
  PetscCall(ActivitySetOptions(*activity, SETTINGS({"activity_downsample", downsample},
                                                   {"activity_noise", noise},
                                                   {"observe_fraction", fraction})));
  PetscCall(ActivityLoad(*activity));
  PetscFunctionReturn(0);
}

/* 7 neurons of which 5 are seen, at every third sample. */
static PetscErrorCode test_part(void)
{
  enum { STEP = 3, SEEN = 5 };
  int64_t n_neurons, n_samples;
  const Observed *o;
  Activity a;

  PetscFunctionBegin;
  PetscCall(load("3", "0", "0.7", &a));
  PetscCall(ActivityInspect(a, &n_neurons, &n_samples));
  CHECK(n_neurons == N && n_samples == (T + STEP - 1) / STEP, "%lld samples", (long long)n_samples);
  CHECK(ActivityObservedCount(a, N) == SEEN, "%lld", (long long)ActivityObservedCount(a, N));
  o = ActivityObserved(a);
  CHECK(o->n == SEEN && o->n_all == N && o->index, "%lld of %lld", (long long)o->n,
        (long long)o->n_all);
  CHECK(ActivityPartition(a)->n_global == SEEN && ActivitySamples(a) == n_samples, "shape");
  for (int64_t k = 1; k < SEEN; k++) {
    CHECK(o->index[k] > o->index[k - 1] && o->index[k] < N, "%lld", (long long)o->index[k]);
  }
  for (int64_t i = 0; i < ActivityPartition(a)->n_local; i++) {
    for (int64_t t = 0; t < n_samples; t++) {
      CHECK_CLOSE(ActivityValues(a)[i * n_samples + t],
                  raw(o->index[ActivityPartition(a)->first + i], t * STEP), 0);
    }
  }
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

/* Mean, deviation and neighbours of the noise within five standard errors. */
static PetscErrorCode test_noise(void)
{
  double sums[3] = {0, 0, 0}, before = 0;
  const double n = (double)N * T;
  Activity a;

  PetscFunctionBegin;
  PetscCall(load("1", "2.5", "1", &a));
  CHECK(!ActivityObserved(a)->index && ActivityPartition(a)->n_global == N, "all are seen");
  for (int64_t e = 0; e < ActivityPartition(a)->n_local * T; e++) {
    const double noise =
        (ActivityValues(a)[e] - raw(ActivityPartition(a)->first + e / T, e % T)) / 2.5;

    sums[0] += noise / n;
    sums[1] += noise * noise / n;
    sums[2] += e % T ? noise * before / n : 0;
    before = noise;
  }
  PetscCallMPI(MPI_Allreduce(MPI_IN_PLACE, sums, 3, MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  CHECK(fabs(sums[0]) < 5 / sqrt(n), "mean %g", sums[0]);
  CHECK(fabs(sums[1] - 1) < 5 * sqrt(2 / n), "variance %g", sums[1]);
  CHECK(fabs(sums[2]) < 5 / sqrt(n), "neighbours %g", sums[2]);
  CHECK(sums[1] > 0.5, "no noise");
  PetscCall(ActivityDestroy(&a));
  PetscFunctionReturn(0);
}

static PetscErrorCode make_network(Network *network)
{
  PetscFunctionBegin;
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, network));
  PetscCall(NetworkSetOptions(*network,
                              SETTINGS({"network_excitatory", "30"}, {"network_inhibitory", "11"},
                                       {"network_probability", "0.3"}, {"seed", "5"})));
  PetscCall(NetworkSetUp(*network));
  PetscFunctionReturn(0);
}

/* The whole matrix of weights on every rank. */
static PetscErrorCode dense(Network network, int64_t n, double *weight)
{
  const Partition *p = NetworkPartition(network);

  PetscFunctionBegin;
  CHECK(p->n_global == n, "%lld neurons", (long long)p->n_global);
  PetscCall(PetscArrayzero(weight, n * n));
  for (int64_t i = 0; i < p->n_local; i++) {
    const int32_t *sources;
    const float *weights;
    int64_t count;

    PetscCall(NetworkRow(network, i, &count, &sources, &weights));
    for (int64_t k = 0; k < count; k++) {
      CHECK(k == 0 || sources[k] > sources[k - 1], "sources are not ascending");
      weight[(p->first + i) * n + sources[k]] = weights[k];
    }
  }
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, weight, (int)(n * n), MPI_DOUBLE, MPI_SUM, PETSC_COMM_WORLD));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_network(void)
{
  enum { ALL = 41 };
  double all[ALL * ALL], part[ALL * ALL];
  Network network, seen, rewired;
  int64_t n_moved = 0;
  Observed o;

  PetscFunctionBegin;
  PetscCall(make_network(&network));
  PetscCall(dense(network, ALL, all));
  PetscCall(ObservedDraw(ALL, 0.4, 9, &o));
  PetscCall(NetworkObserve(network, &o, &seen));
  PetscCall(dense(seen, o.n, part));
  for (int64_t e = 0; e < o.n * o.n; e++) {
    CHECK_CLOSE(part[e], all[o.index[e / o.n] * ALL + o.index[e % o.n]], 0);
    CHECK(NetworkIsExcitatory(seen, e / o.n) == NetworkIsExcitatory(network, o.index[e / o.n]),
          "kind of %lld", (long long)(e / o.n));
  }
  PetscCall(NetworkRewire(network, 0.5, 9, &rewired));
  PetscCall(dense(rewired, ALL, part));
  CHECK(NetworkSynapses(rewired) == NetworkSynapses(network), "number of synapses");
  for (int64_t i = 0; i < ALL; i++) {
    int64_t n[2][2] = {{0, 0}, {0, 0}};

    for (int64_t j = 0; j < ALL; j++) {
      n[0][NetworkIsExcitatory(network, j)] += all[i * ALL + j] != 0;
      n[1][NetworkIsExcitatory(network, j)] += part[i * ALL + j] != 0;
      n_moved += all[i * ALL + j] != 0 && part[i * ALL + j] == 0;
      CHECK(part[i * ALL + j] == 0 || (part[i * ALL + j] > 0) == NetworkIsExcitatory(network, j),
            "sign of %lld from %lld", (long long)i, (long long)j);
    }
    CHECK(n[0][0] == n[1][0] && n[0][1] == n[1][1] && part[i * ALL + i] == 0, "row %lld",
          (long long)i);
  }
  CHECK(fabs((double)n_moved / (double)NetworkSynapses(network) - 0.5) <
            5 * 0.5 / sqrt((double)NetworkSynapses(network)),
        "%lld of %lld moved", (long long)n_moved, (long long)NetworkSynapses(network));
  PetscCall(ObservedDestroy(&o));
  PetscCall(NetworkDestroy(&seen));
  PetscCall(NetworkDestroy(&rewired));
  PetscCall(NetworkDestroy(&network));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  scratch_begin("record");
  CHECK(!write_inputs(), "%s", UserErrorMessage());
  CHECK(!test_part(), "part: %s", UserErrorMessage());
  CHECK(!test_noise(), "noise: %s", UserErrorMessage());
  CHECK(!test_network(), "network: %s", UserErrorMessage());
  scratch_end();
  return check_end();
}
