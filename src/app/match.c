/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Matches the neurons of scores and truth: by id where both sides have ids, else by name where both
   have names, else by the ids of the scored neurons taken as row numbers, else by position. */
#include "evaluate_impl.h"

#include "causeway/recording.h"

/* Neurons that are compared with a truth. */
typedef struct {
  const char *what; /* source of the neurons, for messages */
  Observed neurons; /* with its own index */
  PetscBool by_id;  /* identified by ids, even if these are 0, 1, ... */
  Labels labels;    /* names of the neurons, or empty */
} Scored;

static PetscErrorCode free_scored(Scored *s)
{
  PetscFunctionBegin;
  PetscCall(ObservedDestroy(&s->neurons));
  PetscCall(LabelsDestroy(&s->labels));
  PetscFunctionReturn(0);
}

static PetscErrorCode read_neurons(DataFile file, Scored *s)
{
  double ids = 0;

  PetscFunctionBegin;
  PetscCall(AppReadObserved(file, &s->neurons));
  PetscCall(DataFileGetReal(file, "/observed_neurons", "ids", &ids, NULL));
  s->by_id = ids != 0 ? PETSC_TRUE : PETSC_FALSE;
  PetscCall(AppReadLabels(file, &s->labels));
  PetscFunctionReturn(0);
}

/* Reads which neurons a score file lists for its rows and columns, if it lists any. */
static PetscErrorCode neurons_of_scores(App *app, Scored *s)
{
  char name[PETSC_MAX_PATH_LEN];
  DataFile file;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(EvaluateFileName(app, sizeof(name), name));
  if (!name[0]) {
    PetscFunctionReturn(0); /* a NumPy array has no ids or names */
  }
  PetscCall(DataFileOpen(app->run.comm, name, &file));
  status = read_neurons(file, s);
  PetscCall(DataFileDiscard(&file));
  PetscFunctionReturn(status);
}

/* Finds the scored neurons: those of the score file, or the columns of the activity's source that
   are observed. */
static PetscErrorCode find_scored(App *app, const Observed *of_activity, Scored *s)
{
  PetscFunctionBegin;
  *s = (Scored){.what = "the activity"};
  if (app->evaluate.scores_file[0]) {
    s->what = app->evaluate.scores_file;
    PetscCall(neurons_of_scores(app, s));
    PetscFunctionReturn(0);
  }
  s->by_id = ActivityHasIds(app->data.activity);
  s->neurons = (Observed){of_activity->n_all, of_activity->n, NULL};
  if (of_activity->index) {
    PetscCall(PetscMalloc1(of_activity->n, &s->neurons.index));
    PetscCall(PetscArraycpy(s->neurons.index, of_activity->index, of_activity->n));
  }
  PetscCall(LabelsTake(ActivityLabels(app->data.activity), of_activity->n, NULL, &s->labels));
  PetscFunctionReturn(0);
}

/* Whether the scored neurons have ids other than 0, 1, ... */
static PetscBool has_own_ids(const Scored *s)
{
  return s->neurons.n > 0 && s->neurons.n_all == INT64_MAX ? PETSC_TRUE : PETSC_FALSE;
}

/* Logs that ids are used as row numbers of a truth without ids. */
static PetscErrorCode tell_numbers(const App *app, const Scored *s)
{
  const char *truth =
      app->evaluate.truth_file[0] ? app->evaluate.truth_file : "the simulated network";

  PetscFunctionBegin;
  if (s->neurons.index && s->neurons.index[0] > 0) {
    PetscCall(
        LogWarning("%s: has no ids, so the neuron with id %lld is compared with its row %lld, "
                   "counted from 0, and row 0 is not used; if ids count from 1, give the "
                   "truth in HDF5 with a dataset /node_ids\n",
                   truth, (long long)s->neurons.index[0], (long long)s->neurons.index[0]));
  } else {
    PetscCall(
        LogPrintf("evaluate   %s: has no ids, so a neuron with id K is compared with its row K, "
                  "counted from 0\n",
                  truth));
  }
  PetscFunctionReturn(0);
}

