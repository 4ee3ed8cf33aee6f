/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Right-hand side and Jacobian of a network of smooth neurons. */
#include "smooth.h"

#include "petsc_errors.h"

#include "causeway/error.h"
#include "causeway/random.h"

#include <math.h>
#include <string.h>

PetscErrorCode SmoothDestroy(Smooth *s)
{
  PetscFunctionBegin;
  PetscCall(TSDestroy(&s->ts));
  PetscCall(VecDestroy(&s->x));
  PetscCall(MatDestroy(&s->slopes));
  for (int k = 0; k < 2; k++) {
    PetscCall(VecDestroy(&s->sent[k]));
    PetscCall(VecDestroy(&s->seen[k]));
  }
  PetscCall(VecScatterDestroy(&s->scatter));
  PetscCall(PetscFree(s->position));
  PetscCall(PetscFree2(s->drive, s->noise));
  PetscCall(PetscFree3(s->row_sent, s->row_slopes, s->row_columns));
  PetscFunctionReturn(0);
}

/* Lists the sources of this rank's targets, and the position of each synapse's source in this list. */
static PetscErrorCode index_sources(Smooth *s)
{
  const Partition *p = s->partition;
  int64_t n_synapses = 0, at = 0, count;
  const int32_t *sources;
  const float *weights;
  PetscInt *seen, n_seen;
  IS from;

  PetscFunctionBegin;
  for (int64_t i = 0; i < p->n_local; i++) {
    PetscCall(NetworkRow(s->network, i, &count, &sources, &weights));
    n_synapses += count;
    s->most = PetscMax(s->most, count);
  }
  UserCheck(n_synapses < PETSC_MAX_INT, "a rank has %lld synapses, too many; use more ranks",
            (long long)n_synapses);
  PetscCall(PetscMalloc1(n_synapses, &seen));
  for (int64_t i = 0; i < p->n_local; i++) {
    PetscCall(NetworkRow(s->network, i, &count, &sources, &weights));
    for (int64_t k = 0; k < count; k++) {
      seen[at++] = sources[k];
    }
  }
  n_seen = (PetscInt)n_synapses;
  PetscCall(PetscSortRemoveDupsInt(&n_seen, seen));
  s->n_seen = n_seen;
  PetscCall(PetscMalloc1(n_synapses, &s->position));
  at = 0;
  for (int64_t i = 0; i < p->n_local; i++) {
    PetscCall(NetworkRow(s->network, i, &count, &sources, &weights));
    for (int64_t k = 0; k < count; k++) {
      PetscInt found;

      PetscCall(PetscFindInt(sources[k], n_seen, seen, &found));
      s->position[at++] = found;
    }
  }
  for (int k = 0; k < 2; k++) {
    PetscCall(VecCreateMPI(s->comm, (PetscInt)p->n_local, (PetscInt)p->n_global, &s->sent[k]));
    PetscCall(VecCreateSeq(PETSC_COMM_SELF, n_seen, &s->seen[k]));
  }
  PetscCall(ISCreateGeneral(PETSC_COMM_SELF, n_seen, seen, PETSC_USE_POINTER, &from));
  PetscCall(VecScatterCreate(s->sent[0], from, s->seen[0], NULL, &s->scatter));
  PetscCall(ISDestroy(&from));
  PetscCall(PetscFree(seen));
  PetscCall(PetscMalloc3(s->most, &s->row_sent, s->most, &s->row_slopes, s->most, &s->row_columns));
  PetscFunctionReturn(0);
}

static PetscErrorCode create_matrix(Smooth *s)
{
  const Partition *p = s->partition;
  const int d = s->model->n_state;
  const PetscInt n_local = (PetscInt)(p->n_local * d), n_global = (PetscInt)(p->n_global * d);
  PetscInt *inside, *outside;

  PetscFunctionBegin;
  PetscCall(PetscMalloc2(n_local, &inside, n_local, &outside));
  for (int64_t i = 0; i < p->n_local; i++) {
    const int32_t *sources;
    const float *weights;
    int64_t count;

    for (int k = 0; k < d; k++) {
      inside[i * d + k] = d;
      outside[i * d + k] = 0;
    }
    PetscCall(NetworkRow(s->network, i, &count, &sources, &weights));
    for (int64_t k = 0; k < count; k++) {
      const PetscBool local = sources[k] >= p->first && sources[k] < p->first + p->n_local;

      (local ? inside : outside)[i * d]++;
    }
  }
  PetscCall(MatCreateAIJ(s->comm, n_local, n_local, n_global, n_global, 0, inside, 0, outside,
                         &s->slopes));
  PetscCall(PetscFree2(inside, outside));
  PetscFunctionReturn(0);
}

