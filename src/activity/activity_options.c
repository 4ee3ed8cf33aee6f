/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters of an activity, except those of recordings and steps. */
#include "activity_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"

#include <string.h>

static const ParameterWord trials_words[] = {{"none", "the whole recording is one trial", 0},
                                             {"own", "/intervals/trials of the recording", 0},
                                             {NULL, NULL, 0}};

static const ParameterWord missing_words[] = {
    {"refuse", "an error that names neuron and sample", 0},
    {"drop", "the sample is left out of all neurons", 0},
    {NULL, NULL, 0}};

static const ParameterWord constant_words[] = {
    {"auto", "drop for recordings, refuse for simulations, kept by an import", 0},
    {"refuse", "an error that names them", 0},
    {"drop", "they are left out, as if not observed", 0},
    {NULL, NULL, 0}};

static const ParameterWord normalize_words[] = {{"zscore", "mean 0 and population deviation 1", 0},
                                                {"center", "mean 0", 0},
                                                {"none", "values as the steps leave them", 0},
                                                {NULL, NULL, 0}};

static const ParameterWord samples_words[] = {{"all", "all samples after the steps", 0},
                                              {NULL, NULL, 0}};

static const ParameterWord threshold_words[] = {
    {"clip", "the value of activity_clip, or one spike where spikes are counted", THRESHOLD_CLIP},
    {"none", "no value is an event", THRESHOLD_NONE},
    {NULL, NULL, 0}};

static const ParameterWord spikes_words[] = {
    {"auto", "own where there are such and no activity_event_threshold is given, else none", 0},
    {"own", "the spikes of these neurons in the file of the activity", 0},
    {"none", "events are found by activity_event_threshold", 0},
    {NULL, NULL, 0}};

static const ParameterSpec source[] = {
    {.key = "activity",
     .kind = PARAMETER_TEXT,
     .standard = "",
     .form = "FILE[:/path]",
     .text =
         "Recorded or simulated activity: HDF5 (NWB, SONATA), .npy, .npz or text; causeway info "
         "FILE lists what is in it",
     .priority = 1,
     PARAMETER_MEMBER(struct _p_Activity, source)},
    {.key = NULL}};

static const ParameterSpec observed[] = {
    {.key = "activity_downsample",
     .kind = PARAMETER_INTEGER,
     .unit = "samples",
     .standard = "1",
     .low = 1,
     .high = 1000000,
     .text = "Distance of the samples that are taken of the source, without a filter; all lengths "
             "below are counted in these",
     .prepares = PETSC_TRUE,
     PARAMETER_MEMBER(struct _p_Activity, downsample)},
    {.key = "activity_noise",
     .kind = PARAMETER_REAL,
     .unit = "unit of the source",
     .standard = "0",
     .high = 1e12,
     .text = "Standard deviation of white noise that is added to the samples",
     PARAMETER_MEMBER(struct _p_Activity, noise)},
    {.key = "observe_fraction",
     .kind = PARAMETER_REAL,
     .unit = "1",
     .standard = "1",
     .low = 1e-9,
     .high = 1,
     .text = "Fraction of the neurons that is observed, chosen at random",
     PARAMETER_MEMBER(struct _p_Activity, observe_fraction)},
    {.key = "activity_trials",
     .kind = PARAMETER_TEXT,
     .standard = "none",
     .words = trials_words,
     .form = "LENGTH|FILE.h5:/path",
     .text =
         "Trials, whose borders no lag crosses: consecutive ones of LENGTH [samples], or a table "
         "(n_trials, 2) of first and end samples",
     PARAMETER_MEMBER(struct _p_Activity, trials_text)},
    {.key = "activity_missing",
     .kind = PARAMETER_CHOICE,
     .standard = "refuse (import: drop)",
     .varies = PETSC_TRUE,
     .words = missing_words,
     .text = "Treatment of samples at which a neuron is NaN or infinite",
     PARAMETER_MEMBER(struct _p_Activity, missing)},
    {.key = "activity_constant",
     .kind = PARAMETER_CHOICE,
     .standard = "auto",
     .words = constant_words,
     .text =
         "Treatment of neurons that do not vary in the samples used: constant, silent or without "
         "any value",
     PARAMETER_MEMBER(struct _p_Activity, constant_choice)},
    {.key = NULL}};

/* Condition of the parameters of events: the event regression, a forecaster, an import. */
#define USES_EVENTS "granger_statistics=event||train_forecaster"

static const ParameterSpec selection[] = {
    {.key = "activity_normalize",
     .kind = PARAMETER_CHOICE,
     .standard = "zscore (import: none)",
     .varies = PETSC_TRUE,
     .words = normalize_words,
     .text = "Normalization of each neuron over all samples in trials, after the steps",
     .prepares = PETSC_TRUE,
     PARAMETER_MEMBER(struct _p_Activity, normalize)},
    {.key = "activity_samples",
     .kind = PARAMETER_TEXT,
     .standard = "all",
     .words = samples_words,
     .form = "FIRST:COUNT",
     .text = "Part of the samples that is taken after normalizing",
     PARAMETER_MEMBER(struct _p_Activity, samples_text)},
    {.key = "causality_windows",
     .kind = PARAMETER_INTEGER,
     .unit = "1",
     .standard = "1",
     .low = 1,
     .high = 1000000,
     .text = "Number of equal stretches of these samples, each inferred from by itself",
     PARAMETER_MEMBER(struct _p_Activity, n_windows)},
    {.key = "activity_event_threshold",
     .kind = PARAMETER_REAL,
     .unit = "unit of the source",
     .standard = "clip",
     .low = -1e308,
     .high = 1e308,
     .words = threshold_words,
     .text = "Threshold that a value of the source must reach to be an event",
     .prepares = PETSC_TRUE,
     .needs = USES_EVENTS "&activity_spikes=auto|none&activity_steps!=events",
     PARAMETER_MEMBER(struct _p_Activity, event_threshold)},
    {.key = "activity_spikes",
     .kind = PARAMETER_TEXT,
     .standard = "auto",
     .words = spikes_words,
     .form = "FILE.h5[:/spikes/POPULATION]",
     .text = "Spikes that are the events, each at the first sample that is not before it",
     .needs = USES_EVENTS "&activity_steps!=events",
     PARAMETER_MEMBER(struct _p_Activity, spikes_text)},
    {.key = NULL}};

