/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Scores and truth are matched neuron by neuron: by id where the activity, or the file of the scores, says whose they
   are, else by position. */
#include "evaluate_impl.h"

/* The neurons that are compared with a truth. */
typedef struct {
  const char *what; /* for messages */
  Observed neurons; /* with its own index */
  PetscBool by_id;  /* named by ids, even if these are 0, 1, ... */
} Scored;

static PetscErrorCode read_neurons(DataFile file, Scored *s)
{
  double ids = 0;

  PetscFunctionBegin;
  PetscCall(AppReadObserved(file, &s->neurons));
  PetscCall(DataFileGetReal(file, "/observed_neurons", "ids", &ids, NULL));
  s->by_id = ids != 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscFunctionReturn(0);
}

/* Those that a file of scores names for its rows and columns, if it does. */
static PetscErrorCode neurons_of_scores(App *app, Scored *s)
{
  char name[PETSC_MAX_PATH_LEN];
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(EvaluateFileName(app, sizeof(name), name));
  if (!name[0]) {
    PetscFunctionReturn(0); /* an array of NumPy does not say */
  }
  PetscCall(DataFileOpen(app->comm, name, &file));
  status = read_neurons(file, s);
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}

/* Those of a file of scores, or of the activity: columns of its source, or those that are seen of it. */
static PetscErrorCode find_scored(App *app, const Observed *of_activity, Scored *s)
{
  PetscFunctionBegin;
  *s = (Scored){.what = "the activity"};
  if (app->scores_file[0]) {
    s->what = app->scores_file;
    PetscCall(neurons_of_scores(app, s));
    PetscFunctionReturn(0);
  }
  s->by_id = ActivityHasIds(app->activity);
  s->neurons = (Observed){of_activity->n_all, of_activity->n, NULL};
  if (of_activity->index) {
    PetscCall(PetscMalloc1(of_activity->n, &s->neurons.index));
    PetscCall(PetscArraycpy(s->neurons.index, of_activity->index, of_activity->n));
  }
  PetscFunctionReturn(0);
}

/* A matrix numbers its neurons, a circuit names them: ids 0, 1, ... tell who is who in the latter alone. */
static PetscBool is_by_id(Network truth, const Scored *s)
{
  return s->neurons.n > 0 && (s->neurons.n_all == INT64_MAX || (s->by_id && NetworkHasNodes(truth)))
             ? PETSC_TRUE
             : PETSC_FALSE;
}

/* Neurons with ids among those of a truth; index NULL when they are all of them. */
static PetscErrorCode locate(App *app, Network truth, const Scored *s, Observed *located)
{
  const Identity *identity = NetworkIdentity(truth);
  char text[2 * PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  PetscBool all;

  PetscFunctionBegin;
  status = IdentityLocate(identity, &s->neurons, s->what,
                          app->truth_file[0] ? app->truth_file : "the simulated network", located);
  if (status == CAUSEWAY_ERR_USER && !identity->id && !NetworkHasNodes(truth)) {
    (void)snprintf(text, sizeof(text), "%s", UserErrorMessage());
    status = UserError(
        "%s; if its rows are other neurons, a dataset /node_ids beside it names them", text);
  }
  PetscCall(status);
  all = located->n == identity->n ? PETSC_TRUE : PETSC_FALSE;
  for (int64_t k = 0; k < located->n && all; k++) {
    all = located->index[k] == k ? PETSC_TRUE : PETSC_FALSE;
  }
  if (all) {
    PetscCall(ObservedDestroy(located));
  }
  PetscFunctionReturn(0);
}

/* Neurons that are told by position must be of as many as the truth. */
static PetscErrorCode check_positions(App *app, const Scored *s)
{
  const int64_t n_truth = NetworkPartition(app->truth)->n_global;
  const Observed *o = &s->neurons;

  PetscFunctionBegin;
  UserCheck(!o->index || o->n_all == n_truth,
            "%s: has scores of %lld neurons out of %lld, but the truth %s is of %lld neurons; give "
            "the truth of all %lld",
            s->what, (long long)o->n, (long long)o->n_all, app->truth_file, (long long)n_truth,
            (long long)o->n_all);
  UserCheck(o->index || app->n_population < 0 || n_truth == app->n_population,
            "the activity is of %lld neurons, but the truth %s of %lld",
            (long long)app->n_population, app->truth_file, (long long)n_truth);
  if (NetworkIdentity(app->truth)->id) {
    PetscCall(LogPrintf("evaluate   %s: has no ids of its neurons: they are taken for those of the "
                        "truth, in the order of the ids there\n",
                        s->what));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode MatchCheck(App *app)
{
  Observed located = {0, 0, NULL};
  Scored s;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(find_scored(app, ActivitySourceNeurons(app->activity), &s));
  status =
      is_by_id(app->truth, &s) ? locate(app, app->truth, &s, &located) : check_positions(app, &s);
  if (!status && located.index) {
    PetscCall(LogPrintf("evaluate   %s is of %lld of the %lld neurons of %s\n", s.what,
                        (long long)s.neurons.n, (long long)located.n_all, app->truth_file));
  }
  PetscCall(ObservedDestroy(&located));
  PetscCall(ObservedDestroy(&s.neurons));
  PetscFunctionReturn(status);
}

PetscErrorCode MatchTruth(App *app, Network truth, Network *matched)
{
  Observed located = {0, 0, NULL};
  Scored s;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  *matched = NULL;
  PetscCall(find_scored(app, ActivityObserved(app->activity), &s));
  if (is_by_id(truth, &s)) {
    status = locate(app, truth, &s, &located);
    if (!status && located.index) {
      PetscCall(NetworkObserve(truth, &located, matched));
    }
  } else if (s.neurons.index) {
    PetscCall(NetworkObserve(truth, &s.neurons, matched));
  }
  PetscCall(ObservedDestroy(&located));
  PetscCall(ObservedDestroy(&s.neurons));
  PetscFunctionReturn(status);
}
