/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "datafile_impl.h"

#include "causeway/internal/core/mpi_vendor.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/* Space that suffices for the metadata at the end of a file [bytes]. */
enum { BALLAST = 4 << 20 };

static PetscBool any_write_failed;

static void be_quiet(void)
{
  (void)H5open();
  (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
}

/* File access through MPI-IO, with collective metadata. Collective buffering makes ROMIO tell every rank when the write of
   one rank failed; otherwise HDF5 would leave the other ranks waiting. HDF5 1.8 can read the written files; files of any
   format are read. */
static hid_t parallel_access(MPI_Comm comm, PetscBool writing)
{
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  MPI_Info hints;

  (void)MPI_Info_create(&hints);
  (void)MPI_Info_set(hints, "romio_cb_write", "enable");
  (void)H5Pset_fapl_mpio(access, comm, hints);
  (void)MPI_Info_free(&hints);
  (void)H5Pset_all_coll_metadata_ops(access, 1);
  (void)H5Pset_coll_metadata_write(access, 1);
  if (writing) {
    (void)H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_V18);
  }
  return access;
}

static PetscErrorCode new_handle(MPI_Comm comm, const char *path, PetscBool writing, DataFile *file)
{
  PetscFunctionBegin;
  be_quiet();
  PetscCall(PetscNew(file));
  (*file)->comm = comm;
  (*file)->writing = writing;
  (*file)->id = H5I_INVALID_HID;
  (*file)->alone = H5I_INVALID_HID;
  (*file)->directory = (*file)->ballast = -1;
  PetscCall(PetscStrncpy((*file)->path, path, PETSC_MAX_PATH_LEN));
  PetscCall(PetscSNPrintf((*file)->working_path, PETSC_MAX_PATH_LEN, "%s%s", path,
                          writing ? ".partial" : ""));
  PetscCall(PetscSNPrintf((*file)->ballast_path, PETSC_MAX_PATH_LEN, "%s.partial.reserve", path));
  PetscFunctionReturn(0);
}

/* When a disk is full, HDF5's collective flush fails on one rank and leaves the others waiting. Data are therefore written,
   and their errors agreed on, before the flush. Only metadata remain for the flush at the end; their space is reserved
   from the start by a file that is removed just before. */
static PetscErrorCode open_ballast(DataFile file)
{
  struct stat opened, named;
  int failure;

  do { /* repeat when another process has just removed the file */
    if (file->ballast >= 0) {
      (void)close(file->ballast);
    }
    file->ballast = open(file->ballast_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0666);
    if (file->ballast >= 0 && flock(file->ballast, LOCK_EX | LOCK_NB) && errno == EWOULDBLOCK) {
      (void)close(file->ballast);
      file->ballast = -1;
      file->writing = PETSC_FALSE; /* the files belong to the other process */
      return UserError("%s: another process writes this file; wait for it, or write elsewhere",
                       file->path);
    }
  } while (file->ballast >= 0 && !fstat(file->ballast, &opened) &&
           (stat(file->ballast_path, &named) || opened.st_ino != named.st_ino));
  failure = file->ballast < 0 ? errno : posix_fallocate(file->ballast, 0, BALLAST);
  return failure ? UserError("%s: cannot create the file: %s", file->path, strerror(failure)) : 0;
}

static PetscErrorCode reserve_ballast(DataFile file)
{
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  if (rank == 0) {
    status = open_ballast(file);
  }
  PetscFunctionReturn(ErrorAgree(file->comm, status));
}

/* Frees the reserved space; the lock stays until the file has its final name. */
static PetscErrorCode release_ballast(DataFile file)
{
  PetscFunctionBegin;
  if (file->ballast >= 0) {
    (void)!ftruncate(file->ballast, 0);
  }
  PetscCallMPI(MPI_Barrier(file->comm));
  PetscFunctionReturn(0);
}

/* Closes everything except the file itself, and frees the handle. */
static PetscErrorCode free_handle(DataFile *file)
{
  PetscFunctionBegin;
  if ((*file)->ballast >= 0) {
    (void)unlink((*file)->ballast_path);
    (void)close((*file)->ballast);
  }
  if ((*file)->alone >= 0) {
    (void)H5Fclose((*file)->alone);
  }
  MPIPathClose(*file);
  PetscCall(PetscFree(*file));
  PetscFunctionReturn(0);
}

static PetscErrorCode creation_error(DataFile file)
{
  const char *reason = HDF5Reason(), *trouble = MPIVendorFileTrouble();

  return UserError("%s: cannot create the file: %s", file->path, trouble ? trouble : reason);
}

