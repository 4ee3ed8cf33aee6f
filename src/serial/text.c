/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Memory, words, numbers and files of the parts without MPI. */
#include "serial.h"

#include "causeway/error.h"
#include "causeway/number.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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

void CsvText(FILE *stream, const char *text)
{
  if (!strpbrk(text, ",\"\n\r")) {
    (void)fputs(text, stream);
    return;
  }
  (void)fputc('"', stream);
  for (const char *c = text; *c; c++) {
    (void)fprintf(stream, *c == '"' ? "\"\"" : "%c", *c);
  }
  (void)fputc('"', stream);
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

PetscErrorCode FileBegin(const char *path, FILE **stream)
{
  char partial[PETSC_MAX_PATH_LEN];

  PathPrint(partial, "%s.partial", path);
  *stream = fopen(partial, "w");
  return *stream ? 0 : UserError("%s: cannot write: %s", path, strerror(errno));
}

PetscErrorCode FileCommit(const char *path, FILE **stream)
{
  char partial[PETSC_MAX_PATH_LEN];
  int failed;

  PathPrint(partial, "%s.partial", path);
  failed = fflush(*stream) || ferror(*stream) || fsync(fileno(*stream)) ? errno : 0;
  failed = fclose(*stream) && !failed ? errno : failed;
  *stream = NULL;
  failed = !failed && rename(partial, path) ? errno : failed;
  if (failed) {
    (void)unlink(partial);
    return UserError("%s: cannot write: %s", path, strerror(failed));
  }
  return 0;
}

void FileDiscard(const char *path, FILE **stream)
{
  char partial[PETSC_MAX_PATH_LEN];

  PathPrint(partial, "%s.partial", path);
  (void)fclose(*stream);
  *stream = NULL;
  (void)unlink(partial);
}
