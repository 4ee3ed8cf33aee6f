/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Memory, words, numbers and files of the parts without MPI. */
#include "causeway/internal/serial/serial.h"

#include "causeway/error.h"
#include "causeway/internal/core/number.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char Utf8Replacement[] = "\xef\xbf\xbd";

/* Without memory for a few words nothing can be told or undone; the runs that a worker has started
   are told by the kernel, and their locks end with them. */
void *MemoryGrow(void *block, int64_t count, size_t size)
{
  void *grown = realloc(block, (size_t)count * size + 1);

  if (!grown) {
    (void)fputs("causeway: error: out of memory\n", stderr);
    exit(EXIT_FAILURE);
  }
  return grown;
}

char *TextCopy(const char *text)
{
  const size_t length = strlen(text);

  return memcpy(MemoryGrow(NULL, (int64_t)length + 1, 1), text, length + 1);
}

PetscBool TextInteger(const char *text, int64_t low, int64_t high, int64_t *value)
{
  int64_t number;

  if (!NumberInteger(text, &number) || number < low || number > high) {
    return PETSC_FALSE;
  }
  *value = number;
  return PETSC_TRUE;
}

PetscBool TextReal(const char *text, double *value)
{
  return NumberReal(text, value);
}

/* Bytes of the character of UTF-8 at `text`; 0 for what is none. */
size_t Utf8Character(const char *text, uint32_t *code)
{
  const unsigned char *byte = (const unsigned char *)text, c = byte[0];
  const size_t n = c < 0x80                ? 1
                   : c >= 0xc2 && c < 0xe0 ? 2
                   : c >= 0xe0 && c < 0xf0 ? 3
                   : c >= 0xf0 && c < 0xf5 ? 4
                                           : 0;

  *code = n == 1 ? c : c & (0x7fU >> n);
  for (size_t k = 1; k < n; k++) {
    if ((byte[k] & 0xc0) != 0x80) {
      return 0;
    }
    *code = *code << 6 | (byte[k] & 0x3fU);
  }
  return (n == 3 && *code < 0x800) || (n == 4 && (*code < 0x10000 || *code > 0x10ffff)) ||
                 (*code >= 0xd800 && *code < 0xe000)
             ? 0
             : n;
}

void CsvText(FILE *stream, const char *text)
{
  const PetscBool quotes = strpbrk(text, ",\"\n\r") ? PETSC_TRUE : PETSC_FALSE;

  if (quotes) {
    (void)fputc('"', stream);
  }
  while (*text) {
    uint32_t code;
    const size_t n = Utf8Character(text, &code);

    if (*text == '"') {
      (void)fputc('"', stream);
    }
    (void)fwrite(n ? text : Utf8Replacement, 1, n ? n : strlen(Utf8Replacement), stream);
    text += n ? n : 1;
  }
  if (quotes) {
    (void)fputc('"', stream);
  }
}

void PathPrint(char path[PETSC_MAX_PATH_LEN], const char *format, ...)
{
  va_list arguments;

  va_start(arguments, format);
  (void)vsnprintf(path, PETSC_MAX_PATH_LEN, format, arguments);
  va_end(arguments);
}

PetscErrorCode DirectoryMake(const char *path)
{
  char part[PETSC_MAX_PATH_LEN];

  for (size_t k = 1; k <= strlen(path); k++) {
    if (path[k] == '/' || !path[k]) {
      PathPrint(part, "%.*s", (int)k, path);
      if (mkdir(part, 0777) && errno != EEXIST) {
        return UserError("%s: cannot make the directory: %s", part, strerror(errno));
      }
    }
  }
  return access(path, W_OK) ? UserError("%s: cannot write there: %s", path, strerror(errno)) : 0;
}

/* What is no regular file, such as a pipe, cannot be replaced: it is written to as it is. */
static PetscBool provisional_name(const char *path, char partial[PETSC_MAX_PATH_LEN])
{
  struct stat entry;
  const PetscBool replaces =
      stat(path, &entry) || S_ISREG(entry.st_mode) ? PETSC_TRUE : PETSC_FALSE;

  if (replaces) { /* of this process, another one may write the same file */
    PathPrint(partial, "%s.%ld.partial", path, (long)getpid());
  } else {
    PathPrint(partial, "%s", path);
  }
  return replaces;
}

PetscErrorCode FileBegin(const char *path, FILE **stream)
{
  char partial[PETSC_MAX_PATH_LEN];

  (void)provisional_name(path, partial);
  *stream = fopen(partial, "w");
  return *stream ? 0 : UserError("%s: cannot write: %s", path, strerror(errno));
}

PetscErrorCode FileCommit(const char *path, FILE **stream)
{
  char partial[PETSC_MAX_PATH_LEN];
  const PetscBool replaces = provisional_name(path, partial);
  int failed = 0;

  errno = 0;
  if (fflush(*stream) || ferror(*stream) || (replaces && fsync(fileno(*stream)))) {
    failed = errno ? errno : EIO;
  }
  if (fclose(*stream) && !failed) {
    failed = errno;
  }
  *stream = NULL;
  if (!failed && replaces && rename(partial, path)) {
    failed = errno;
  }
  if (failed) {
    if (replaces) {
      (void)unlink(partial);
    }
    return UserError("%s: cannot write: %s", path, strerror(failed));
  }
  return 0;
}

void FileDiscard(const char *path, FILE **stream)
{
  char partial[PETSC_MAX_PATH_LEN];
  const PetscBool replaces = provisional_name(path, partial);

  (void)fclose(*stream);
  *stream = NULL;
  if (replaces) {
    (void)unlink(partial);
  }
}
