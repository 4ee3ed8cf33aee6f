/* SPDX-License-Identifier: GPL-3.0-or-later */

/* NumPy archives: zip files with an array in each member (PKWARE's APPNOTE, sections 4.3 and 4.5). */
#include "causeway/file_part.h"

#include "causeway/error.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* Sizes of the parts of a zip file, and of the longest comment at its end [bytes]. */
enum { END = 22, END_64 = 56, LOCATOR_64 = 20, ENTRY = 46, LOCAL = 30, COMMENT = 65535 };
enum { STORED = 0, DEFLATED = 8 };

#define MOST_BYTES (1 << 28) /* largest directory */

/* An array as the directory describes it. */
typedef struct {
  FilePart part;
  uint32_t checksum; /* CRC-32 of its bytes */
  int method;        /* compression method */
} Member;

static uint64_t number(const unsigned char *bytes, int size)
{
  uint64_t value = 0;

  while (size-- > 0) {
    value = value << 8 | bytes[size];
  }
  return value;
}

static PetscBool has_mark(const unsigned char *bytes, const char *mark)
{
  return !memcmp(bytes, mark, 4) ? PETSC_TRUE : PETSC_FALSE;
}

/* Finds the directory from the end of the file; large files have a second record before it. */
static PetscBool find_directory(const FilePart *zip, int64_t *at, int64_t *length)
{
  const int64_t size = PetscMin(zip->length, END + COMMENT);
  unsigned char *tail = malloc((size_t)size + 1), end[END_64];
  PetscBool found = PETSC_FALSE;

  if (tail && FilePartRead(zip, zip->length - size, (size_t)size, tail)) {
    for (int64_t k = size - END; k >= 0 && !found; k--) {
      found = has_mark(tail + k, "PK\5\6");
      if (found) {
        *length = (int64_t)number(tail + k + 12, 4);
        *at = (int64_t)number(tail + k + 16, 4);
      }
      if (found && k >= LOCATOR_64 && has_mark(tail + k - LOCATOR_64, "PK\6\7")) {
        found = FilePartRead(zip, (int64_t)number(tail + k - LOCATOR_64 + 8, 8), END_64, end) &&
                        has_mark(end, "PK\6\6")
                    ? PETSC_TRUE
                    : PETSC_FALSE;
        *length = (int64_t)number(end + 40, 8);
        *at = (int64_t)number(end + 48, 8);
      }
    }
  }
  free(tail);
  return found && *length >= 0 && *length < MOST_BYTES ? PETSC_TRUE : PETSC_FALSE;
}

/* Reads a directory entry; numbers beyond 32 bits are in an extra field. */
static void read_entry(const unsigned char *entry, Member *member)
{
  const unsigned char *field = entry + ENTRY + number(entry + 28, 2);
  const unsigned char *end = field + number(entry + 30, 2);
  uint64_t value[3] = {number(entry + 24, 4), number(entry + 20, 4), number(entry + 42, 4)};

  for (; field + 4 <= end; field += 4 + number(field + 2, 2)) {
    const unsigned char *at = field + 4;

    for (int k = 0; k < 3 && number(field, 2) == 1; k++) {
      if (value[k] == UINT32_MAX && at + 8 <= end) {
        value[k] = number(at, 8);
        at += 8;
      }
    }
  }
  member->method = (int)number(entry + 10, 2);
  member->checksum = (uint32_t)number(entry + 16, 4);
  member->part = (FilePart){.descriptor = -1,
                            .is_deflated = member->method == DEFLATED,
                            .length = (int64_t)value[0],
                            .packed = (int64_t)value[1],
                            .at = (int64_t)value[2]};
}

