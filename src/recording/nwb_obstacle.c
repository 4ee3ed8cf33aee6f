/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Explains why parts of an NWB file are not readable as activity. */
#include "nwb.h"
#include "recording_impl.h"

#include "causeway/error.h"

#include <stdio.h>
#include <string.h>

/* The version has been an attribute since 2.0; before, it was a dataset. */
PetscErrorCode NwbOldVersion(DataFile file, size_t length, char version[])
{
  PetscBool found;

  PetscFunctionBegin;
  version[0] = 0;
  PetscCall(DataFileGetString(file, "/", "nwb_version", length, version, NULL));
  if (version[0] >= '2') {
    version[0] = 0;
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileIsDataset(file, "/nwb_version", &found));
  if (found && !version[0]) {
    PetscCall(PetscStrncpy(version, "before 2.0", length));
  }
  PetscFunctionReturn(0);
}

/* Describes a part that is a dangling link. */
static PetscErrorCode tell_link(DataFile file, const char *group, const char *type,
                                const char *name, size_t length, char text[])
{
  char path[PETSC_MAX_PATH_LEN], target[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileHasDataset(file, group, name, &found));
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", group, name));
  DataFileLinkTarget(file, path, sizeof(target), target);
  if (!found && target[0]) {
    (void)snprintf(text, length, "is an NWB %s whose %s is a link to %s, which is missing", type,
                   name, target);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode tell_series(DataFile file, const char *group, const char *type, size_t length,
                                  char text[])
{
  static const char *const parts[] = {"data", "timestamps", "starting_time"};
  PetscBool has_data, is_external, is_series;

  PetscFunctionBegin;
  PetscCall(DataFileHasDataset(file, group, "data", &has_data));
  PetscCall(DataFileHasDataset(file, group, "external_file", &is_external));
  PetscCall(NwbIsSeries(file, group, &is_series));
  if (is_external) {
    (void)snprintf(text, length, "is an NWB %s whose images are in other files; %s", type,
                   "extract the traces of the cells first, for example with suite2p or CaImAn");
  } else if (!is_series) {
    for (size_t k = 0; !text[0] && k < PETSC_STATIC_ARRAY_LENGTH(parts); k++) {
      PetscCall(tell_link(file, group, type, parts[k], length, text));
    }
  }
  if (!text[0] && !has_data) {
    (void)snprintf(text, length, "is an NWB %s without data", type);
  } else if (!text[0] && !is_series) {
    (void)snprintf(
        text, length,
        "is an NWB %s without starting_time and timestamps; name its data, as %s:%s/data, "
        "with -activity_interval MS -activity_layout time_neuron",
        type, DataFileName(file), group);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode tell_units(DataFile file, const char *group, size_t length, char text[])
{
  PetscBool has_times, has_index;

  PetscFunctionBegin;
  PetscCall(DataFileHasDataset(file, group, "spike_times", &has_times));
  PetscCall(DataFileHasDataset(file, group, "spike_times_index", &has_index));
  if (!has_times) {
    (void)snprintf(text, length, "are NWB Units without spike times");
  } else if (!has_index) {
    (void)snprintf(text, length,
                   "are NWB Units without spike_times_index, which gives each spike its unit");
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NwbObstacle(DataFile file, const char *group, size_t length, char text[])
{
  char type[64] = "";
  const char *ending;

  PetscFunctionBegin;
  text[0] = 0;
  PetscCall(DataFileGetString(file, group, "neurodata_type", sizeof(type), type, NULL));
  ending = strlen(type) >= 6 ? type + strlen(type) - 6 : "";
  if (!strcmp(type, "Units")) {
    PetscCall(tell_units(file, group, length, text));
  } else if (!strcmp(ending, "Series")) {
    PetscCall(tell_series(file, group, type, length, text));
  }
  PetscFunctionReturn(0);
}

typedef struct {
  char group[PETSC_MAX_PATH_LEN], text[512];
} Obstacle;

static PetscErrorCode keep_first(DataFile file, const char *group, void *context)
{
  Obstacle *first = context;

  PetscFunctionBegin;
  if (!first->text[0]) {
    PetscCall(NwbObstacle(file, group, sizeof(first->text), first->text));
    PetscCall(PetscStrncpy(first->group, group, sizeof(first->group)));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode NwbRefuse(DataFile file)
{
  const char *name = DataFileName(file);
  Obstacle first = {"", ""};
  char version[64];

  PetscFunctionBegin;
  PetscCall(NwbOldVersion(file, sizeof(version), version));
  UserCheck(
      !version[0],
      "%s: is a file of NWB %s, in which activity is not found automatically; convert it to NWB 2, "
      "or name a time series, as %s:/path (causeway info %s lists them)",
      name, version, name, name);
  PetscCall(DataFileVisit(file, PETSC_FALSE, keep_first, &first));
  UserCheck(!first.text[0], "%s: contains no readable activity; %s %s", name, first.group,
            first.text);
  PetscFunctionReturn(0);
}