#define MOST 1e100 /* larger states and slopes mean that the step is too long */

/* Slopes that are not finite become large, so that the error estimate is finite and the step is refused. */
static PetscErrorCode ts_rhs(TS ts, PetscReal t, Vec x, Vec dx, void *smooth)
{
  double *slopes;
  PetscInt n;

  PetscFunctionBegin;
  (void)ts;
  PetscCall(SmoothRhs(smooth, t, x, dx));
  PetscCall(VecGetLocalSize(dx, &n));
  PetscCall(VecGetArray(dx, &slopes));
  for (PetscInt k = 0; k < n; k++) {
    slopes[k] = fabs(slopes[k]) < MOST ? slopes[k] : MOST;
  }
  PetscCall(VecRestoreArray(dx, &slopes));
  PetscFunctionReturn(0);
}

static PetscErrorCode ts_slopes(TS ts, PetscReal t, Vec x, Mat a, Mat b, void *smooth)
{
  PetscFunctionBegin;
  (void)ts;
  PetscCall(SmoothSlopes(smooth, t, x));
  if (a != b) { /* `a` was created from products */
    PetscCall(MatAssemblyBegin(a, MAT_FINAL_ASSEMBLY));
    PetscCall(MatAssemblyEnd(a, MAT_FINAL_ASSEMBLY));
  }
  PetscFunctionReturn(0);
}

/* Refuses a step whose state is not finite; it is repeated with a shorter step. */
static PetscErrorCode is_finite(TS ts, PetscReal t, Vec x, PetscBool *accept)
{
  const double *values;
  PetscInt n;
  int finite = 1;

  PetscFunctionBegin;
  (void)t;
  PetscCall(VecGetLocalSize(x, &n));
  PetscCall(VecGetArrayRead(x, &values));
  for (PetscInt k = 0; k < n; k++) {
    finite = finite && fabs(values[k]) < MOST;
  }
  PetscCall(VecRestoreArrayRead(x, &values));
  PetscCallMPI(
      MPI_Allreduce(MPI_IN_PLACE, &finite, 1, MPI_INT, MPI_MIN, PetscObjectComm((PetscObject)ts)));
  *accept = finite ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* Only implicit integrators need a Jacobian. */
static PetscErrorCode set_up_integrator(Smooth *s)
{
  PetscBool explicit;

  PetscFunctionBegin;
  PetscCall(TSSetRHSFunction(s->ts, NULL, ts_rhs, s));
  PetscCall(TSSetFunctionDomainError(s->ts, is_finite));
  PetscCall(PetscObjectTypeCompareAny((PetscObject)s->ts, &explicit, TSRK, TSEULER, TSSSP, ""));
  if (!explicit) {
    PetscCall(create_matrix(s));
    PetscCall(TSSetRHSJacobian(s->ts, s->slopes, s->slopes, ts_slopes, s));
  }
  PetscCall(TSSetSolution(s->ts, s->x));
  PetscCall(PetscErrorsTake());
  PetscCall(PetscErrorsRefuse(NULL, TSSetUp(s->ts)));
  PetscFunctionReturn(0);
}

static PetscErrorCode draw_state(Smooth *s, const double first[2])
{
  const int d = s->model->n_state;
  double *x;

  PetscFunctionBegin;
  PetscCall(VecGetArray(s->x, &x));
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    double uniform[2], normal[2];

    RandomUniform(s->seed, RANDOM_INITIAL_STATE, s->partition->first + i, 0, uniform);
    RandomNormal(s->seed, RANDOM_DRIVE, s->partition->first + i, 0, normal);
    x[i * d] = first[0] + (first[1] - first[0]) * uniform[0];
    s->model->start(s->parameters, x + i * d);
    s->drive[i] = s->input_mean + s->input_spread * normal[0];
  }
  PetscCall(VecRestoreArray(s->x, &x));
  PetscFunctionReturn(0);
}

