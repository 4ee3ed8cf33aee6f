/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/file_part.h"

#include "causeway/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

enum { INPUT_BYTES = 1 << 18 };

struct _p_Inflating {
  z_stream stream;
  int64_t read, given; /* bytes of the part that were read, and decompressed */
  unsigned char input[INPUT_BYTES];
};

PetscErrorCode FilePartWhole(const char *name, FilePart *part)
{
  struct stat entry;

  *part = (FilePart){.descriptor = -1};
  if (stat(name, &entry)) {
    return UserError("%s: cannot open the file: %s", name, strerror(errno));
  }
  part->length = part->packed = entry.st_size;
  return 0;
}

PetscErrorCode FilePartOpen(const char *name, FilePart *part)
{
  part->inflating = NULL;
  part->descriptor = open(name, O_RDONLY | O_CLOEXEC);
  if (part->descriptor < 0) {
    return UserError("%s: cannot open the file: %s", name, strerror(errno));
  }
  if (part->is_deflated) {
    part->inflating = calloc(1, sizeof(*part->inflating));
    if (!part->inflating || inflateInit2(&part->inflating->stream, -MAX_WBITS) != Z_OK) {
      FilePartClose(part);
      return UserError("%s: there is not enough memory to decompress it", name);
    }
  }
  return 0;
}

void FilePartClose(FilePart *part)
{
  if (part->inflating) {
    (void)inflateEnd(&part->inflating->stream);
    free(part->inflating);
  }
  if (part->descriptor >= 0) {
    (void)close(part->descriptor);
  }
  part->inflating = NULL;
  part->descriptor = -1;
}

/* Reads all bytes; network file systems may return them in parts. */
static PetscBool read_fully(int descriptor, int64_t at, size_t n, unsigned char *bytes)
{
  for (size_t done = 0; done < n;) {
    ssize_t got;

    errno = 0;
    got = pread(descriptor, bytes + done, n - done, at + (int64_t)done);
    if (got <= 0 && errno != EINTR) {
      return PETSC_FALSE;
    }
    done += got > 0 ? (size_t)got : 0;
  }
  return PETSC_TRUE;
}

/* Decompresses the next n bytes. */
static PetscBool inflate_next(const FilePart *part, size_t n, unsigned char *bytes)
{
  struct _p_Inflating *i = part->inflating;

  for (size_t done = 0; done < n;) {
    const size_t wanted = PetscMin(n - done, (size_t)1 << 30);
    int status;

    if (!i->stream.avail_in && i->read < part->packed) {
      const int64_t count = PetscMin((int64_t)INPUT_BYTES, part->packed - i->read);

      if (!read_fully(part->descriptor, part->at + i->read, (size_t)count, i->input)) {
        return PETSC_FALSE;
      }
      i->stream.next_in = i->input;
      i->stream.avail_in = (uInt)count;
      i->read += count;
    }
    i->stream.next_out = bytes + done;
    i->stream.avail_out = (uInt)wanted;
    status = inflate(&i->stream, Z_NO_FLUSH);
    done += wanted - i->stream.avail_out;
    i->given += (int64_t)(wanted - i->stream.avail_out);
    if (status != Z_OK && done < n) {
      errno = status == Z_STREAM_END || status == Z_BUF_ERROR ? 0 : EBADMSG;
      return PETSC_FALSE;
    }
  }
  return PETSC_TRUE;
}

static PetscBool inflate_at(const FilePart *part, int64_t at, size_t n, unsigned char *bytes)
{
  struct _p_Inflating *i = part->inflating;
  unsigned char skipped[4096];

  if (at < i->given) {
    if (inflateReset(&i->stream) != Z_OK) {
      return PETSC_FALSE;
    }
    i->stream.avail_in = 0;
    i->read = i->given = 0;
  }
  while (i->given < at) {
    if (!inflate_next(part, (size_t)PetscMin(at - i->given, (int64_t)sizeof(skipped)), skipped)) {
      return PETSC_FALSE;
    }
  }
  return inflate_next(part, n, bytes);
}

PetscBool FilePartRead(const FilePart *part, int64_t at, size_t n, void *bytes)
{
  errno = 0;
  if (at < 0 || (int64_t)n > part->length - at) {
    return PETSC_FALSE;
  }
  return part->is_deflated ? inflate_at(part, at, n, bytes)
                           : read_fully(part->descriptor, part->at + at, n, bytes);
}
