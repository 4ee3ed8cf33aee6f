/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Files beside a snapshot that the run needs to continue: the ranges of bytes on which the snapshot depends, and their
   checksum. A snapshot has a dataset /beside/K of ranges for each file. */
#include "checkpoint_impl.h"

#include "causeway/log.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const part_names[] = {
    [PART_COMPLETE] = "complete", [PART_GROWS] = "grows", [PART_CHANGES] = "changes"};

void BesideFree(Checkpoint c)
{
  for (int k = 0; k < c->n_sealed; k++) {
    (void)ExtentsFree(&c->sealed[k].extents);
  }
  (void)PetscFree(c->sealed);
  c->n_sealed = 0;
}

static Sealed *find_sealed(Checkpoint c, const char *name, SnapshotPart part)
{
  for (int k = 0; k < c->n_sealed; k++) {
    if (c->sealed[k].part == part && !strcmp(c->sealed[k].name, name)) {
      return &c->sealed[k];
    }
  }
  return NULL;
}

/* Returns the entry of a file and part, which is created if necessary. */
static PetscErrorCode get_sealed(Checkpoint c, const char *name, SnapshotPart part, Sealed **sealed)
{
  PetscFunctionBegin;
  *sealed = find_sealed(c, name, part);
  if (!*sealed) {
    PetscCall(PetscRealloc((size_t)(c->n_sealed + 1) * sizeof(Sealed), &c->sealed));
    *sealed = &c->sealed[c->n_sealed++];
    **sealed = (Sealed){.part = part};
    PetscCall(PetscStrncpy((*sealed)->name, name, sizeof((*sealed)->name)));
  }
  PetscFunctionReturn(0);
}

static const char *base_name(const char *path)
{
  const char *slash = strrchr(path, '/');

  return slash ? slash + 1 : path;
}

PetscErrorCode CheckpointAddFile(Checkpoint c, const char *path)
{
  Sealed *sealed;

  PetscFunctionBegin;
  PetscCall(get_sealed(c, base_name(path), PART_COMPLETE, &sealed));
  sealed->extents.n = 0; /* the name may have belonged to another file before */
  PetscFunctionReturn(0);
}

PetscErrorCode CheckpointReplaceFile(Checkpoint c, const char *path)
{
  const Sealed *sealed = find_sealed(c, base_name(path), PART_COMPLETE);
  char kept[PETSC_MAX_PATH_LEN];
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (!sealed || sealed->extents.n == 0) {
    PetscFunctionReturn(0);
  }
  PetscCall(CheckpointPath(c->directory, base_name(path), kept));
  if (c->rank == 0) {
    (void)unlink(kept);
    /* without hard links the file has no name until its successor is in place */
    status = link(path, kept) && rename(path, kept)
                 ? UserError("%s: cannot be kept as %s: %s", path, kept, strerror(errno))
                 : EntrySync(kept);
  }
  PetscCall(ErrorAgree(c->comm, status));
  PetscFunctionReturn(0);
}

/* Identity of a file, which distinguishes it from another file of the same name; rank 0 reads it for all. */
static PetscErrorCode identify(Checkpoint c, const char *path, int64_t identity[4])
{
  struct stat entry = {0};
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (c->rank == 0 && stat(path, &entry)) {
    status = UserError("%s: cannot open the file: %s", path, strerror(errno));
  }
  PetscCall(ErrorAgree(c->comm, status));
  identity[0] = (int64_t)entry.st_size;
  identity[1] = (int64_t)entry.st_ino;
  identity[2] = (int64_t)entry.st_mtim.tv_sec;
  identity[3] = (int64_t)entry.st_mtim.tv_nsec;
  PetscCallMPI(MPI_Bcast(identity, 4, MPI_INT64_T, 0, c->comm));
  PetscFunctionReturn(0);
}

/* Updates the checksum; takes over `extents`. */
static PetscErrorCode renew(Checkpoint c, const char *path, Sealed *s, Extents *extents)
{
  Extents known = s->extents;
  PetscErrorCode status;

  PetscFunctionBegin;
  if (s->part == PART_CHANGES) {
    known.n = 0;
    s->inner = 0;
  }
  status = RangeSum(c, path, extents, &known, &s->inner, &s->checksum);
  PetscCall(ExtentsFree(&s->extents));
  s->extents = *extents;
  *extents = (Extents){.n = 0};
  PetscFunctionReturn(status);
}

