/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors that only some ranks see, and the little parser of FILE:/path. */
#include "check.h"

#include <string.h>

static int rank, size;

static void test_message(void)
{
  enum { LONG = 100000 };
  PetscErrorCode code;
  char *words = malloc(LONG + 1);

  CHECK(UserErrorMessage() != NULL, "never NULL");
  code = UserError("%s: no such key '%s', did you mean %d?", "a.yaml", "sede", 7);
  CHECK(code == CAUSEWAY_ERR_USER, "%d", (int)code);
  CHECK(!strcmp(UserErrorMessage(), "a.yaml: no such key 'sede', did you mean 7?"), "%s",
        UserErrorMessage());
  (void)UserError("second");
  CHECK(!strcmp(UserErrorMessage(), "second"), "%s", UserErrorMessage());

  memset(words, 'x', LONG);
  words[LONG] = 0;
  CHECK(UserError("%s", words) == CAUSEWAY_ERR_USER, "long");
  CHECK(strlen(UserErrorMessage()) > 100, "a long line keeps its beginning");
  CHECK(strspn(UserErrorMessage(), "x") == strlen(UserErrorMessage()), "and nothing else");
  free(words);
}

static PetscErrorCode positive(int value)
{
  PetscFunctionBegin;
  UserCheck(value > 0, "value %d is not positive", value);
  PetscFunctionReturn(0);
}

static PetscErrorCode through_petsc(int value)
{
  PetscFunctionBegin;
  PetscCall(positive(value));
  PetscFunctionReturn(0);
}

/* A user's mistake travels through PetscCall unchanged. */
static void test_user_check(void)
{
  CHECK(through_petsc(1) == 0, "holds");
  CHECK(through_petsc(-3) == CAUSEWAY_ERR_USER, "fails");
  CHECK(!strcmp(UserErrorMessage(), "value -3 is not positive"), "%s", UserErrorMessage());
}

static void test_all_succeed(void)
{
  CHECK(ErrorAgree(PETSC_COMM_WORLD, 0) == 0, "no error");
  CHECK(ErrorAgree(PETSC_COMM_SELF, 0) == 0, "no error");
}

static void test_last_rank_only(void)
{
  PetscErrorCode local = 0, code;

  (void)UserError("older line of rank %d", rank);
  if (rank == size - 1) {
    local = UserError("row %d of c.h5 is bad", rank);
  }
  code = ErrorAgree(PETSC_COMM_WORLD, local);
  CHECK(code == CAUSEWAY_ERR_USER, "%d", (int)code);
  {
    char expected[64];

    (void)snprintf(expected, sizeof(expected), "row %d of c.h5 is bad", size - 1);
    CHECK(!strcmp(UserErrorMessage(), expected), "rank %d: %s", rank, UserErrorMessage());
  }
  /* and the next agreement starts afresh */
  CHECK(ErrorAgree(PETSC_COMM_WORLD, 0) == 0, "after an error");
}

static void test_lowest_rank_wins(void)
{
  char expected[64];
  int lowest = size > 1 ? 1 : 0;
  PetscErrorCode local = 0, code;

  (void)UserError("older line of rank %d", rank);
  if (rank >= lowest) {
    local = UserError("from rank %d", rank);
  }
  code = ErrorAgree(PETSC_COMM_WORLD, local);
  (void)snprintf(expected, sizeof(expected), "from rank %d", lowest);
  CHECK(code == CAUSEWAY_ERR_USER, "%d", (int)code);
  CHECK(!strcmp(UserErrorMessage(), expected), "rank %d: %s", rank, UserErrorMessage());
}

static void test_own_communicator(void)
{
  PetscErrorCode local = rank == size - 1 ? UserError("mine") : 0;
  PetscErrorCode code = ErrorAgree(PETSC_COMM_SELF, local);

  CHECK(code == local, "rank %d: %d", rank, (int)code);
}

/* A fault of the program on one rank, whichever it is, outranks what users did on the others. */
static void test_fault_outranks(void)
{
  for (int faulty = 0; faulty < size; faulty++) {
    PetscErrorCode local = rank == faulty ? PETSC_ERR_MEM : UserError("user %d", rank), code;

    code = ErrorAgree(PETSC_COMM_WORLD, local);
    CHECK(code == (rank == faulty ? PETSC_ERR_MEM : PETSC_ERR_LIB), "rank %d of %d: %d", rank,
          faulty, (int)code);
  }
  {
    PetscErrorCode local = rank == size - 1 ? PETSC_ERR_FILE_READ : 0;
    PetscErrorCode code = ErrorAgree(PETSC_COMM_WORLD, local);

    CHECK(code == (local ? local : PETSC_ERR_LIB), "rank %d: %d", rank, (int)code);
  }
}

static void test_parse_file_path(void)
{
  static const struct {
    const char *specification, *file, *path;
  } cases[] = {
      {"a.h5:/x/y", "a.h5", "/x/y"},
      {"a.h5", "a.h5", ""},
      {"a.h5:/", "a.h5", "/"},
      {"/data/run 1/a.h5:/edges", "/data/run 1/a.h5", "/edges"},
      {"dir:/b.h5:/x", "dir:/b.h5", "/x"},
      {"a:b.h5", "a:b.h5", ""},
      {"a:b.h5:/c", "a:b.h5", "/c"},
      {"a.h5:", "a.h5:", ""},
      {"", "", ""},
  };

  for (size_t c = 0; c < sizeof(cases) / sizeof(cases[0]); c++) {
    char file[64], path[64];
    PetscErrorCode code = ParseFilePath(cases[c].specification, sizeof(file), file, path);

    CHECK(code == 0, "%s: %d", cases[c].specification, (int)code);
    CHECK(!strcmp(file, cases[c].file), "%s: file '%s'", cases[c].specification, file);
    CHECK(!strcmp(path, cases[c].path), "%s: path '%s'", cases[c].specification, path);
  }
}

/* Both outputs have `length` characters: whatever happens to a longer text, no more is written. */
static void test_parse_long(void)
{
  enum { LENGTH = 8, GUARD = 64 };
  static const char *const texts[] = {"abcdefghijklmnop.h5", "abcdefghijklmnop.h5:/x",
                                      "a.h5:/abcdefghijklmnop"};

  for (size_t c = 0; c < sizeof(texts) / sizeof(texts[0]); c++) {
    char file[LENGTH + GUARD], path[LENGTH + GUARD];
    int overrun = 0;

    memset(file, '#', sizeof(file));
    memset(path, '#', sizeof(path));
    (void)ParseFilePath(texts[c], LENGTH, file, path);
    for (int i = LENGTH; i < LENGTH + GUARD; i++) {
      overrun += (file[i] != '#') + (path[i] != '#');
    }
    CHECK(overrun == 0, "%s: %d characters beyond the end", texts[c], overrun);
  }
}

int main(int argc, char **argv)
{
  check_begin(&argc, &argv);
  (void)MPI_Comm_rank(PETSC_COMM_WORLD, &rank);
  (void)MPI_Comm_size(PETSC_COMM_WORLD, &size);
  test_message();
  test_user_check();
  test_all_succeed();
  test_last_rank_only();
  test_lowest_rank_wins();
  test_own_communicator();
  test_fault_outranks();
  test_parse_file_path();
  test_parse_long();
  return check_end();
}