/* Scales a map to the given spectral radius, which is estimated from the growth of its powers. */
static PetscErrorCode scale_map(Smooth *s)
{
  enum { POWERS = 1000 };
  double *drive = s->drive;
  double growth = 0, norm = 0, radius;
  Vec a, b;

  PetscFunctionBegin;
  PetscCall(VecDuplicate(s->x, &a));
  PetscCall(VecDuplicate(s->x, &b));
  PetscCall(VecCopy(s->x, a));
  PetscCall(PetscCalloc1(s->partition->n_local, &s->drive));
  for (int k = 0; k < POWERS; k++) {
    PetscCall(SmoothRhs(s, 0, a, b));
    PetscCall(VecNorm(b, NORM_2, &norm));
    if (norm == 0) {
      break;
    }
    growth += k < POWERS / 2 ? 0 : log(norm); /* the first powers find the direction */
    PetscCall(VecCopy(b, a));
    PetscCall(VecScale(a, 1.0 / norm));
  }
  radius = norm > 0 ? exp(2.0 * growth / POWERS) : 0;
  s->scale = radius > 0 ? s->radius / radius : 1.0;
  s->parameters[0] *= s->scale;
  PetscCall(PetscFree(s->drive));
  s->drive = drive;
  PetscCall(VecDestroy(&a));
  PetscCall(VecDestroy(&b));
  PetscFunctionReturn(0);
}

PetscErrorCode SmoothSetUp(Smooth *s, Network network, const double first[2])
{
  const Partition *p = NetworkPartition(network);
  const int d = s->model->n_state;

  PetscFunctionBegin;
  s->network = network;
  s->partition = p;
  UserCheck(p->n_global * d <= PETSC_MAX_INT,
            "%lld neurons with %d variables are too many: this PETSc counts to %d; use one with "
            "64-bit indices",
            (long long)p->n_global, d, PETSC_MAX_INT);
  PetscCall(PetscMalloc2(p->n_local, &s->drive, p->n_local, &s->noise));
  PetscCall(PetscArrayzero(s->noise, p->n_local));
  PetscCall(VecCreateMPI(s->comm, (PetscInt)(p->n_local * d), (PetscInt)(p->n_global * d), &s->x));
  PetscCall(index_sources(s));
  PetscCall(draw_state(s, first));
  if (s->ts) {
    PetscCall(set_up_integrator(s));
  } else {
    PetscCall(scale_map(s));
  }
  PetscFunctionReturn(0);
}

/* Fetches what the sources of this rank's targets send and, with `slopes`, its derivatives. */
static PetscErrorCode fetch(Smooth *s, const double x[], PetscBool slopes)
{
  const int d = s->model->n_state;
  double *sent[2];

  PetscFunctionBegin;
  PetscCall(VecGetArray(s->sent[0], &sent[0]));
  PetscCall(VecGetArray(s->sent[1], &sent[1]));
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    sent[0][i] = x[i * d];
    sent[1][i] = 1.0;
    if (s->coupling->send) {
      sent[0][i] = s->coupling->send(s->coupling_parameters, x[i * d], &sent[1][i]);
    }
  }
  PetscCall(VecRestoreArray(s->sent[0], &sent[0]));
  PetscCall(VecRestoreArray(s->sent[1], &sent[1]));
  for (int k = 0; k < (slopes ? 2 : 1); k++) {
    PetscCall(VecScatterBegin(s->scatter, s->sent[k], s->seen[k], INSERT_VALUES, SCATTER_FORWARD));
    PetscCall(VecScatterEnd(s->scatter, s->sent[k], s->seen[k], INSERT_VALUES, SCATTER_FORWARD));
  }
  PetscFunctionReturn(0);
}