/* Finds the requested member, and lists the names of all arrays. */
static int count_members(const unsigned char *directory, int64_t length, const char *meant,
                         Member *member, char names[512])
{
  static const char ending[] = ".npy";
  int n = 0;

  names[0] = 0;
  for (int64_t k = 0; k + ENTRY <= length && has_mark(directory + k, "PK\1\2");) {
    const unsigned char *entry = directory + k;
    const int64_t name_length = (int64_t)number(entry + 28, 2);
    char name[256] = "";

    k += ENTRY + name_length + (int64_t)number(entry + 30, 2) + (int64_t)number(entry + 32, 2);
    if (k > length || name_length < 4 || name_length >= (int64_t)sizeof(name) ||
        memcmp(entry + ENTRY + name_length - 4, ending, 4) != 0) {
      continue;
    }
    memcpy(name, entry + ENTRY, (size_t)name_length - 4);
    if (!*meant || !strcmp(name, meant)) {
      read_entry(entry, member);
      n++;
    }
    (void)PetscStrlcat(names, names[0] ? ", " : "", 512);
    (void)PetscStrlcat(names, name, 512);
  }
  return n;
}

/* Skips the header of a member. */
static PetscBool skip_header(const FilePart *zip, FilePart *part)
{
  unsigned char local[LOCAL];

  if (!FilePartRead(zip, part->at, LOCAL, local) || !has_mark(local, "PK\3\4")) {
    return PETSC_FALSE;
  }
  part->at += LOCAL + (int64_t)number(local + 26, 2) + (int64_t)number(local + 28, 2);
  return part->at >= 0 && part->packed >= 0 && part->packed <= zip->length - part->at ? PETSC_TRUE
                                                                                      : PETSC_FALSE;
}

/* Verifies the checksum of a member. */
static PetscErrorCode verify(const char *name, const Member *member)
{
  enum { BLOCK = 1 << 20 };
  FilePart part = member->part;
  PetscErrorCode status = FilePartOpen(name, &part);
  unsigned char *bytes = status ? NULL : malloc(BLOCK);
  uLong checksum = crc32(0, Z_NULL, 0);
  PetscBool sound = bytes ? PETSC_TRUE : PETSC_FALSE;

  for (int64_t at = 0; sound && at < part.length; at += BLOCK) {
    const size_t n = (size_t)PetscMin(part.length - at, (int64_t)BLOCK);

    sound = FilePartRead(&part, at, n, bytes);
    checksum = sound ? crc32(checksum, bytes, (uInt)n) : 0;
  }
  free(bytes);
  FilePartClose(&part);
  if (!status && (!sound || checksum != member->checksum)) {
    status = UserError("%s: the file is damaged: its content does not match its checksum", name);
  }
  return status;
}

static PetscErrorCode find_member(const char *name, const char *meant, const FilePart *zip,
                                  Member *member)
{
  unsigned char *directory = NULL;
  char names[512];
  int64_t at = 0, length = 0;
  int n;

  if (!find_directory(zip, &at, &length) || !(directory = malloc((size_t)length + 1)) ||
      !FilePartRead(zip, at, (size_t)length, directory)) {
    free(directory);
    return UserError("%s: has no zip directory; the file may be cut short", name);
  }
  n = count_members(directory, length, meant, member, names);
  free(directory);
  if (n == 0) {
    return *meant ? UserError("%s: has no array %s; it has %s", name, meant, names)
                  : UserError("%s: is an archive without NumPy arrays", name);
  }
  if (n > 1) {
    return UserError("%s: has several arrays; name the one to read, as %s:/NAME: %s", name, name,
                     names);
  }
  if (member->method != STORED && member->method != DEFLATED) {
    return UserError(
        "%s: is compressed by another method than deflate; write it with numpy.savez_compressed()",
        name);
  }
  if (!skip_header(zip, &member->part)) {
    return UserError("%s: the file is damaged or cut short", name);
  }
  return verify(name, member);
}

PetscErrorCode NpzFind(const char *name, const char *member, FilePart *part)
{
  FilePart zip;
  Member found = {.method = STORED};
  PetscErrorCode status = FilePartWhole(name, &zip);

  status = status ? status : FilePartOpen(name, &zip);
  status = status ? status : find_member(name, member, &zip, &found);
  FilePartClose(&zip);
  *part = found.part;
  return status;
}
