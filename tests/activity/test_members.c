/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What holds for every preprocessing step: it describes itself and its parameters; its values are finite and do not depend on
   the number of ranks; it keeps the trials apart; unless it makes neurons linearly dependent, as common_average does, it treats each by itself. */
#include "check.h"
#include "load_steps.h"
#include "scratch.h"
#include "steps/step.h"

#include <string.h>

enum { NEURONS = 5, LENGTH = 1200, TRIAL = 300, CHANGED = 2 };

/* Fluorescence that is positive everywhere; the second file differs from the first in one neuron. */
static PetscErrorCode write_files(void)
{
  static double values[NEURONS * LENGTH];
  double calcium = 0;

  PetscFunctionBegin;
  for (int64_t e = 0; e < NEURONS * LENGTH; e++) {
    const int64_t i = e / LENGTH, t = e % LENGTH;

    calcium = 0.8 * calcium + (occurs(i, t, 30) ? 40.0 : 0.0);
    values[e] = 100.0 + 10.0 * (double)i + 3.0 * normal(i, t) + calcium;
  }
  PetscCall(write_matrix("first.h5", NEURONS, LENGTH, values));
  for (int64_t e = 0; e < NEURONS * LENGTH; e++) {
    values[e] += e / LENGTH == CHANGED ? 5.0 * normal(NEURONS, e % LENGTH) : 0.0;
  }
  PetscCall(write_matrix("second.h5", NEURONS, LENGTH, values));
  PetscFunctionReturn(0);
}

static PetscErrorCode load(MPI_Comm comm, const Step *type, const char *file, Activity *a)
{
  PetscFunctionBegin;
  PetscCall(ActivityCreate(comm, a));
  PetscCall(ActivitySetOptions(
      *a, SETTINGS({"activity", in_scratch(file)}, {"activity_steps", type->name},
                   {"activity_trials", "300"}, {"activity_interval", "10"},
                   {"activity_clip", "130"}, {"highpass_width", "25"},
                   {"activity_normalize", "none"}, {"activity_constant", "refuse"})));
  PetscCall(ActivityLoad(*a));
  PetscFunctionReturn(0);
}

static void check_text(const char *step, const char *what, const char *text)
{
  CHECK(text && strlen(text) > 3, "%s: %s has no text", step, what);
}

static void check_description(const Step *type)
{
  check_text(type->name, type->name, type->text);
  CHECK(type->apply || type->shape, "%s does nothing", type->name);
  CHECK(!type->parameters || type->size > 0, "%s has parameters and no settings", type->name);
  for (const ParameterSpec *p = type->parameters; p && p->key; p++) {
    check_text(type->name, p->key, p->text);
    CHECK(p->prepares, "%s: %s is not said to prepare the activity", type->name, p->key);
  }
}

static void check_shape(const Step *type, Activity a)
{
  const Segment *segments;
  const int64_t n_segments = ActivitySegments(a, &segments), n = ActivitySamples(a);
  int64_t end = 0;

  CHECK(n == a->n_samples && n > 0 && n <= LENGTH, "%s: %lld samples", type->name, (long long)n);
  CHECK(n_segments == LENGTH / TRIAL, "%s: %lld trials", type->name, (long long)n_segments);
  for (int64_t s = 0; s < n_segments; s++) {
    CHECK(segments[s].first >= end && segments[s].end > segments[s].first && segments[s].end <= n,
          "%s: trial %lld from %lld to %lld", type->name, (long long)s,
          (long long)segments[s].first, (long long)segments[s].end);
    end = segments[s].end;
  }
}

static void check_values(const Step *type, Activity a, Activity alone, Activity other)
{
  const Partition *part = ActivityPartition(a);
  const int64_t n = ActivitySamples(a);

  for (int64_t e = 0; e < part->n_local * n; e++) {
    const int64_t i = part->first + e / n, t = e % n;
    const double value = ActivityValues(a)[e];
    const double expected = ActivityValues(alone)[part->first * n + e];
    const double changed = ActivityValues(other)[e];

    CHECK(isfinite(value) && fabs(value - expected) <= 1e-9 * (1.0 + fabs(expected)),
          "%s: sample %lld of neuron %lld is %.17g, on one rank %.17g", type->name, (long long)t,
          (long long)i, value, expected);
    CHECK(i == CHANGED || type->loses_rank || value == changed,
          "%s: sample %lld of neuron %lld depends on another neuron", type->name, (long long)t,
          (long long)i);
  }
}

static PetscErrorCode test_step(const Step *type)
{
  Activity a, alone, other;

  PetscFunctionBegin;
  check_description(type);
  PetscCall(load(PETSC_COMM_WORLD, type, "first.h5:/v", &a));
  PetscCall(load(PETSC_COMM_SELF, type, "first.h5:/v", &alone));
  PetscCall(load(PETSC_COMM_WORLD, type, "second.h5:/v", &other));
  check_shape(type, a);
  check_values(type, a, alone, other);
  PetscCall(ActivityDestroy(&a));
  PetscCall(ActivityDestroy(&alone));
  PetscCall(ActivityDestroy(&other));
  PetscFunctionReturn(0);
}

int main(int argc, char **argv)
{
  const Step *type;

  check_begin(&argc, &argv);
  scratch_begin("steps");
  CHECK(!write_files(), "the files are not written");
  for (int k = 0; (type = StepType(k)); k++) {
    CHECK(!test_step(type), "%s: %s", type->name, UserErrorMessage());
  }
  scratch_end();
  return check_end();
}