/* Fills the row of local target i, whose first synapse is number `at` of this rank. */
static PetscErrorCode fill_row(Smooth *s, int64_t i, int64_t at, const double x[],
                               const double seen[], CouplingRow *row)
{
  PetscFunctionBegin;
  row->target = s->partition->first + i;
  row->n_neurons = s->partition->n_global;
  PetscCall(NetworkRow(s->network, i, &row->count, &row->sources, &row->weights));
  row->own = x[i * s->model->n_state];
  for (int64_t k = 0; k < row->count; k++) {
    s->row_sent[k] = seen[s->position[at + k]];
  }
  row->sent = s->row_sent;
  PetscFunctionReturn(0);
}

PetscErrorCode SmoothRhs(Smooth *s, double t, Vec x, Vec dx)
{
  const int d = s->model->n_state;
  const double *values, *seen;
  double *slopes, unused;
  int64_t at = 0;

  PetscFunctionBegin;
  (void)t; /* the drive is constant within an interval */
  PetscCall(VecGetArrayRead(x, &values));
  PetscCall(fetch(s, values, PETSC_FALSE));
  PetscCall(VecGetArrayRead(s->seen[0], &seen));
  PetscCall(VecGetArrayWrite(dx, &slopes));
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    CouplingRow row;
    double input;

    PetscCall(fill_row(s, i, at, values, seen, &row));
    at += row.count;
    input = s->drive[i] + s->noise[i] +
            s->scale * s->coupling->receive(s->coupling_parameters, &row, &unused, NULL);
    s->model->rhs(s->parameters, values + i * d, input, slopes + i * d);
  }
  PetscCall(VecRestoreArrayWrite(dx, &slopes));
  PetscCall(VecRestoreArrayRead(s->seen[0], &seen));
  PetscCall(VecRestoreArrayRead(x, &values));
  PetscFunctionReturn(0);
}

PetscErrorCode SmoothSlopes(Smooth *s, double t, Vec x)
{
  const int d = s->model->n_state;
  const double *values, *seen[2];
  double block[NEURON_MAX_STATE * NEURON_MAX_STATE];
  int64_t at = 0;

  PetscFunctionBegin;
  (void)t;
  PetscCall(VecGetArrayRead(x, &values));
  PetscCall(fetch(s, values, PETSC_TRUE));
  PetscCall(VecGetArrayRead(s->seen[0], &seen[0]));
  PetscCall(VecGetArrayRead(s->seen[1], &seen[1]));
  for (int64_t i = 0; i < s->partition->n_local; i++) {
    PetscInt own[NEURON_MAX_STATE];
    CouplingRow row;
    double input, input_slope, own_slope;

    PetscCall(fill_row(s, i, at, values, seen[0], &row));
    input =
        s->drive[i] + s->noise[i] +
        s->scale * s->coupling->receive(s->coupling_parameters, &row, &own_slope, s->row_slopes);
    input_slope = s->scale * s->model->jacobian(s->parameters, values + i * d, input, block);
    block[0] += input_slope * own_slope;
    for (int k = 0; k < d; k++) {
      own[k] = (PetscInt)((s->partition->first + i) * d + k);
    }
    for (int64_t k = 0; k < row.count; k++) {
      s->row_columns[k] = (PetscInt)row.sources[k] * d;
      s->row_slopes[k] *= input_slope * seen[1][s->position[at + k]];
    }
    PetscCall(MatSetValues(s->slopes, d, own, d, own, block, INSERT_VALUES));
    PetscCall(MatSetValues(s->slopes, 1, own, (PetscInt)row.count, s->row_columns, s->row_slopes,
                           INSERT_VALUES));
    at += row.count;
  }
  PetscCall(MatAssemblyBegin(s->slopes, MAT_FINAL_ASSEMBLY));
  PetscCall(MatAssemblyEnd(s->slopes, MAT_FINAL_ASSEMBLY));
  PetscCall(VecRestoreArrayRead(s->seen[0], &seen[0]));
  PetscCall(VecRestoreArrayRead(s->seen[1], &seen[1]));
  PetscCall(VecRestoreArrayRead(x, &values));
  PetscFunctionReturn(0);
}

double SmoothMemory(const Smooth *s, double neurons, double synapses)
{
  const double vectors = 14; /* of the integrator, including the stages of a method of order 5 */

  return neurons * 8.0 * (vectors * s->model->n_state + 6) + synapses * 8.0 + neurons * 24.0;
}