/* Locates neurons with ids in a truth; the index is NULL when they are all of its neurons. */
static PetscErrorCode locate(App *app, Network truth, const Scored *s, Observed *located)
{
  const Identity *identity = NetworkIdentity(truth);
  char text[2 * PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  PetscBool all;

  PetscFunctionBegin;
  status = IdentityLocate(
      identity, &s->neurons, s->what,
      app->evaluate.truth_file[0] ? app->evaluate.truth_file : "the simulated network", located);
  if (status == CAUSEWAY_ERR_USER && !identity->id && !NetworkHasNodes(truth)) {
    (void)snprintf(text, sizeof(text), "%s", UserErrorMessage());
    status = UserError(
        "%s; if its rows are other neurons, give the truth in HDF5 with a dataset /node_ids", text);
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

/* Reads the neuron names of the truth; none where its file has none or a different number of
   them. */
static PetscErrorCode names_of_truth(App *app, Network truth, PetscBool tells, Labels *names)
{
  const Identity *identity = NetworkIdentity(truth);
  char name[PETSC_MAX_PATH_LEN], path[PETSC_MAX_PATH_LEN];
  PetscErrorCode status;
  PetscBool is_hdf5 = PETSC_FALSE;
  Labels read;
  DataFile file;

  PetscFunctionBegin;
  *names = (Labels){0, 0, NULL};
  PetscCall(ParseFilePath(app->evaluate.truth_file, sizeof(name), name, path));
  status = name[0] ? RecordingIsHDF5(app->run.comm, name, &is_hdf5) : 0;
  PetscCall(status == CAUSEWAY_ERR_USER ? 0 : status);
  if (!is_hdf5) { /* a NumPy array, or a SONATA circuit configuration in JSON */
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileOpen(app->run.comm, name, &file));
  status = AppReadLabels(file, &read);
  PetscCall(DataFileDiscard(&file));
  PetscCall(status);
  if (read.n == NetworkPartition(truth)->n_global) {
    PetscCall(LabelsTake(&read, read.n, identity->place, names));
  } else if (read.n > 0 && tells) {
    PetscCall(LogWarning(
        "%s has %lld neurons, but /labels in its file has %lld names; the names are not used\n",
        app->evaluate.truth_file, (long long)NetworkPartition(truth)->n_global, (long long)read.n));
  }
  PetscCall(LabelsDestroy(&read));
  PetscFunctionReturn(0);
}

/* Locates neurons with names in a truth; the index is NULL when they are all of its neurons, or
   when no name matches. */
static PetscErrorCode locate_names(App *app, Network truth, const Scored *s, PetscBool tells,
                                   Observed *located, PetscBool *by_name)
{
  int64_t n_found = 0;
  PetscErrorCode status = 0;
  Labels names;

  PetscFunctionBegin;
  *by_name = PETSC_FALSE;
  PetscCall(names_of_truth(app, truth, tells, &names));
  if (names.n && s->labels.n) {
    *located = (Observed){names.n, s->labels.n, NULL};
    PetscCall(PetscMalloc1(located->n, &located->index));
    status = AppMatchNames(&names, app->evaluate.truth_file, &s->labels, s->what, located->index,
                           &n_found);
    *by_name = n_found > 0 ? PETSC_TRUE : PETSC_FALSE;
    if (status || located->n == names.n) {
      PetscCall(ObservedDestroy(located));
    }
    if (tells && !*by_name) {
      PetscCall(LogPrintf("evaluate   %s and %s share no neuron name: neurons are compared by "
                          "%s\n",
                          s->what, app->evaluate.truth_file,
                          has_own_ids(s) ? "number" : "position"));
    }
  }
  PetscCall(LabelsDestroy(&names));
  PetscFunctionReturn(n_found > 0 ? status : 0);
}

/* Refuses neurons matched by position unless the truth has as many. */
static PetscErrorCode check_positions(App *app, const Scored *s)
{
  const int64_t n_truth = NetworkPartition(app->evaluate.truth)->n_global;
  const Observed *o = &s->neurons;

  PetscFunctionBegin;
  UserCheck(!o->index || o->n_all == n_truth,
            "%s: has scores of %lld of %lld neurons, but the truth %s has %lld neurons; give a "
            "truth with all %lld",
            s->what, (long long)o->n, (long long)o->n_all, app->evaluate.truth_file,
            (long long)n_truth, (long long)o->n_all);
  UserCheck(o->index || app->data.n_population < 0 || n_truth == app->data.n_population,
            "the activity has %lld neurons, but the truth %s has %lld",
            (long long)app->data.n_population, app->evaluate.truth_file, (long long)n_truth);
  if (NetworkIdentity(app->evaluate.truth)->id) {
    PetscCall(LogWarning("%s: has no neuron ids; its neurons are compared with those of the truth "
                         "in the order of the truth's ids\n",
                         s->what));
  }
  PetscFunctionReturn(0);
}

/* Locates the scored neurons in a truth; `located` has an index where they are only some of its
   neurons. Neurons matched by position keep the index of their source, and are checked on
   request. */
static PetscErrorCode find_in(App *app, Network truth, Scored *s, PetscBool checks,
                              Observed *located)
{
  PetscBool by_name = PETSC_FALSE;

  PetscFunctionBegin;
  *located = (Observed){0, 0, NULL};
  if (NetworkHasNodes(truth) && (has_own_ids(s) || (s->by_id && s->neurons.n > 0))) {
    PetscCall(locate(app, truth, s, located));
    PetscFunctionReturn(0);
  }
  PetscCall(locate_names(app, truth, s, checks, located, &by_name));
  if (by_name) {
    PetscFunctionReturn(0);
  }
  if (has_own_ids(s)) {
    PetscCall(locate(app, truth, s, located));
    PetscCall(checks ? tell_numbers(app, s) : 0);
  } else if (checks) {
    PetscCall(check_positions(app, s));
  } else {
    *located = s->neurons; /* ownership moves to `located` */
    s->neurons.index = NULL;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode MatchCheck(App *app)
{
  Observed located;
  Scored s;
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(find_scored(app, ActivitySourceNeurons(app->data.activity), &s));
  status = find_in(app, app->evaluate.truth, &s, PETSC_TRUE, &located);
  if (!status && located.index) {
    PetscCall(LogPrintf("evaluate   %s covers %lld of the %lld neurons of %s\n", s.what,
                        (long long)located.n, (long long)located.n_all, app->evaluate.truth_file));
  }
  PetscCall(ObservedDestroy(&located));
  PetscCall(free_scored(&s));
  PetscFunctionReturn(status);
}

PetscErrorCode MatchTruth(App *app, Network truth, Network *matched)
{
  Observed located;
  Scored s;
  PetscErrorCode status;

  PetscFunctionBegin;
  *matched = NULL;
  PetscCall(find_scored(app, ActivityObserved(app->data.activity), &s));
  status = find_in(app, truth, &s, PETSC_FALSE, &located);
  if (!status && located.index) {
    status = NetworkObserve(truth, &located, matched);
  }
  PetscCall(ObservedDestroy(&located));
  PetscCall(free_scored(&s));
  PetscFunctionReturn(status);
}
