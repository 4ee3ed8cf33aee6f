/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Integrates a network of smooth neurons and samples it at fixed times. */
#include "smooth.h"

#include "petsc_errors.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include <math.h>

/* Context of a run. */
typedef struct {
  Smooth *s;
  int64_t n_samples;
  SmoothTake take;
  SmoothOffer offer;
  void *context;
  Vec between;    /* state at a sample within a step */
  double *values; /* (n_local, n_state) */
} Run;

/* Hands over the state; the observed value of the model replaces the first variable. */
static PetscErrorCode take_sample(Run *run, Vec x)
{
  Smooth *s = run->s;
  const int d = s->model->n_state;
  const double *state, *variables[NEURON_MAX_STATE];

  PetscFunctionBegin;
  PetscCall(VecGetArrayRead(x, &state));
  PetscCall(PetscArraycpy(run->values, state, s->partition->n_local * d));
  PetscCall(VecRestoreArrayRead(x, &state));
  for (int64_t i = 0; s->model->observe && i < s->partition->n_local; i++) {
    run->values[i * d] = s->model->observe(run->values + i * d);
  }
  for (int k = 0; k < d; k++) {
    variables[k] = run->values + k;
  }
  s->sample++;
  PetscCall(run->take(run->context, variables));
  PetscFunctionReturn(0);
}

/* Draws the noise of the interval that ends with the next sample. */
static void draw_noise(Smooth *s)
{
  const double deviation = sqrt(s->input_variance);
  const int64_t interval = s->sample - 1;

  for (int64_t i = 0; i < s->partition->n_local && deviation > 0; i++) {
    double normal[2];

    RandomNormal(s->seed, RANDOM_INPUT_CURRENT, s->partition->first + i, interval, normal);
    s->noise[i] = deviation * normal[0];
  }
}

/* Called after each step of the integrator: interpolates the samples within the step. */
static PetscErrorCode after_step(TS ts)
{
  Run *run;
  Smooth *s;
  double time;

  PetscFunctionBegin;
  PetscCall(TSGetApplicationContext(ts, &run));
  s = run->s;
  PetscCall(TSGetTime(ts, &time));
  while (s->sample < run->n_samples && (double)s->sample * s->interval <= time) {
    PetscCall(TSInterpolate(ts, (double)s->sample * s->interval, run->between));
    PetscCall(take_sample(run, run->between));
  }
  s->time = time;
  PetscCall(TSGetTimeStep(ts, &s->step));
  PetscCall(run->offer(run->context));
  PetscFunctionReturn(0);
}

/* Finds the neuron whose first variable changes fastest relative to its size, or is not finite. */
static PetscErrorCode find_fastest(Smooth *s, int *neuron)
{
  const int d = s->model->n_state;
  const double *x, *dx;
  struct {
    double speed;
    int neuron;
  } mine = {-1, 0}, fastest;
  Vec slope;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(s->x, &slope));
  PetscCall(SmoothRhs(s, 0, s->x, slope));
  PetscCall(VecGetArrayRead(s->x, &x));
  PetscCall(VecGetArrayRead(slope, &dx));
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    const double speed = fabs(dx[i * d]) / (1.0 + fabs(x[i * d]));

    if (!(speed <= mine.speed) && mine.speed < 1e300) {
      mine.speed = isfinite(speed) ? speed : 1e300;
      mine.neuron = (int)(s->partition->first + i);
    }
  }
  PetscCall(VecRestoreArrayRead(slope, &dx));
  PetscCall(VecRestoreArrayRead(s->x, &x));
  PetscCall(VecDestroy(&slope));
  PetscCallMPI(MPI_Allreduce(&mine, &fastest, 1, MPI_DOUBLE_INT, MPI_MAXLOC, s->comm));
  *neuron = fastest.neuron;
  PetscFunctionReturn(0);
}

static PetscErrorCode solve(Smooth *s)
{
  TSConvergedReason reason;
  double time, end;
  int neuron = 0;

  PetscFunctionBegin;
  PetscCall(PetscErrorsTake());
  PetscCall(PetscErrorsRefuse(NULL, TSSolve(s->ts, s->x)));
  PetscCall(TSGetConvergedReason(s->ts, &reason));
  PetscCall(TSGetTime(s->ts, &time));
  if (reason < 0) {
    PetscCall(find_fastest(s, &neuron));
  }
  UserCheck(reason >= 0,
            "the integration of %s fails at %g ms (%s; neuron %d changes fastest); try weaker "
            "weights or input, a smaller -ts_dt, or another -ts_type",
            s->model->name, time, TSConvergedReasons[reason], neuron);
  PetscCall(TSGetMaxTime(s->ts, &end));
  UserCheck(time >= end - 1e-6 * s->interval,
            "the integration of %s ends at %g ms of %g ms (%s); leave out or raise -ts_max_steps",
            s->model->name, time, end, TSConvergedReasons[reason]);
  PetscFunctionReturn(0);
}

