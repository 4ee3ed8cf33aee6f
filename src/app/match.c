/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Scores and truth are matched neuron by neuron: by id where both sides have ids, else by name where both have names, else
   by the ids of the scored neurons as numbers of rows, else by position. */
#include "evaluate_impl.h"

#include "causeway/recording.h"

/* The neurons that are compared with a truth. */
typedef struct {
  const char *what; /* for messages */
  Observed neurons; /* with its own index */
  PetscBool by_id;  /* named by ids, even if these are 0, 1, ... */
  Labels labels;    /* of the neurons, or none */
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
  PetscCall(LabelsTake(ActivityLabels(app->activity), of_activity->n, NULL, &s->labels));
  PetscFunctionReturn(0);
}

/* Whether ids other than 0, 1, ... tell whose the scores are. */
static PetscBool has_own_ids(const Scored *s)
{
  return s->neurons.n > 0 && s->neurons.n_all == INT64_MAX ? PETSC_TRUE : PETSC_FALSE;
}

/* Tells that ids are used as row numbers of a truth without ids. */
static PetscErrorCode tell_numbers(const App *app, const Scored *s)
{
  const char *truth = app->truth_file[0] ? app->truth_file : "the simulated network";

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
        "%s; if its rows are other neurons, give it in HDF5 with a dataset /node_ids", text);
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

/* Names of the neurons of the truth; none where its file has none, or names of something else. */
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
  PetscCall(ParseFilePath(app->truth_file, sizeof(name), name, path));
  status = name[0] ? RecordingIsHDF5(app->comm, name, &is_hdf5) : 0;
  PetscCall(status == CAUSEWAY_ERR_USER ? 0 : status);
  if (!is_hdf5) { /* an array of NumPy, or a circuit's configuration, which is in JSON */
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileOpen(app->comm, name, &file));
  status = AppReadLabels(file, &read);
  PetscCall(DataFileDiscard(&file));
  PetscCall(status);
  if (read.n == NetworkPartition(truth)->n_global) {
    PetscCall(LabelsTake(&read, read.n, identity->place, names));
  } else if (read.n > 0 && tells) {
    PetscCall(LogWarning(
        "%s has %lld neurons, and /labels of its file %lld names, which are not used\n",
        app->truth_file, (long long)NetworkPartition(truth)->n_global, (long long)read.n));
  }
  PetscCall(LabelsDestroy(&read));
  PetscFunctionReturn(0);
}

/* Neurons with names among those of a truth: index NULL when they are all of them, or names do not tell. */
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
    status = AppMatchNames(&names, app->truth_file, &s->labels, s->what, located->index, &n_found);
    *by_name = n_found > 0 ? PETSC_TRUE : PETSC_FALSE;
    if (status || located->n == names.n) {
      PetscCall(ObservedDestroy(located));
    }
    if (tells && !*by_name) {
      PetscCall(LogPrintf("evaluate   %s and %s share no name of a neuron: neurons are compared by "
                          "%s\n",
                          s->what, app->truth_file, has_own_ids(s) ? "number" : "position"));
    }
  }
  PetscCall(LabelsDestroy(&names));
  PetscFunctionReturn(n_found > 0 ? status : 0);
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
    PetscCall(LogWarning("%s: has no ids of its neurons; they are compared with those of the truth "
                         "in the order of the ids there\n",
                         s->what));
  }
  PetscFunctionReturn(0);
}

/* Who the scored neurons are in a truth: `located`, with an index where they are some of its neurons. Those that are told
   by position are checked when it is wanted, and have the index of the source. */
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
    *located = s->neurons; /* taken over */
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
  PetscCall(find_scored(app, ActivitySourceNeurons(app->activity), &s));
  status = find_in(app, app->truth, &s, PETSC_TRUE, &located);
  if (!status && located.index) {
    PetscCall(LogPrintf("evaluate   %s is of %lld of the %lld neurons of %s\n", s.what,
                        (long long)located.n, (long long)located.n_all, app->truth_file));
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
  PetscCall(find_scored(app, ActivityObserved(app->activity), &s));
  status = find_in(app, truth, &s, PETSC_FALSE, &located);
  if (!status && located.index) {
    status = NetworkObserve(truth, &located, matched);
  }
  PetscCall(ObservedDestroy(&located));
  PetscCall(free_scored(&s));
  PetscFunctionReturn(status);
}
