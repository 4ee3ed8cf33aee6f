/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Activity from files in both layouts, against formulas on the values that were written. */
#include "check.h"
#include "scratch.h"

#include <string.h>
#include <unistd.h>

static int rank;
/* The message without the name of the scratch folder, whose random letters could match anything. */
static const char *message(void)
{
  static char text[2 * PETSC_MAX_PATH_LEN];
  char *at;

  (void)snprintf(text, sizeof(text), "%s", UserErrorMessage());
  while ((at = strstr(text, scratch))) {
    memset(at, ' ', strlen(scratch));
  }
  return text;
}

/* A user's mistake whose message has `words`, known on this rank. */
static void expect_user_error(PetscErrorCode code, const char *words, const char *what)
{
  CHECK(code == CAUSEWAY_ERR_USER, "rank %d: %s: code %d", rank, what, (int)code);
  CHECK(strstr(message(), words), "rank %d: %s: '%s' has no '%s'", rank, what, UserErrorMessage(),
        words);
}

enum { N = 23, T = 500, CLIP = 30 };

/* A trace with its own mean and scale, and now and then a spike above the clip. */
static double raw(int64_t i, int64_t t)
{
  double normal[2];

  RandomNormal(2, RANDOM_INPUT_CURRENT, i, t, normal);
  return -65.0 + (double)i + (1.0 + 0.5 * (double)i) * normal[0] + (normal[1] > 1.5 ? 150 : 0);
}

/* One entry that is replaced; neuron -1 for none, sample -1 for all of that neuron. */
typedef struct {
  int64_t neuron, sample;
  double value;
} Spoilt;

static const Spoilt sound = {-1, 0, 0};

static PetscErrorCode write_activity(const char *name, const char *path, PetscBool by_time,
                                     int64_t n_samples, Spoilt spoilt)
{
  int64_t dims[2] = {by_time ? n_samples : N, by_time ? N : n_samples}, first[2] = {0, 0};
  int64_t count[2] = {rank ? 0 : dims[0], dims[1]};
  double *values;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(PetscMalloc1(N * n_samples, &values));
  for (int64_t i = 0; i < N; i++) {
    for (int64_t t = 0; t < n_samples; t++) {
      int here = i == spoilt.neuron && (spoilt.sample < 0 || t == spoilt.sample);

      values[by_time ? t * N + i : i * n_samples + t] = here ? spoilt.value : raw(i, t);
    }
  }
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch(name), &file));
  PetscCall(DataFileAddDataset(file, path, DATA_FLOAT64, 2, dims, NULL));
  PetscCall(DataFileWrite(file, path, DATA_FLOAT64, first, count, values));
  PetscCall(DataFileClose(&file));
  PetscCall(PetscFree(values));
  PetscFunctionReturn(0);
}

/* What to ask for; NULL leaves a key out. */
typedef struct {
  const char *file, *layout, *clip, *normalize, *samples;
} Request;

/* Reads the options only; after an error `activity` is still to be destroyed. */
static PetscErrorCode configure(MPI_Comm comm, const Request *request, Activity *activity)
{
  const ParameterSetting all[] = {{"activity_layout", request->layout},
                                  {"activity_clip", request->clip},
                                  {"activity_normalize", request->normalize},
                                  {"activity_samples", request->samples}};
  ParameterSetting given[7] = {{"activity", in_scratch(request->file)},
                               {"activity_constant", "refuse"}};
  int n = 2;

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(all); k++) {
    if (all[k].value && n < 6) {
      given[n++] = all[k];
    }
  }
  PetscCall(ActivityCreate(comm, activity));
  PetscCall(ActivitySetOptions(*activity, given));
  PetscFunctionReturn(0);
}

static PetscErrorCode load(MPI_Comm comm, const Request *request, Activity *activity)
{
  PetscFunctionBegin;
  PetscCall(configure(comm, request, activity));
  PetscCall(ActivityLoad(*activity));
  PetscFunctionReturn(0);
}

enum { NONE, CENTER, ZSCORE, N_NORMALIZE };
static const char *const normalize_names[N_NORMALIZE] = {"none", "center", "zscore"};

/* Series of one neuron: clipped, then normalised by mean and population deviation. */
static void expected_series(int64_t i, int64_t n_samples, int clip, int normalize, double series[])
{
  double mean = 0, variance = 0;

  for (int64_t t = 0; t < n_samples; t++) {
    series[t] = clip ? fmin(raw(i, t), CLIP) : raw(i, t);
    mean += series[t] / (double)n_samples;
  }
  for (int64_t t = 0; t < n_samples; t++) {
    variance += pow(series[t] - mean, 2) / (double)n_samples;
  }
  for (int64_t t = 0; t < n_samples; t++) {
    series[t] = normalize == NONE ? series[t] : series[t] - mean;
    series[t] = normalize == ZSCORE ? series[t] / sqrt(variance) : series[t];
  }
}