/* One integration over all samples. */
static PetscErrorCode run_through(Run *run)
{
  Smooth *s = run->s;

  PetscFunctionBegin;
  PetscCall(TSSetApplicationContext(s->ts, run));
  PetscCall(TSSetPostStep(s->ts, after_step));
  PetscCall(TSSetMaxTime(s->ts, (double)(run->n_samples - 1) * s->interval));
  PetscCall(TSSetExactFinalTime(s->ts, TS_EXACTFINALTIME_STEPOVER));
  PetscCall(solve(s));
  PetscFunctionReturn(0);
}

/* One integration per interval, because the noise jumps between intervals. */
static PetscErrorCode run_by_intervals(Run *run)
{
  Smooth *s = run->s;
  double step;

  PetscFunctionBegin;
  PetscCall(TSGetTimeStep(s->ts, &step));
  PetscCall(TSSetExactFinalTime(s->ts, TS_EXACTFINALTIME_MATCHSTEP));
  while (s->sample < run->n_samples) {
    draw_noise(s);
    PetscCall(TSSetTimeStep(s->ts, PetscMin(step, s->interval)));
    PetscCall(TSSetMaxTime(s->ts, (double)s->sample * s->interval));
    PetscCall(TSRestartStep(s->ts));
    PetscCall(solve(s));
    PetscCall(TSGetTime(s->ts, &s->time));
    s->step = step;
    PetscCall(take_sample(run, s->x));
    PetscCall(run->offer(run->context));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode run_map(Run *run)
{
  Smooth *s = run->s;

  PetscFunctionBegin;
  while (s->sample < run->n_samples) {
    draw_noise(s);
    PetscCall(SmoothRhs(s, 0, s->x, run->between));
    PetscCall(VecCopy(run->between, s->x));
    PetscCall(take_sample(run, s->x));
    PetscCall(run->offer(run->context));
  }
  PetscFunctionReturn(0);
}

/* Whether the integrator can interpolate within a step. */
static PetscErrorCode interpolates(TS ts, PetscBool *does)
{
  PetscFunctionBegin;
  PetscCall(PetscObjectTypeCompareAny((PetscObject)ts, does, TSRK, TSARKIMEX, TSROSW, TSBDF,
                                      TSTHETA, TSBEULER, TSCN, TSEULER, ""));
  PetscFunctionReturn(0);
}

PetscErrorCode SmoothRun(Smooth *s, int64_t n_samples, SmoothTake take, SmoothOffer offer,
                         void *context)
{
  Run run = {.s = s, .n_samples = n_samples, .take = take, .offer = offer, .context = context};
  PetscBool through = PETSC_FALSE;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(s->x, &run.between));
  PetscCall(PetscMalloc1(s->partition->n_local * s->model->n_state, &run.values));
  if (s->sample == 0) {
    status = take_sample(&run, s->x);
  } else if (s->ts) {
    PetscCall(TSSetTime(s->ts, s->time));
    PetscCall(TSSetTimeStep(s->ts, s->step));
  }
  if (s->ts) {
    PetscCall(interpolates(s->ts, &through));
  }
  if (!status && s->sample < n_samples) {
    status = !s->ts                                ? run_map(&run)
             : through && !(s->input_variance > 0) ? run_through(&run)
                                                   : run_by_intervals(&run);
  }
  PetscCall(VecDestroy(&run.between));
  PetscCall(PetscFree(run.values));
  PetscFunctionReturn(status);
}

PetscErrorCode SmoothKeep(Smooth *s, Snapshot snapshot)
{
  const int64_t dims[2] = {s->partition->n_global, s->model->n_state};
  const int64_t first[2] = {s->partition->first, 0};
  const int64_t count[2] = {s->partition->n_local, s->model->n_state};
  double *x;

  PetscFunctionBegin;
  PetscCall(SnapshotInteger(snapshot, "sample", &s->sample));
  PetscCall(SnapshotReal(snapshot, "time", &s->time));
  PetscCall(SnapshotReal(snapshot, "step", &s->step));
  PetscCall(VecGetArray(s->x, &x));
  PetscCall(
      SnapshotArray(snapshot, "state", "1", DATA_FLOAT64, 2, dims, first, count, PETSC_TRUE, x));
  PetscCall(VecRestoreArray(s->x, &x));
  PetscFunctionReturn(0);
}
