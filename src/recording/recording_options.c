/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Parameters that say how a file is read. */
#include "causeway/recording.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define OF_A_FILE "activity"

/* The options and the words that are still to be parsed. */
typedef struct {
  RecordingOptions options;
  char time[128];
} Reading;

static const ParameterWord layouts[] = {
    {"auto", "time first in SONATA, NWB and text, else neurons", 0},
    {"neuron_time", "one row for each neuron", 0},
    {"time_neuron", "one row for each sample", 0},
    {NULL, NULL, 0}};

static const ParameterWord compartments[] = {
    {"refuse", "several compartments of a neuron are an error", 0},
    {"soma", "the compartment with element 0", 0},
    {"mean", "the mean of all compartments of a neuron", 0},
    {NULL, NULL, 0}};

static const ParameterWord tables[] = {{"auto", "by the names of the columns", 0},
                                       {"samples", "a sample of every channel", 0},
                                       {"events", "a spike, with its neuron and its time", 0},
                                       {NULL, NULL, 0}};

static const ParameterWord headers[] = {{"auto", "names, unless it has only numbers", 0},
                                        {"names", "the names of the columns", 0},
                                        {"none", "a line like the others", 0},
                                        {NULL, NULL, 0}};

static const ParameterWord time_units[] = {
    {"auto", "by the column's name, else s for samples and ms for spikes", 0},
    {"s", "seconds", 0},
    {"ms", "milliseconds", 0},
    {"us", "microseconds", 0},
    {"ns", "nanoseconds", 0},
    {"min", "minutes", 0},
    {"h", "hours", 0},
    {NULL, NULL, 0}};

static const ParameterWord time_columns[] = {
    {"auto", "by usual names such as time_ms", 0},
    {"none", "all columns are channels, even those that ascend", 0},
    {NULL, NULL, 0}};

static const ParameterWord all_channels[] = {{"all", "all channels of the recording", 0},
                                             {NULL, NULL, 0}};

static const ParameterWord all_time[] = {{"all", "the recording from beginning to end", 0},
                                         {NULL, NULL, 0}};

static const ParameterWord bins[] = {
    {"auto", "1 ms, or the resolution of the spikes where that is coarser; nothing for samples",
     BIN_CHOSEN},
    {NULL, NULL, 0}};

static const ParameterSpec parameters[] = {
    {.key = "activity_layout",
     .kind = PARAMETER_CHOICE,
     .standard = "auto",
     .words = layouts,
     .text = "Order of the dimensions of the recording",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, options.layout)},
    {.key = "activity_interval",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e12,
     .text = "Sampling interval of the recording; 0 for the one that the file gives",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, options.interval_ms)},
    {.key = "activity_channels",
     .kind = PARAMETER_TEXT,
     .standard = "all",
     .words = all_channels,
     .form = "NAME|PATTERN|FIRST-LAST|every:K|at:POSITION|-WORD",
     .text = "Channels that are read of the recording, a list with commas: names (\"...\" around "
             "commas), patterns such as A*, ranges of names, every K-th, positions from 0; -WORD "
             "excludes; numbers are names where any name is a number, else positions",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, options.channels)},
    {.key = "activity_time",
     .kind = PARAMETER_TEXT,
     .standard = "all",
     .words = all_time,
     .form = "START:END",
     .text =
         "Part of the recording's time that is read, END exclusive; either may be left out [ms]",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, time)},
    {.key = "activity_bin",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e9,
     .words = bins,
     .text =
         "Width of the bins in which spike trains are counted; 0 for none, when there are samples",
     .needs = OF_A_FILE,
     .priority = 2,
     PARAMETER_MEMBER(Reading, options.bin_ms)},
    {.key = "activity_compartments",
     .kind = PARAMETER_CHOICE,
     .standard = "refuse",
     .words = compartments,
     .text = "Compartments that are read of a report with several for each neuron",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, options.compartments)},
    {.key = "activity_resample",
     .kind = PARAMETER_REAL,
     .unit = "ms",
     .standard = "0",
     .high = 1e9,
     .text = "Sampling interval onto which the recording is interpolated, where samples in gaps "
             "longer than two of its own are missing; 0 for equally spaced recordings",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, options.resample_ms)},
    {.key = "activity_table",
     .kind = PARAMETER_CHOICE,
     .standard = "auto",
     .words = tables,
     .text = "Meaning of a line in a table of text",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, options.table)},
    {.key = "activity_header",
     .kind = PARAMETER_CHOICE,
     .standard = "auto",
     .words = headers,
     .text = "First line of a table of text",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, options.header)},
    {.key = "activity_time_column",
     .kind = PARAMETER_TEXT,
     .standard = "auto",
     .words = time_columns,
     .form = "NAME|NUMBER",
     .text = "Column with the times in a table of text, by its name or its number from 1",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, options.time_column)},
    {.key = "activity_time_unit",
     .kind = PARAMETER_CHOICE,
     .standard = "auto",
     .words = time_units,
     .text = "Unit of the times in a table of text",
     .needs = OF_A_FILE,
     PARAMETER_MEMBER(Reading, options.time_unit)},
    {.key = NULL}};

PetscErrorCode RecordingDeclareParameters(Parameters p)
{
  PetscFunctionBegin;
  PetscCall(ParametersDeclare(p, parameters));
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingDefaults(RecordingOptions *options)
{
  Reading reading;

  PetscFunctionBegin;
  PetscCall(ParametersDefaults(parameters, &reading));
  *options = reading.options;
  options->time_ms[0] = -INFINITY;
  options->time_ms[1] = INFINITY;
  PetscFunctionReturn(0);
}

static PetscErrorCode parse_time(const Reading *reading, Parameters p, double time_ms[2])
{
  const char *word = reading->time, *colon = strchr(word, ':');
  char start[NUMBER_LENGTH];
  PetscBool sound = colon ? PETSC_TRUE : PETSC_FALSE;

  PetscFunctionBegin;
  if (!strcmp(word, "all")) {
    PetscFunctionReturn(0);
  }
  if (sound && colon != word) {
    (void)snprintf(start, sizeof(start), "%.*s", (int)(colon - word), word);
    sound = (size_t)(colon - word) < sizeof(start) && NumberWithUnit(start, "ms", &time_ms[0])
                ? PETSC_TRUE
                : PETSC_FALSE;
  }
  if (sound && colon[1]) {
    sound = NumberWithUnit(colon + 1, "ms", &time_ms[1]);
  }
  UserCheck(sound, "%s = %s: expected START:END [ms], or all", ParametersSource(p, "activity_time"),
            word);
  UserCheck(time_ms[0] < time_ms[1], "%s = %s: the end is not after the start",
            ParametersSource(p, "activity_time"), word);
  PetscFunctionReturn(0);
}

PetscErrorCode RecordingSetFromOptions(RecordingOptions *options, Parameters p)
{
  Reading reading = {.options = *options, .time = "all"};

  PetscFunctionBegin;
  PetscCall(ParametersRead(p, parameters, &reading));
  PetscCall(parse_time(&reading, p, reading.options.time_ms));
  *options = reading.options;
  PetscFunctionReturn(0);
}