/* Every local value, of the samples first .. first + count - 1 of n_samples. */
static void check_values(Activity activity, int64_t n_samples, int clip, int normalize,
                         int64_t first, int64_t count)
{
  const Partition *partition = ActivityPartition(activity);
  const double *values = ActivityValues(activity);
  double *series = malloc((size_t)n_samples * sizeof(double));
  Partition expected;

  CHECK(PartitionMake(partition->comm, N, &expected) == 0, "partition");
  CHECK(partition->n_global == N && partition->first == expected.first &&
            partition->n_local == expected.n_local,
        "rank %d: %lld neurons of %lld", rank, (long long)partition->n_local,
        (long long)partition->n_global);
  CHECK(ActivitySamples(activity) == count, "%lld samples", (long long)ActivitySamples(activity));
  for (int64_t i = 0; i < partition->n_local && ActivitySamples(activity) == count; i++) {
    expected_series(partition->first + i, n_samples, clip, normalize, series);
    for (int64_t t = 0; t < count; t++) {
      CHECK_CLOSE(values[i * count + t], series[first + t], normalize == NONE ? 0 : 1e-11);
    }
  }
  free(series);
}

static PetscErrorCode test_layouts(void)
{
  PetscFunctionBegin;
  PetscCall(write_activity("neuron.h5", "/v", PETSC_FALSE, T, sound));
  PetscCall(write_activity("time.h5", "/deep/v", PETSC_TRUE, T, sound));
  for (int by_time = 0; by_time < 2; by_time++) {
    for (int normalize = 0; normalize < N_NORMALIZE; normalize++) {
      for (int clip = 0; clip < 2; clip++) {
        Request request = {by_time ? "time.h5:/deep/v" : "neuron.h5:/v",
                           by_time ? "time_neuron" : "neuron_time", clip ? "30" : "none",
                           normalize_names[normalize], "all"};
        Activity activity;

        PetscCall(load(PETSC_COMM_WORLD, &request, &activity));
        CHECK(!strcmp(ActivityGetFile(activity), in_scratch(request.file)), "%s",
              ActivityGetFile(activity));
        check_values(activity, T, clip, normalize, 0, T);
        PetscCall(ActivityDestroy(&activity));
        CHECK(activity == NULL, "destroyed handle");
      }
    }
  }
  PetscFunctionReturn(0);
}

/* A plain dataset is (neuron, time); a SONATA report is (time, neuron), found without its path. */
static PetscErrorCode test_auto(void)
{
  static const char *const files[] = {"neuron.h5:/v", "report.h5:/report/cells/data", "report.h5"};

  PetscFunctionBegin;
  PetscCall(write_activity("report.h5", "/report/cells/data", PETSC_TRUE, T, sound));
  for (int f = 0; f < 3; f++) {
    for (int given = 0; given < 2; given++) {
      Request request = {files[f], given ? "auto" : NULL, "none", "none", NULL};
      Activity activity;

      PetscCall(load(PETSC_COMM_WORLD, &request, &activity));
      check_values(activity, T, 0, NONE, 0, T);
      PetscCall(ActivityDestroy(&activity));
    }
  }
  PetscFunctionReturn(0);
}

/* The mean is over all samples, whatever part of them is kept. */
static PetscErrorCode test_selection(void)
{
  static const struct {
    const char *samples;
    int64_t first, count;
  } cases[] = {{"0:500", 0, 500}, {"0:1", 0, 1}, {"137:200", 137, 200}, {"499:1", 499, 1}};

  PetscFunctionBegin;
  for (int c = 0; c < 8; c++) {
    for (int normalize = 0; normalize < N_NORMALIZE; normalize++) {
      Request request = {c % 2 ? "time.h5:/deep/v" : "neuron.h5:/v",
                         c % 2 ? "time_neuron" : "neuron_time", "30", normalize_names[normalize],
                         cases[c / 2].samples};
      int64_t n_neurons = -1, n_samples = -1;
      Activity activity;

      PetscCall(configure(PETSC_COMM_WORLD, &request, &activity));
      PetscCall(ActivityInspect(activity, &n_neurons, &n_samples));
      CHECK(n_neurons == N && n_samples == cases[c / 2].count, "inspected %lld x %lld",
            (long long)n_neurons, (long long)n_samples);
      PetscCall(ActivityLoad(activity));
      check_values(activity, T, 1, normalize, cases[c / 2].first, cases[c / 2].count);
      PetscCall(ActivityDestroy(&activity));
    }
  }
  PetscFunctionReturn(0);
}

