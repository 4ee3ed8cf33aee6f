/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "activity_impl.h"

#include "causeway/error.h"
#include "causeway/number.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static PetscErrorCode parse_clip(Activity a, Parameters parameters)
{
  char word[64] = "none";

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "activity_clip",
                             "larger values are set to this one before normalising, or none",
                             sizeof(word), word));
  if (strcmp(word, "none") != 0) {
    a->clips = PETSC_TRUE;
    UserCheck(NumberReal(word, &a->clip), "%s = %s: expected a number or none",
              ParametersSource(parameters, "activity_clip"), word);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode parse_trials(Activity a, Parameters parameters)
{
  char word[PETSC_MAX_PATH_LEN] = "none";

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "activity_trials",
                             "LENGTH [samples] of consecutive trials, FILE.h5:/path of (n_trials, "
                             "2) first and end samples, own: /intervals/trials of the recording, "
                             "or none",
                             sizeof(word), word));
  if (strstr(word, ":/") || !strcmp(word, "own")) {
    PetscCall(PetscStrncpy(a->trials_file, word, sizeof(a->trials_file)));
  } else if (strcmp(word, "none") != 0) {
    UserCheck(NumberInteger(word, &a->trial_length) && a->trial_length >= 1,
              "%s = %s: expected LENGTH >= 1 [samples], FILE.h5:/path, or none",
              ParametersSource(parameters, "activity_trials"), word);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode parse_events(Activity a, Parameters parameters)
{
  char word[64] = "clip";

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "activity_event_threshold",
                             "source values from this one on are events; clip: that of "
                             "activity_clip, none: no events",
                             sizeof(word), word));
  if (!strcmp(word, "none")) {
    a->event_choice = EVENTS_NONE;
  } else if (strcmp(word, "clip") != 0) {
    a->event_choice = EVENTS_VALUE;
    UserCheck(NumberReal(word, &a->event_value), "%s = %s: expected a number, clip or none",
              ParametersSource(parameters, "activity_event_threshold"), word);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode parse_spikes(Activity a, Parameters parameters)
{
  PetscFunctionBegin;
  PetscCall(PetscStrncpy(a->spikes, "none", sizeof(a->spikes)));
  PetscCall(ParametersString(parameters, "activity_spikes",
                             "FILE.h5[:/spikes/POPULATION] of SONATA spikes that are the events, "
                             "own: in the file of the activity, none: see activity_event_threshold",
                             sizeof(a->spikes), a->spikes));
  if (!strcmp(a->spikes, "none")) {
    a->spikes[0] = 0;
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode parse_selection(Activity a, Parameters parameters)
{
  char word[64] = "all";
  int64_t range[2];

  PetscFunctionBegin;
  PetscCall(ParametersString(parameters, "activity_samples",
                             "selection FIRST:COUNT after normalising, or all", sizeof(word),
                             word));
  if (strcmp(word, "all") != 0) {
    UserCheck(NumberIntegers(word, ':', 2, range) && range[0] >= 0 && range[1] >= 1,
              "%s = %s: expected FIRST:COUNT with FIRST >= 0 and COUNT >= 1, or all",
              ParametersSource(parameters, "activity_samples"), word);
    a->select_first = range[0];
    a->select_count = range[1];
  }
  PetscFunctionReturn(0);
}

/* What a recording leaves of a simulation; of recordings, what would have been seen with less. */
static PetscErrorCode record_options(Activity a, Parameters parameters)
{
  PetscFunctionBegin;
  PetscCall(ParametersInteger(parameters, "activity_downsample", "samples",
                              "distance of those of the source that are taken, without a filter", 1,
                              1000000, &a->downsample));
  PetscCall(ParametersReal(parameters, "activity_noise", "unit of the source",
                           "standard deviation of white noise that is added to the samples", 0,
                           1e12, &a->noise));
  PetscCall(ParametersReal(parameters, "observe_fraction", "1",
                           "of the neurons, chosen at random, that are seen", 1e-9, 1,
                           &a->observe_fraction));
  PetscFunctionReturn(0);
}

/* What is for recordings alone: the samples of a simulation are known before there are any. */
static PetscErrorCode check_simulated(Activity a, Parameters parameters)
{
  const RecordingOptions *o = &a->reading;
  const char *key = strcmp(o->channels, "all") != 0                      ? "activity_channels"
                    : isfinite(o->time_ms[0]) || isfinite(o->time_ms[1]) ? "activity_time"
                    : o->bin_ms > 0                                      ? "activity_bin"
                    : o->resample_ms > 0                                 ? "activity_resample"
                    : o->table                                           ? "activity_table"
                    : o->header                                          ? "activity_header"
                    : o->time_unit                                       ? "activity_time_unit"
                    : strcmp(o->time_column, "auto") != 0                ? "activity_time_column"
                                                                         : NULL;

  PetscFunctionBegin;
  UserCheck(!key || a->source[0], "%s: is for recordings: give -activity FILE, or leave it out",
            ParametersSource(parameters, key));
  PetscFunctionReturn(0);
}

/* Of a recording, a dead channel is no reason to do without the others; in a simulation it is a mistake. */
static PetscErrorCode parse_constant(Activity a, Parameters parameters)
{
  static const char *const choices[] = {"auto", "refuse", "drop", NULL};
  int choice = 0;

  PetscFunctionBegin;
  PetscCall(ParametersChoice(parameters, "activity_constant",
                             "neurons that do not vary in the samples used (constant, silent, "
                             "without any value): drop leaves them out, refuse names them and "
                             "ends; auto: drop for recordings, refuse for simulations, and an "
                             "import keeps them",
                             choices, &choice));
  if (choice > 0) {
    a->constant = choice == 1 ? CONSTANT_REFUSE : CONSTANT_DROP;
  } else if (!a->imports) {
    a->constant = a->source[0] ? CONSTANT_DROP : CONSTANT_REFUSE;
  }
  PetscFunctionReturn(0);
}

PetscErrorCode ActivitySetFromOptions(Activity a, Parameters parameters, uint32_t seed)
{
  static const char *const missing[] = {"refuse", "drop", NULL};
  static const char *const trends[] = {"none", "linear", NULL};
  static const char *const normalizations[] = {"zscore", "center", "none", NULL};

  PetscFunctionBegin;
  a->seed = seed;
  PetscCall(ParametersString(parameters, "activity",
                             "FILE[:/path] of recorded or simulated activity: HDF5 (NWB, SONATA), "
                             ".npy or text; causeway info FILE lists what is in it",
                             sizeof(a->source), a->source));
  PetscCall(RecordingSetFromOptions(&a->reading, parameters));
  PetscCall(check_simulated(a, parameters));
  PetscCall(record_options(a, parameters));
  PetscCall(parse_trials(a, parameters));
  PetscCall(ParametersChoice(parameters, "activity_missing",
                             "samples at which a neuron is not finite", missing, &a->missing));
  PetscCall(parse_constant(a, parameters));
  PetscCall(parse_clip(a, parameters));
  PetscCall(ParametersChoice(parameters, "activity_detrend",
                             "least-squares line of each neuron and trial that is subtracted",
                             trends, &a->detrend));
  PetscCall(ParametersInteger(parameters, "activity_difference", "1",
                              "order of differences of consecutive samples", 0, 2, &a->difference));
  PetscCall(StepsSetFromOptions(a, parameters));
  PetscCall(ParametersChoice(parameters, "activity_normalize", "of each neuron over all samples",
                             normalizations, &a->normalize));
  PetscCall(parse_selection(a, parameters));
  PetscCall(ParametersInteger(parameters, "causality_windows", "1",
                              "equal stretches of the selection, each inferred from by itself", 1,
                              1000000, &a->n_windows));
  PetscCall(parse_events(a, parameters));
  PetscCall(parse_spikes(a, parameters));
  PetscFunctionReturn(0);
}