/* A complete file is read again only when it has been replaced. */
static PetscErrorCode renew_complete(Checkpoint c, const char *path, Sealed *s)
{
  int64_t identity[4];
  Extents whole = {.n = 0};

  PetscFunctionBegin;
  PetscCall(identify(c, path, identity));
  if (s->extents.n && !memcmp(identity, s->identity, sizeof(identity))) {
    PetscFunctionReturn(0);
  }
  s->inner = 0;
  s->extents.n = 0;
  PetscCall(PetscArraycpy(s->identity, identity, 4));
  PetscCall(ExtentsAdd(&whole, 0, identity[0]));
  PetscCall(renew(c, path, s, &whole));
  PetscFunctionReturn(0);
}

PetscErrorCode BesideGrow(Checkpoint c, const char *path, SnapshotPart part, Extents *extents)
{
  Sealed *sealed;

  PetscFunctionBegin;
  PetscCall(get_sealed(c, base_name(path), part, &sealed));
  sealed->number = c->number;
  if (extents->n == 0) { /* the file must exist nevertheless */
    PetscCall(ExtentsAdd(extents, 0, 0));
  }
  PetscCall(renew(c, path, sealed, extents));
  PetscFunctionReturn(0);
}

static PetscErrorCode write_sealed(Checkpoint c, DataFile file, int k, const Sealed *s)
{
  const int64_t dims[2] = {s->extents.n, 2}, first[2] = {0, 0};
  const int64_t count[2] = {c->rank ? 0 : s->extents.n, c->rank ? 0 : 2};
  char path[64], word[32];

  PetscFunctionBegin;
  (void)snprintf(path, sizeof(path), "/beside/%d", k);
  (void)snprintf(word, sizeof(word), "%016llx", (unsigned long long)s->checksum);
  PetscCall(DataFileAddDataset(file, path, DATA_INT64, 2, dims, NULL));
  PetscCall(
      DataFileWrite(file, path, DATA_INT64, first, count, c->rank ? NULL : s->extents.bounds));
  PetscCall(DataFileDescribe(file, path, "B", "ranges of a file that this state counts on"));
  PetscCall(DataFileSetString(file, path, "file", s->name));
  PetscCall(DataFileSetString(file, path, "part", part_names[s->part]));
  PetscCall(DataFileSetString(file, path, "checksum", word));
  PetscFunctionReturn(0);
}

/* Forgets the files of a finished stage. */
static void forget_old(Checkpoint c)
{
  int n = 0;

  for (int k = 0; k < c->n_sealed; k++) {
    if (c->sealed[k].part == PART_COMPLETE || c->sealed[k].number == c->number) {
      c->sealed[n++] = c->sealed[k];
    } else {
      (void)ExtentsFree(&c->sealed[k].extents);
    }
  }
  c->n_sealed = n;
}

PetscErrorCode BesideWrite(Checkpoint c, DataFile file)
{
  char path[PETSC_MAX_PATH_LEN];
  int n = 0;

  PetscFunctionBegin;
  forget_old(c);
  for (int k = 0; k < c->n_sealed; k++) {
    Sealed *s = &c->sealed[k];

    if (s->part == PART_COMPLETE) {
      PetscErrorCode status;

      PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", c->directory, s->name));
      status = renew_complete(c, path, s);
      if (status == CAUSEWAY_ERR_USER) {
        PetscCall(LogWarning("%s; the run continues without it\n", UserErrorMessage()));
        s->extents.n = 0;
        continue;
      }
      PetscCall(status);
    }
    PetscCall(write_sealed(c, file, n++, s));
  }
  PetscFunctionReturn(0);
}