/* The values do not depend on the number of ranks, to the last bit. */
static PetscErrorCode test_same_on_one_rank(void)
{
  Request request = {"time.h5:/deep/v", "time_neuron", "30", "zscore", "3:400"};
  Activity activity, alone;
  const Partition *partition;

  PetscFunctionBegin;
  PetscCall(load(PETSC_COMM_WORLD, &request, &activity));
  PetscCall(load(PETSC_COMM_SELF, &request, &alone));
  partition = ActivityPartition(activity);
  CHECK(!memcmp(ActivityValues(activity), ActivityValues(alone) + partition->first * 400,
                (size_t)(partition->n_local * 400) * sizeof(double)),
        "rank %d", rank);
  PetscCall(ActivityDestroy(&activity));
  PetscCall(ActivityDestroy(&alone));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_set_values(void)
{
  static const int64_t sizes[] = {1, 2, N};

  PetscFunctionBegin;
  for (int s = 0; s < 3; s++) {
    Activity activity;
    Partition partition;
    double *values;

    PetscCall(PartitionMake(PETSC_COMM_WORLD, sizes[s], &partition));
    PetscCall(PetscMalloc1(partition.n_local * T + 1, &values));
    for (int64_t e = 0; e < partition.n_local * T; e++) {
      values[e] = raw(partition.first + e / T, e % T);
    }
    PetscCall(ActivityCreate(PETSC_COMM_WORLD, &activity));
    CHECK(!strcmp(ActivityGetFile(activity), ""), "no source: %s", ActivityGetFile(activity));
    PetscCall(ActivitySetValues(activity, sizes[s], T, values));
    for (int64_t e = 0; e < partition.n_local * T; e++) {
      values[e] = -1;
    }
    CHECK(ActivitySamples(activity) == T, "%lld", (long long)ActivitySamples(activity));
    CHECK(ActivityPartition(activity)->n_local == partition.n_local, "partition");
    for (int64_t e = 0; e < partition.n_local * T; e++) {
      CHECK(ActivityValues(activity)[e] == raw(partition.first + e / T, e % T), "copied");
    }
    PetscCall(PetscFree(values));
    PetscCall(ActivityDestroy(&activity));
  }
  PetscFunctionReturn(0);
}

/* Loads what must be refused; the message has `words`. */
static PetscErrorCode expect_refused(const Request *request, const char *words, const char *what)
{
  Activity activity = NULL;

  PetscFunctionBegin;
  (void)UserError("(no error)");
  expect_user_error(load(PETSC_COMM_WORLD, request, &activity), words, what);
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* One entry, of a neuron that one rank holds; also where clip or selection could hide it. */
static PetscErrorCode test_not_finite(void)
{
  const double bad[] = {(double)NAN, (double)INFINITY, -(double)INFINITY};

  PetscFunctionBegin;
  for (int b = 0; b < 3; b++) {
    for (int by_time = 0; by_time < 2; by_time++) {
      Request request = {"bad.h5:/v", by_time ? "time_neuron" : "neuron_time", "none", "zscore",
                         "all"};
      Spoilt spoilt = {21, 437, bad[b]};

      PetscCall(write_activity("bad.h5", "/v", by_time ? PETSC_TRUE : PETSC_FALSE, T, spoilt));
      for (int normalize = 0; normalize < N_NORMALIZE; normalize++) {
        request.normalize = normalize_names[normalize];
        PetscCall(expect_refused(&request, "21", "neuron of a value that is not finite"));
        PetscCall(expect_refused(&request, "437", "sample of a value that is not finite"));
        CHECK(strstr(UserErrorMessage(), "bad.h5"), "%s", UserErrorMessage());
      }
      request.clip = b == 0 ? "30" : "none";
      request.normalize = "zscore";
      PetscCall(expect_refused(&request, "437", "clip does not hide it"));
      request.samples = "0:100";
      PetscCall(expect_refused(&request, "437", "selection does not hide it"));
    }
  }
  PetscFunctionReturn(0);
}

/* Constant from the start, with a mean that rounds, or only after clipping. */
static PetscErrorCode test_constant(void)
{
  static const double constants[] = {0, 0.1, -64.9, 1e10 / 3, 45};

  PetscFunctionBegin;
  for (int c = 0; c < 5; c++) {
    Request request = {"constant.h5:/v", "neuron_time", c == 4 ? "30" : "none", "zscore", "all"};
    Spoilt spoilt = {19, -1, constants[c]};

    PetscCall(write_activity("constant.h5", "/v", PETSC_FALSE, T, spoilt));
    PetscCall(expect_refused(&request, "19", "a constant neuron"));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode write_line(void)
{
  int64_t n = 50, zero = 0, none = 0;
  double values[50] = {0};
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileCreate(PETSC_COMM_WORLD, in_scratch("line.h5"), &file));
  PetscCall(DataFileAddDataset(file, "/v", DATA_FLOAT64, 1, &n, NULL));
  PetscCall(DataFileWrite(file, "/v", DATA_FLOAT64, &zero, rank ? &none : &n, values));
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static PetscErrorCode test_sources(void)
{
  Request none = {"none.h5:/v", "auto", "none", "zscore", "all"};
  Request missing = {"neuron.h5:/w", "auto", "none", "zscore", "all"};
  Request line = {"line.h5:/v", "auto", "none", "zscore", "all"};
  Request no_report = {"neuron.h5", "auto", "none", "zscore", "all"};
  int64_t n_neurons, n_samples;
  Activity activity;

  PetscFunctionBegin;
  PetscCall(write_line());
  PetscCall(expect_refused(&none, "none.h5", "a missing file"));
  PetscCall(expect_refused(&missing, "/w", "a missing dataset"));
  PetscCall(expect_refused(&line, "line.h5:/v", "one dimension"));
  PetscCall(expect_refused(&no_report, "neuron.h5", "no report"));
  PetscCall(configure(PETSC_COMM_WORLD, &missing, &activity));
  expect_user_error(ActivityInspect(activity, &n_neurons, &n_samples), "/w", "inspect");
  PetscCall(ActivityDestroy(&activity));
  PetscFunctionReturn(0);
}

/* Selections beyond the end, and words without sense. */
static PetscErrorCode test_keys(void)
{
  static const char *const beyond[] = {
      "0:501", "499:2", "500:1", "1000:10", "1:9223372036854775807", "9223372036854775807:1"};
  static const char *const samples[] = {"some",  "5",    "5:",    ":5",   "-1:10",
                                        "1:-10", "1:2x", "1.5:2", "1:2:3"};
  static const char *const clips[] = {"much", "3x", "nan", "1,5"};
  Request request = {"neuron.h5:/v", "neuron_time", "none", "none", NULL};

  PetscFunctionBegin;
  for (size_t c = 0; c < sizeof(beyond) / sizeof(beyond[0]); c++) {
    request.samples = beyond[c];
    PetscCall(expect_refused(&request, "", beyond[c]));
  }
  for (size_t c = 0; c < sizeof(samples) / sizeof(samples[0]); c++) {
    request.samples = samples[c];
    PetscCall(expect_refused(&request, "activity_samples", samples[c]));
  }
  request.samples = "all";
  for (size_t c = 0; c < sizeof(clips) / sizeof(clips[0]); c++) {
    request.clip = clips[c];
    PetscCall(expect_refused(&request, "activity_clip", clips[c]));
  }
  request.clip = "none";
  request.normalize = "squash";
  PetscCall(expect_refused(&request, "activity_normalize", "squash"));
  PetscFunctionReturn(0);
}

/* Beyond the end, where first + count leaves the range of 64 bits. Last of all: a selection that is
   let through spoils the memory of the program. */
static PetscErrorCode test_huge_selection(void)
{
  static const char *const samples[] = {"9223372036854775807:1", "1:9223372036854775807"};
  Request request = {"neuron.h5:/v", "neuron_time", "none", "none", NULL};

  PetscFunctionBegin;
  for (int c = 0; c < 2; c++) {
    request.samples = samples[c];
    PetscCall(expect_refused(&request, "", samples[c]));
  }
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  scratch_begin("activity");
  CHECK(!test_layouts(), "layouts: %s", UserErrorMessage());
  CHECK(!test_auto(), "auto: %s", UserErrorMessage());
  CHECK(!test_selection(), "selection: %s", UserErrorMessage());
  CHECK(!test_same_on_one_rank(), "same on one rank: %s", UserErrorMessage());
  CHECK(!test_set_values(), "set values: %s", UserErrorMessage());
  CHECK(!test_not_finite(), "not finite: %s", UserErrorMessage());
  CHECK(!test_constant(), "constant: %s", UserErrorMessage());
  CHECK(!test_sources(), "sources: %s", UserErrorMessage());
  CHECK(!test_keys(), "keys: %s", UserErrorMessage());
  CHECK(!test_huge_selection(), "huge selection: %s", UserErrorMessage());
  scratch_end();
  return check_end();
}
