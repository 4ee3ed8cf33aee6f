/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Chooses the part of an HDF5 file to be read. */
#include "candidates.h"
#include "nwb.h"
#include "report_columns.h"

#include "causeway/error.h"

#include "causeway/internal/io/matrix_layout.h"

/* HDF5 may begin after a user block of 512, 1024, 2048, ... bytes. */
static PetscBool begins(const FileBeginning *b)
{
  static const unsigned char magic[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
  unsigned char bytes[sizeof(magic)];

  for (int64_t at = 0; at + (int64_t)sizeof(magic) <= b->size; at = at ? 2 * at : 512) {
    if (fseeko(b->stream, at, SEEK_SET) ||
        fread(bytes, 1, sizeof(bytes), b->stream) != sizeof(bytes)) {
      return PETSC_FALSE;
    }
    if (!memcmp(bytes, magic, sizeof(magic))) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Files with an HDF5 name are left to DataFileOpen(), which explains what is wrong with them. */
static PetscBool is_named(const char *name)
{
  return strstr(name, ".h5") || strstr(name, ".nwb") ? PETSC_TRUE : PETSC_FALSE;
}

/* Notes attributes that other programs would apply. */
static PetscErrorCode note_attributes(Recording r, const char *path)
{
  static const char *const rates[] = {
      "rate",        "fs",         "Fs",       "sampling_rate",
      "sample_rate", "samplerate", "samprate", "sampling_frequency"};
  static const char *const scales[] = {"conversion", "gain", "scale", "offset"};

  PetscFunctionBegin;
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(rates) && r->options.interval_ms == 0; k++) {
    double rate = 0;

    PetscCall(DataFileGetReal(r->file, path, rates[k], &rate, NULL));
    if (rate > 0) {
      RecordingNote(r,
                    "the attribute %s = %g of %s is not used; if it is a rate in Hz, give "
                    "-activity_interval %.9g",
                    rates[k], rate, path, 1e3 / rate);
    }
  }
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(scales); k++) {
    double factor = 0;
    PetscBool found = PETSC_FALSE;

    PetscCall(DataFileGetReal(r->file, path, scales[k], &factor, &found));
    if (found) {
      RecordingNote(r, "the attribute %s = %g of %s is not applied to the values", scales[k],
                    factor, path);
    }
  }
  PetscFunctionReturn(0);
}

/* Opens a dataset of no known format; `group` is the group that has it as `data`, or "". */
static PetscErrorCode open_dataset(Recording r, const char *path, const char *group)
{
  PetscFunctionBegin;
  PetscCall(RecordingUseMatrix(r, path, LAYOUT_NEURON_TIME));
  PetscCall(PetscStrncpy(r->format_name, "HDF5 dataset", sizeof(r->format_name)));
  if (group[0]) {
    PetscCall(ReportFindTimes(r, group));
    PetscCall(ReportFindColumns(r, group));
  } else {
    PetscCall(note_attributes(r, path));
  }
  PetscFunctionReturn(0);
}

/* Drops series whose data are not channels in time, such as images and texts, if there are others. */
static void leave_out(Recording r, CandidateList *found)
{
  int64_t kept = 0;

  for (int64_t k = 0; k < found->n; k++) {
    kept += found->list[k].has_channels ? 1 : 0;
  }
  if (kept == 0) {
    return;
  }
  kept = 0;
  for (int64_t k = 0; k < found->n; k++) {
    if (found->list[k].has_channels) {
      found->list[kept++] = found->list[k];
    } else {
      RecordingNote(r, "%s is left out: its data are not channels in time", found->list[k].path);
    }
  }
  found->n = kept;
}

/* Chooses the only part of a file, or the report of the first variable. */
static PetscErrorCode choose_part(Recording r)
{
  CandidateList candidates;
  char list[1024] = "", version[64];
  int64_t n;
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(r->file, "/report/neurons", &found));
  if (found) { /* the other reports hold further variables */
    PetscCall(PetscStrncpy(r->path, "/report/neurons", sizeof(r->path)));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileIsGroup(r->file, "/report", &found));
  if (found) {
    PetscCall(DataFileOnlyChild(r->file, "/report", sizeof(r->path), r->path));
    PetscFunctionReturn(0);
  }
  PetscCall(NwbOldVersion(r->file, sizeof(version), version));
  PetscCall(version[0] ? NwbRefuse(r->file) : 0);
  PetscCall(CandidatesFind(r->file, &candidates));
  leave_out(r, &candidates);
  n = candidates.n;
  if (n == 1) {
    PetscCall(PetscStrncpy(r->path, candidates.list[0].path, sizeof(r->path)));
  }
  for (int64_t k = 0; k < n; k++) {
    PetscCall(PetscStrlcat(list, k ? ", " : "", sizeof(list)));
    PetscCall(PetscStrlcat(list, candidates.list[k].path, sizeof(list)));
  }
  PetscCall(CandidatesDestroy(&candidates));
  PetscCall(n > 0 ? 0 : NwbRefuse(r->file));
  UserCheck(n > 0, "%s: name the dataset to read, as %s:/path (causeway info %s lists them)",
            r->name, r->name, r->name);
  UserCheck(n == 1, "%s: has several recordings; name the one to read, as %s:/path: %s", r->name,
            r->name, list);
  PetscFunctionReturn(0);
}

