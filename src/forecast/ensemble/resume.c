/* SPDX-License-Identifier: GPL-3.0-or-later */

/* What a snapshot holds of an ensemble in training, from which it continues on any grid of ranks. */
#include "forecaster_impl.h"

#include "causeway/error.h"

PetscErrorCode ForecasterSetCheckpoint(Forecaster f, Checkpoint checkpoint)
{
  PetscFunctionBegin;
  f->checkpoint = checkpoint;
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_state(Snapshot s, TrainingState *state)
{
  PetscFunctionBegin;
  PetscCall(SnapshotInteger(s, "epoch", &state->epoch));
  PetscCall(SnapshotInteger(s, "batch", &state->batch));
  PetscCall(SnapshotInteger(s, "step", &state->step));
  PetscCall(SnapshotInteger(s, "done", &state->done));
  PetscCall(SnapshotInteger(s, "best_epoch", &state->best_epoch));
  PetscCall(SnapshotInteger(s, "n_steps", &state->n_steps));
  PetscCall(SnapshotInteger(s, "diverged_step", &state->diverged_step));
  PetscCall(SnapshotReal(s, "best_loss", &state->best_loss));
  PetscCall(SnapshotReal(s, "loss_sum", &state->loss_sum));
  PetscCall(SnapshotReal(s, "epoch_s", &state->epoch_s));
  PetscCall(SnapshotReal(s, "seconds", &state->seconds));
  PetscCall(SnapshotReal(s, "flops", &state->flops));
  PetscCall(SnapshotReal(s, "n_taken", &state->n_taken));
  PetscFunctionReturn(0);
}

/* An epoch is one row; one rank writes it, every rank reads it. */
static PetscErrorCode keep_history(Forecaster f, Snapshot s, Member *member, PetscBool writes)
{
  enum { COLUMNS = sizeof(Epoch) / sizeof(double) };
  const int64_t room = PetscMax(f->plan.n_epochs, member->history.n_epochs);
  int64_t dims[2], first[2] = {0, 0};

  PetscFunctionBegin;
  PetscCall(SnapshotInteger(s, "epochs", &member->history.n_epochs));
  if (!member->history.epochs) {
    PetscCall(PetscCalloc1(PetscMax(room, member->history.n_epochs), &member->history.epochs));
  }
  dims[0] = member->history.n_epochs;
  dims[1] = COLUMNS;
  PetscCall(SnapshotArray(s, "history", "1", DATA_FLOAT64, 2, dims, first, dims, writes,
                          member->history.epochs));
  PetscFunctionReturn(0);
}

/* Allocates the weights to be restored, or copies the model's weights for saving. */
static PetscErrorCode prepare_current(Forecaster f, Snapshot s, int64_t m, PetscBool here)
{
  Member *member = &f->members[m];

  PetscFunctionBegin;
  if (!here || member->state.done || member->state.epoch == 0) {
    PetscFunctionReturn(0);
  }
  if (!member->current) {
    PetscCall(PetscMalloc1(WeightsLength(&f->model->weights), &member->current));
  }
  if (SnapshotPrepares(s) && f->active == m) {
    PetscCall(WeightsSave(&f->model->weights, member->current));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode keep_member(Forecaster f, Snapshot s, int64_t m)
{
  Member *member = &f->members[m];
  const int root = ForecasterGroup(f, m) * f->grid.n_batch * f->grid.n_ring;
  const PetscBool here = ForecasterGroup(f, m) == f->grid.group_index ? PETSC_TRUE : PETSC_FALSE;
  const PetscBool part = here && f->grid.batch_index == 0 ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  if (SnapshotPrepares(s)) {
    /* state that only its group knows */
    PetscCallMPI(MPI_Bcast(&member->state, (int)sizeof(member->state), MPI_BYTE, root, f->comm));
    PetscCallMPI(MPI_Bcast(&member->history.n_epochs, 1, MPI_INT64_T, root, f->comm));
  }
  PetscCall(SnapshotGroup(s, "train/%s/member_%lld", f->type->name, (long long)m));
  PetscCall(keep_state(s, &member->state));
  if (member->state.epoch == 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(keep_history(f, s, member, f->rank == root ? PETSC_TRUE : PETSC_FALSE));
  PetscCall(prepare_current(f, s, m, here));
  PetscCall(SnapshotGroup(s, "train/%s/member_%lld/kept", f->type->name, (long long)m));
  PetscCall(WeightsKeep(&f->model->weights, s, part, here ? member->weights : NULL));
  if (!member->state.done) {
    PetscCall(SnapshotGroup(s, "train/%s/member_%lld/current", f->type->name, (long long)m));
    PetscCall(WeightsKeep(&f->model->weights, s, part, here ? member->current : NULL));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterKeep(Forecaster f, Snapshot s)
{
  int64_t begun = f->ready ? 1 : 0;

  PetscFunctionBegin;
  PetscCall(SnapshotGroup(s, "train/%s", f->type->name));
  PetscCall(SnapshotInteger(s, "begun", &begun));
  for (int64_t m = 0; begun && m < f->plan.n_members; m++) {
    PetscCall(keep_member(f, s, m));
  }
  PetscFunctionReturn(0);
}

typedef struct {
  Forecaster forecaster;
  Activity activity;
} Resumption;

static PetscErrorCode restore(Snapshot s, void *context)
{
  const Resumption *r = context;
  int64_t begun = 0;

  PetscFunctionBegin;
  PetscCall(SnapshotGroup(s, "train/%s", r->forecaster->type->name));
  PetscCall(SnapshotInteger(s, "begun", &begun));
  if (begun) {
    PetscCall(ForecasterSetUpTraining(r->forecaster, r->activity));
    PetscCall(ForecasterKeep(r->forecaster, s));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ForecasterResume(Forecaster f, Activity activity)
{
  Resumption r = {f, activity};

  PetscFunctionBegin;
  UserCheck(f->checkpoint && CheckpointFound(f->checkpoint)[0],
            "there is no snapshot to resume from; call ForecasterSetCheckpoint() with a "
            "checkpoint in which CheckpointFind() has found one");
  PetscCall(CheckpointRestore(f->checkpoint, restore, &r));
  PetscFunctionReturn(0);
}
