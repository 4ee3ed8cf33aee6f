/* SPDX-License-Identifier: GPL-3.0-or-later */

/* causeway info: the uses of a file, the obstacles to them, and the contents. */
#include "info.h"

#include <string.h>
#include <sys/stat.h>

static const char *const headings[N_USE_KINDS] = {[USE_ACTIVITY] = "to read as activity",
                                                  [USE_NETWORK] = "to read as a network",
                                                  [USE_SCORES] = "to read as scores",
                                                  [USE_MODEL] = "to read as a model",
                                                  [USE_RUN] = "to continue",
                                                  [USE_NONE] = "cannot be read"};

static PetscErrorCode print_use(const Use *use)
{
  PetscFunctionBegin;
  if (use->kind == USE_NONE) {
    PetscCall(LogPrintf("  %s  %s\n", use->path, use->text));
    PetscFunctionReturn(0);
  }
  PetscCall(LogPrintf("  %s\n", use->options));
  for (const char *line = use->text; *line;) {
    const int length = (int)strcspn(line, "\n");

    PetscCall(LogPrintf("      %.*s\n", length, line));
    line += length + (line[length] ? 1 : 0);
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_uses(const Uses *uses)
{
  PetscFunctionBegin;
  for (int kind = 0; kind < N_USE_KINDS; kind++) {
    PetscBool begun = PETSC_FALSE;

    for (int64_t k = 0; k < uses->n; k++) {
      if ((int)uses->list[k].kind == kind) {
        PetscCall(begun ? 0 : LogPrintf("%s\n", headings[kind]));
        PetscCall(print_use(&uses->list[k]));
        begun = PETSC_TRUE;
      }
    }
  }
  PetscFunctionReturn(0);
}

/* Finds all uses of an HDF5 file. */
static PetscErrorCode find_uses(Run *run, const char *path, DataFile file, PetscBool *snapshot,
                                Uses *uses)
{
  char options[PETSC_MAX_PATH_LEN + 16];

  PetscFunctionBegin;
  PetscCall(CheckpointVerify(run->comm, path, snapshot));
  if (*snapshot) {
    PetscCall(PetscSNPrintf(options, sizeof(options), "-restart %s", path));
    PetscCall(UsesAdd(uses, USE_RUN, "", options,
                      "an intact snapshot of a run: its checksum is correct"));
  } else {
    PetscCall(RecordingUses(run->comm, path, uses));
    PetscCall(NetworkUses(run->comm, path, uses));
    PetscCall(ScoreUses(run->comm, path, PETSC_TRUE, uses));
    PetscCall(ForecasterUses(run->comm, path, uses));
    PetscCall(DataFileObstacles(file, uses));
  }
  PetscFunctionReturn(0);
}

static PetscErrorCode print_hdf5(Run *run, const char *path, PetscBool json, Uses *uses)
{
  PetscBool snapshot = PETSC_FALSE;
  PetscErrorCode status;
  DataFile file;

  PetscFunctionBegin;
  PetscCall(DataFileOpen(run->comm, path, &file));
  status = find_uses(run, path, file, &snapshot, uses);
  if (!status && json) {
    status = DataFilePrintJson(run->comm, path, file, snapshot, uses);
  } else if (!status) {
    status = print_uses(uses);
    status = status || snapshot ? status : NetworkTell(run->comm, path);
    status = status ? status : (uses->n > 0 ? LogPrintf("contents of the file\n") : 0);
    status = status ? status : DataFilePrint(file);
  }
  if (status) {
    (void)DataFileDiscard(&file);
    PetscFunctionReturn(status);
  }
  PetscCall(DataFileClose(&file));
  PetscFunctionReturn(0);
}

static PetscErrorCode refuse_parameters(const char *path)
{
  const char *ending = strrchr(path, '.');

  PetscFunctionBegin;
  UserCheck(!ending || (strcmp(ending, ".yaml") != 0 && strcmp(ending, ".yml") != 0),
            "%s: is a parameter file, judging by its name; check it with causeway run %s -dry_run, "
            "or with causeway sweep plan %s if it describes a sweep",
            path, path, path);
  PetscFunctionReturn(0);
}

static PetscErrorCode print_file(Run *run, const char *path, PetscBool json, Uses *uses)
{
  PetscBool is_hdf5 = PETSC_FALSE, is_network;

  PetscFunctionBegin;
  PetscCall(refuse_parameters(path));
  PetscCall(NetworkUsesText(run->comm, path, uses, &is_network));
  if (!is_network) {
    PetscCall(RecordingIsHDF5(run->comm, path, &is_hdf5));
  }
  if (is_hdf5) {
    PetscFunctionReturn(print_hdf5(run, path, json, uses));
  }
  if (!is_network) {
    PetscCall(RecordingUses(run->comm, path, uses));
    PetscCall(ScoreUses(run->comm, path, PETSC_FALSE, uses));
  }
  if (json) {
    PetscCall(DataFilePrintJson(run->comm, path, NULL, PETSC_FALSE, uses));
    PetscFunctionReturn(0);
  }
  PetscCall(print_uses(uses));
  if (is_network) {
    PetscCall(NetworkTell(run->comm, path));
  }
  PetscFunctionReturn(0);
}

PetscErrorCode InfoPrint(Run *run, const char *path)
{
  PetscBool json;
  int is_directory = 0;
  struct stat entry;
  Uses uses = {0, NULL};
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  UserCheck(path, "info needs a file: causeway info FILE");
  PetscCall(PetscOptionsHasName(NULL, NULL, "-json", &json));
  if (run->rank == 0 && !stat(path, &entry) && S_ISDIR(entry.st_mode)) {
    is_directory = 1;
    status = InfoPrintRun(path, json);
  }
  PetscCall(ErrorAgree(run->comm, status));
  PetscCallMPI(MPI_Bcast(&is_directory, 1, MPI_INT, 0, run->comm));
  if (!is_directory) {
    status = print_file(run, path, json, &uses);
  }
  PetscCall(UsesFree(&uses));
  PetscFunctionReturn(status);
}