static PetscErrorCode create_file(DataFile file)
{
  PetscErrorCode status;
  hid_t access;

  PetscFunctionBegin;
  status = ErrorAgree(file->comm, MPIPathOpen(file, file->working_path, PETSC_TRUE));
  if (!status) {
    access = parallel_access(file->comm, PETSC_TRUE);
    file->id = H5Fcreate(file->mpi_path, H5F_ACC_TRUNC, H5P_DEFAULT, access);
    status = file->id < 0 ? creation_error(file) : 0;
    (void)H5Pclose(access);
    status = ErrorAgree(file->comm, status);
  }
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileCreate(MPI_Comm comm, const char *path, DataFile *file)
{
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(new_handle(comm, path, PETSC_TRUE, file));
  status = reserve_ballast(*file);
  status = status ? status : create_file(*file);
  if (status) {
    PetscCall(DataFileDiscard(file));
  }
  PetscFunctionReturn(status);
}

/* MPI-IO hides from HDF5 that a file is still being written, and the reasons of other failures. */
static PetscErrorCode look_at_file(DataFile file)
{
  PetscErrorCode status;
  hid_t id;

  if (file->writing) {
    return HDF5FileCheck(file->working_path);
  }
  status = HDF5FileOpen(file->path, &id);
  if (!status) {
    (void)H5Fclose(id);
  }
  return status;
}

static PetscErrorCode opening_error(DataFile file)
{
  const PetscErrorCode status = HDF5FileExplain(file->working_path);
  const char *trouble = MPIVendorFileTrouble();

  return trouble ? UserError("%s: cannot open the file: %s", file->path, trouble) : status;
}

/* Opens the file after rank 0 has checked it. */
static PetscErrorCode open_file(DataFile file)
{
  PetscErrorCode status = 0;
  hid_t access;
  int rank;

  PetscFunctionBegin;
  PetscCallMPI(MPI_Comm_rank(file->comm, &rank));
  status = ErrorAgree(file->comm, rank == 0 ? look_at_file(file) : 0);
  status =
      status ? status : ErrorAgree(file->comm, MPIPathOpen(file, file->working_path, PETSC_FALSE));
  if (!status) {
    access = parallel_access(file->comm, file->writing);
    file->id = H5Fopen(file->mpi_path, file->writing ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
    status = ErrorAgree(file->comm, file->id < 0 ? opening_error(file) : 0);
    (void)H5Pclose(access);
  }
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileOpen(MPI_Comm comm, const char *path, DataFile *file)
{
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(new_handle(comm, path, PETSC_FALSE, file));
  status = open_file(*file);
  if (status) {
    PetscCall(DataFileDiscard(file));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileResume(MPI_Comm comm, const char *path, DataFile *file)
{
  PetscErrorCode status;

  PetscFunctionBegin;
  PetscCall(new_handle(comm, path, PETSC_TRUE, file));
  status = reserve_ballast(*file);
  SpaceStart(*file);
  status = status ? status : open_file(*file);
  if (status) {
    PetscCall(free_handle(file));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileSuspend(DataFile *file)
{
  DataFile f = *file;
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (f->failed) { /* closing could hang; the file stays on the disk */
    any_write_failed = PETSC_TRUE;
    PetscCall(free_handle(file));
    PetscFunctionReturn(0);
  }
  PetscCall(DataFileSync(f));
  PetscCall(release_ballast(f));
  if (H5Fclose(f->id) < 0) {
    status = UserError("%s: cannot close the file: %s", f->working_path, HDF5Reason());
  }
  status = ErrorAgree(f->comm, status);
  SpaceRelease(f);
  PetscCall(free_handle(file));
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileSync(DataFile f)
{
  PetscErrorCode status = 0;

  PetscFunctionBegin;
  if (H5Fflush(f->id, H5F_SCOPE_GLOBAL) < 0) {
    status = UserError("%s: cannot write the file: %s", f->path, HDF5Reason());
  }
  f->reserved = 0; /* HDF5 truncates the file at its end */
  PetscCall(ErrorAgree(f->comm, status));
  PetscCall(FileSync(f->comm, f->working_path));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileClose(DataFile *file)
{
  DataFile f = *file;
  PetscErrorCode status = 0;
  PetscBool damaged;

  PetscFunctionBegin;
  if (!f) {
    PetscFunctionReturn(0);
  }
  if (f->writing) {
    PetscCall(release_ballast(f));
  }
  /* if the flush failed on one rank, the others must not enter the close */
  if (f->writing && H5Fflush(f->id, H5F_SCOPE_GLOBAL) < 0) {
    status = UserError("%s: cannot complete the file: %s", f->path, HDF5Reason());
  } else if (!f->writing && f->damage[0]) {
    status = CAUSEWAY_ERR_USER; /* DataFileDiscard() reports it */
  }
  status = ErrorAgree(f->comm, status);
  damaged = status && !f->writing ? PETSC_TRUE : PETSC_FALSE;
  if (!status && H5Fclose(f->id) < 0) {
    status = UserError("%s: cannot close the file: %s", f->path, HDF5Reason());
  }
  status = ErrorAgree(f->comm, status);
  f->failed = status && !damaged ? PETSC_TRUE : f->failed;
  if (f->writing && !status) {
    SpaceRelease(f);
    status = FileRename(f->comm, f->working_path, f->path);
  }
  if (status) {
    PetscCall(DataFileDiscard(file));
  } else {
    PetscCall(free_handle(file));
  }
  PetscFunctionReturn(status);
}

PetscErrorCode DataFileDiscard(DataFile *file)
{
  DataFile f = *file;
  PetscErrorCode status = 0;
  int rank;

  PetscFunctionBegin;
  if (f) {
    if (!f->writing && f->damage[0]) {
      status = UserError("%s: the file is damaged: %s", f->path, f->damage);
    }
    /* after a failed write the ranks' views of the file may differ, and a collective close may hang */
    any_write_failed = f->failed ? PETSC_TRUE : any_write_failed;
    if (!f->failed && H5Iis_valid(f->id) > 0) {
      (void)H5Fclose(f->id);
    }
    PetscCallMPI(MPI_Comm_rank(f->comm, &rank));
    if (rank == 0 && f->writing) {
      (void)unlink(f->working_path);
    }
    PetscCall(free_handle(file));
  }
  PetscFunctionReturn(status);
}

PetscBool DataFileWriteFailed(void)
{
  return any_write_failed;
}

const char *DataFileName(DataFile file)
{
  return file->path;
}

/* H5Oexists_by_name() fails when a group of the path is missing, so each part is looked up in turn. Returns the first part
   that is not a link, or is a dangling one; NULL when all exist. */
static const char *first_missing(DataFile file, const char *path, PetscBool *is_link)
{
  static char part[PETSC_MAX_PATH_LEN];

  for (const char *end = path; *end;) {
    end = strchr(end + 1, '/') ? strchr(end + 1, '/') : path + strlen(path);
    (void)snprintf(part, sizeof(part), "%.*s", (int)(end - path), path);
    if (!strcmp(part, "/")) {
      continue;
    }
    *is_link = HasLink(file, part);
    if (!*is_link || !HasObject(file, part)) {
      return part;
    }
  }
  return NULL;
}

const char *DanglingLink(DataFile file, const char *path)
{
  PetscBool is_link = PETSC_FALSE;
  const char *missing = first_missing(file, path, &is_link);

  return is_link ? missing : NULL;
}

static PetscErrorCode object_is(DataFile file, const char *path, H5I_type_t type, PetscBool *fits)
{
  PetscBool is_link;
  hid_t object;

  PetscFunctionBegin;
  *fits = PETSC_FALSE;
  if (path[0] != '/' || first_missing(file, path, &is_link)) {
    PetscFunctionReturn(0);
  }
  object = H5Oopen(file->id, path, H5P_DEFAULT);
  UserCheck(object >= 0, "%s: cannot read %s, the file may be damaged: %s", file->path, path,
            HDF5Reason());
  *fits = H5Iget_type(object) == type ? PETSC_TRUE : PETSC_FALSE;
  (void)H5Oclose(object);
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileIsDataset(DataFile file, const char *path, PetscBool *found)
{
  PetscFunctionBegin;
  PetscCall(object_is(file, path, H5I_DATASET, found));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileHasDataset(DataFile file, const char *group, const char *name,
                                  PetscBool *found)
{
  char path[PETSC_MAX_PATH_LEN];

  PetscFunctionBegin;
  PetscCall(PetscSNPrintf(path, sizeof(path), "%s/%s", group, name));
  PetscCall(DataFileIsDataset(file, path, found));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileIsGroup(DataFile file, const char *path, PetscBool *found)
{
  PetscFunctionBegin;
  PetscCall(object_is(file, path, H5I_GROUP, found));
  PetscFunctionReturn(0);
}

PetscErrorCode DataFileOnlyChild(DataFile file, const char *group, size_t length, char child[])
{
  H5G_info_t info;
  char name[PETSC_MAX_PATH_LEN];
  PetscBool found;

  PetscFunctionBegin;
  PetscCall(DataFileIsGroup(file, group, &found));
  UserCheck(found, "%s: has no group %s", file->path, group);
  UserCheck(H5Gget_info_by_name(file->id, group, &info, H5P_DEFAULT) >= 0 && info.nlinks == 1,
            "%s: %s has %lld objects where one is expected; name the one to use", file->path, group,
            (long long)info.nlinks);
  (void)H5Lget_name_by_idx(file->id, group, H5_INDEX_NAME, H5_ITER_INC, 0, name, sizeof(name),
                           H5P_DEFAULT);
  PetscCall(PetscSNPrintf(child, length, "%s/%s", strcmp(group, "/") ? group : "", name));
  PetscFunctionReturn(0);
}