static PetscErrorCode refuse_sparse(Recording r, const char *group)
{
  SparseKind kind;

  PetscFunctionBegin;
  PetscCall(DataFileSparseKind(r->file, group, &kind));
  UserCheck(kind == SPARSE_NONE,
            "%s:%s: is a sparse matrix, which only a network may be; write activity as a full "
            "matrix",
            r->name, group);
  PetscFunctionReturn(0);
}

/* Finds the format of a group, NULL for none. `by_data`: the path names the group's dataset. */
static PetscErrorCode find_part(Recording r, const char *group, PetscBool by_data,
                                const PartFormat **part)
{
  PetscBool found = PETSC_FALSE;

  PetscFunctionBegin;
  *part = NULL;
  for (int k = 0; RecordingPartFormat(k) && !found; k++) {
    if (RecordingPartFormat(k)->has_data || !by_data) {
      PetscCall(RecordingPartFormat(k)->holds(r->file, group, &found));
      *part = found ? RecordingPartFormat(k) : NULL;
    }
  }
  PetscFunctionReturn(0);
}

/* Opens a group, or the group whose data the path names, or else a dataset. */
static PetscErrorCode open_path(Recording r)
{
  static const char data[] = "/data";
  char path[PETSC_MAX_PATH_LEN], group[PETSC_MAX_PATH_LEN] = "", why[512];
  const size_t length = strlen(r->path), ending = sizeof(data) - 1;
  const PetscBool by_data =
      length > ending && !strcmp(r->path + length - ending, data) ? PETSC_TRUE : PETSC_FALSE;
  const PartFormat *part = NULL;
  PetscBool is_group;

  PetscFunctionBegin;
  PetscCall(PetscStrncpy(path, r->path, sizeof(path)));
  PetscCall(DataFileIsGroup(r->file, path, &is_group));
  if (is_group) {
    PetscCall(refuse_sparse(r, path));
    PetscCall(NwbObstacle(r->file, path, sizeof(why), why));
    UserCheck(!why[0], "%s:%s: %s", r->name, path, why);
    PetscCall(PetscStrncpy(group, path, sizeof(group)));
    PetscCall(PetscStrlcat(path, data, sizeof(path)));
  } else if (by_data) {
    PetscCall(PetscStrncpy(group, path, length - ending + 1));
  }
  if (group[0]) {
    PetscCall(find_part(r, group, is_group ? PETSC_FALSE : PETSC_TRUE, &part));
  }
  if (part) {
    PetscCall(PetscStrncpy(r->path, group, sizeof(r->path)));
  }
  PetscCall(part ? part->open(r) : open_dataset(r, path, group));
  PetscFunctionReturn(0);
}

static PetscErrorCode open_hdf5(Recording r)
{
  PetscFunctionBegin;
  PetscCall(DataFileOpen(r->comm, r->name, &r->file));
  if (!r->path[0]) {
    PetscCall(choose_part(r));
  }
  PetscCall(open_path(r));
  PetscFunctionReturn(0);
}

const FileFormat FormatHdf5 = {
    .begins = begins, .named = is_named, .open = open_hdf5, .has_parts = PETSC_TRUE};