/* Reads the ranges and the checksum of a file from a snapshot. */
static PetscErrorCode read_sealed(DataFile file, const char *path, Sealed *s, Extents *extents,
                                  char word[32])
{
  int64_t dims[2], first[2] = {0, 0};
  char part[16] = "";

  PetscFunctionBegin;
  PetscCall(DataFileShape(file, path, 2, dims));
  PetscCall(PetscMalloc1(2 * dims[0], &extents->bounds));
  extents->n = extents->capacity = dims[0];
  PetscCall(DataFileRead(file, path, DATA_INT64, first, dims, extents->bounds));
  PetscCall(DataFileGetString(file, path, "file", sizeof(s->name), s->name, NULL));
  PetscCall(DataFileGetString(file, path, "part", sizeof(part), part, NULL));
  PetscCall(DataFileGetString(file, path, "checksum", 32, word, NULL));
  for (s->part = PART_COMPLETE; s->part < PART_CHANGES && strcmp(part, part_names[s->part]) != 0;) {
    s->part++;
  }
  PetscFunctionReturn(0);
}

/* Compares a file with the snapshot; a complete file must not have grown either. */
static PetscErrorCode check_file(Checkpoint c, const char *path, Sealed *s, Extents *extents,
                                 const char *expected, const char *snapshot)
{
  char found[32];

  PetscFunctionBegin;
  PetscCall(identify(c, path, s->identity));
  UserCheck(s->part != PART_COMPLETE || s->identity[0] == extents->bounds[1],
            "%s: has changed since %s was written: it has %lld bytes instead of %lld", path,
            snapshot, (long long)s->identity[0], (long long)extents->bounds[1]);
  PetscCall(renew(c, path, s, extents));
  (void)snprintf(found, sizeof(found), "%016llx", (unsigned long long)s->checksum);
  UserCheck(!strcmp(found, expected),
            "%s: has changed since %s was written: its bytes do not match their checksum", path,
            snapshot);
  PetscFunctionReturn(0);
}

/* Checks a file. If it was replaced after the snapshot, the file that was kept takes its place again. */
static PetscErrorCode check_or_put_back(Checkpoint c, DataFile file, const char *dataset,
                                        const char *directory, Sealed *s)
{
  char path[PETSC_MAX_PATH_LEN], kept[PETSC_MAX_PATH_LEN], word[32] = "";
  Extents extents = {.n = 0};
  PetscErrorCode status;
  int found = 0;

  PetscFunctionBegin;
  PetscCall(read_sealed(file, dataset, s, &extents, word));
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", directory, s->name));
  PetscCall(CheckpointPath(directory, s->name, kept));
  status = check_file(c, path, s, &extents, word, DataFileName(file));
  found = status == CAUSEWAY_ERR_USER && c->rank == 0 && !access(kept, F_OK);
  PetscCallMPI(MPI_Bcast(&found, 1, MPI_INT, 0, c->comm));
  if (found) {
    PetscCall(ExtentsFree(&extents));
    PetscCall(ExtentsFree(&s->extents));
    s->inner = 0;
    PetscCall(read_sealed(file, dataset, s, &extents, word));
    status = check_file(c, kept, s, &extents, word, DataFileName(file));
    status = status ? status : FileRename(c->comm, kept, path);
    PetscCall(status ? 0
                     : LogPrintf("restart    %s is restored to its state at the snapshot\n", path));
  }
  if (status == CAUSEWAY_ERR_USER && s->part == PART_COMPLETE) {
    PetscCall(PetscStrncpy(c->lost, path, sizeof(c->lost)));
  }
  PetscCall(ExtentsFree(&extents));
  PetscFunctionReturn(status);
}

PetscErrorCode BesideCheck(Checkpoint c, DataFile file, const char *directory)
{
  char dataset[64];
  PetscErrorCode status = 0;
  PetscBool found;

  PetscFunctionBegin;
  BesideFree(c);
  for (int k = 0; !status; k++) {
    Sealed sealed = {.inner = 0}, *kept;

    (void)snprintf(dataset, sizeof(dataset), "/beside/%d", k);
    PetscCall(DataFileIsDataset(file, dataset, &found));
    if (!found) {
      break;
    }
    status = check_or_put_back(c, file, dataset, directory, &sealed);
    PetscCall(get_sealed(c, sealed.name, sealed.part, &kept));
    *kept = sealed;
  }
  PetscFunctionReturn(status);
}

PetscBool BesideIsOver(Checkpoint c)
{
  for (int k = 0; k < c->n_sealed; k++) {
    if (c->sealed[k].part != PART_COMPLETE) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}