PetscErrorCode ActivityDeclareParameters(Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, source));
  PetscCall(RecordingDeclareParameters(p));
  PetscCall(ParametersDeclare(p, observed));
  PetscCall(StepsDeclareParameters(p));
  PetscCall(ParametersDeclare(p, selection));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivityDefaults(Activity a)
{
  PetscFunctionBegin;
  PetscCall(ParametersDefaults(source, a));
  PetscCall(RecordingDefaults(&a->reading));
  PetscCall(ParametersDefaults(observed, a));
  PetscCall(ParametersDefaults(selection, a));
  a->missing = MISSING_REFUSE;
  a->normalize = NORMALIZE_ZSCORE;
  a->select_count = -1;
  PetscFunctionReturn(0);
}

static PetscErrorCode parse_trials(Activity a, Parameters p)
{
  const char *word = a->trials_text;

  PetscFunctionBegin;
  a->trials_kind = TRIALS_NONE;
  if (!strcmp(word, "own")) {
    a->trials_kind = TRIALS_OWN;
  } else if (strstr(word, ":/")) {
    a->trials_kind = TRIALS_FILE;
  } else if (strcmp(word, "none") != 0) {
    a->trials_kind = TRIALS_LENGTH;
    UserCheck(NumberInteger(word, &a->trial_length) && a->trial_length >= 1,
              "%s = %s: expected LENGTH >= 1 [samples], FILE.h5:/path, own or none",
              ParametersSource(p, "activity_trials"), word);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode parse_selection(Activity a, Parameters p)
{
  int64_t range[2];

  PetscFunctionBegin;
  a->select_count = -1;
  if (strcmp(a->samples_text, "all") != 0) {
    UserCheck(NumberIntegers(a->samples_text, ':', 2, range) && range[0] >= 0 && range[1] >= 1,
              "%s = %s: expected FIRST:COUNT with FIRST >= 0 and COUNT >= 1, or all",
              ParametersSource(p, "activity_samples"), a->samples_text);
    a->select_first = range[0];
    a->select_count = range[1];
  }
  PetscFunctionReturn(0);
}

/* A dead channel of a recording is common and can be left out; in a simulation it is a mistake. */
static void choose_constant(Activity a)
{
  if (a->constant_choice > 0) {
    a->constant = a->constant_choice == 1 ? CONSTANT_REFUSE : CONSTANT_DROP;
  } else if (!a->imports) {
    a->constant = a->source[0] ? CONSTANT_DROP : CONSTANT_REFUSE;
  }
}

PetscErrorCode ActivitySetFromOptions(Activity a, Parameters p, uint32_t seed)
{
  PetscFunctionBegin;
  a->seed = seed;
  PetscCall(ParametersRead(p, source, a));
  PetscCall(RecordingSetFromOptions(&a->reading, p));
  if (!a->source[0]) { /* a simulation's samples are known before it runs */
    PetscCall(RecordingDefaults(&a->reading));
  }
  PetscCall(ParametersRead(p, observed, a));
  PetscCall(parse_trials(a, p));
  choose_constant(a);
  PetscCall(StepsSetFromOptions(a->steps, p));
  PetscCall(ParametersRead(p, selection, a));
  PetscCall(parse_selection(a, p));
  PetscFunctionReturn(0);
}

PetscErrorCode ActivitySetOptions(Activity a, const ParameterSetting settings[])
{
  uint32_t seed;

  PetscFunctionBegin;
  PetscCall(ParametersSetOwn(a->comm, ActivityDeclareParameters, &a->own, settings, &seed));
  PetscCall(ActivitySetFromOptions(a, a->own, seed));
  PetscFunctionReturn(0);
}

/* Whether a value is one that values from memory have anyway: the default, or none. */
static PetscBool holds_in_memory(const ParameterInfo *info)
{
  const char *standard = info->default_value;
  const size_t length = strcspn(standard, " "); /* before the default of an import */
  const PetscBool is_standard =
      strlen(info->value) == length && !strncmp(info->value, standard, length) ? PETSC_TRUE
                                                                               : PETSC_FALSE;

  return !strcmp(info->value, "none") ||
                 (is_standard && strcmp(info->key, "activity_normalize") != 0)
             ? PETSC_TRUE
             : PETSC_FALSE;
}

PetscErrorCode ActivityCheckMemory(Activity a)
{
  ParameterInfo info;
  PetscBool given;

  PetscFunctionBegin;
  for (int k = 0; a->own && k < ParametersCount(a->own); k++) {
    ParametersInfo(a->own, k, &info);
    PetscCall(ParametersIsSet(a->own, info.key, &given));
    UserCheck(!given || !strcmp(info.key, "seed") || holds_in_memory(&info),
              "%s = %s: applies to a source that ActivityLoad() reads, but the values come from "
              "memory; leave it out",
              info.key, info.value);
  }
  PetscFunctionReturn(0);
}
