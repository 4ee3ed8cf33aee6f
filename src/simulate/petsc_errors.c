/* SPDX-License-Identifier: GPL-3.0-or-later */

/* PETSc reports a wrong option with a trace on every rank; a user gets one line that names the option. */
#include "petsc_errors.h"

#include "causeway/error.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

const char *const IntegratorPrefixes[] = {"ts_", "snes_", "ksp_", "pc_", "mat_", NULL};

static char taken[512];

/* Errors that options cause; all others are faults of the program and keep their trace. */
static PetscBool is_about_options(PetscErrorCode code)
{
  static const PetscErrorCode codes[] = {
      PETSC_ERR_SUP,        PETSC_ERR_ARG_OUTOFRANGE, PETSC_ERR_ARG_WRONG,
      PETSC_ERR_ARG_SIZ,    PETSC_ERR_ARG_WRONGSTATE, PETSC_ERR_ARG_UNKNOWN_TYPE,
      PETSC_ERR_ARG_NULL,   PETSC_ERR_ARG_INCOMP,     PETSC_ERR_USER,
      PETSC_ERR_USER_INPUT, PETSC_ERR_MISSING_FACTOR, PETSC_ERR_ORDER,
      PETSC_ERR_FILE_OPEN,  PETSC_ERR_SUP_SYS,        PETSC_ERR_ARG_NOTSAMETYPE,
      PETSC_ERR_POINTER};

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(codes); k++) {
    if (code == codes[k]) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

static PetscErrorCode take(MPI_Comm comm, int line, const char *function, const char *file,
                           PetscErrorCode code, PetscErrorType type, const char *text,
                           void *context)
{
  if (code == CAUSEWAY_ERR_USER || code == CAUSEWAY_STOPPED) {
    return code;
  }
  if (!is_about_options(code)) {
    return PetscTraceBackErrorHandler(comm, line, function, file, code, type, text, context);
  }
  if (type == PETSC_ERROR_INITIAL) {
    (void)snprintf(taken, sizeof(taken), "%.*s", (int)strcspn(text, "\n"), text);
  }
  return code;
}

PetscErrorCode PetscErrorsTake(void)
{
  PetscFunctionBegin;
  taken[0] = 0;
  PetscCall(PetscPushErrorHandler(take, NULL));
  PetscFunctionReturn(0);
}

static PetscBool has_prefix(const char *word)
{
  for (int k = 0; IntegratorPrefixes[k]; k++) {
    if (word[0] == '-' &&
        !strncmp(word + 1, IntegratorPrefixes[k], strlen(IntegratorPrefixes[k]))) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Whether `word` occurs in the message that was taken, not as a part of another word. */
static PetscBool is_in_message(const char *word)
{
  const size_t length = strlen(word);

  for (const char *at = taken; length && (at = strstr(at, word)); at++) {
    if ((at == taken || !isalnum((unsigned char)at[-1])) && !isalnum((unsigned char)at[length])) {
      return PETSC_TRUE;
    }
  }
  return PETSC_FALSE;
}

/* Finds the option whose value PETSc's message quotes, or else lists all options of the integrator. */
static PetscErrorCode find_culprit(Parameters p, size_t length, char culprit[])
{
  char *text, *rest, *word;
  PetscBool found = PETSC_FALSE;

  PetscFunctionBegin;
  culprit[0] = 0;
  PetscCall(PetscOptionsGetAll(NULL, &text));
  rest = text;
  while (!found && (word = strsep(&rest, " "))) {
    const size_t value_length = rest ? strcspn(rest, " ") : 0;
    char value[128];

    if (!has_prefix(word)) {
      continue;
    }
    (void)snprintf(value, sizeof(value), "%.*s", (int)value_length, value_length ? rest : "");
    found = is_in_message(value);
    if (found) {
      PetscCall(PetscSNPrintf(culprit, length, "%s = %s", p ? ParametersSource(p, word + 1) : word,
                              value));
    } else {
      PetscCall(PetscStrlcat(culprit, culprit[0] ? " " : "", length));
      PetscCall(PetscStrlcat(culprit, word, length));
      PetscCall(PetscStrlcat(culprit, value[0] && value[0] != '-' ? " " : "", length));
      PetscCall(PetscStrlcat(culprit, value[0] != '-' ? value : "", length));
    }
  }
  PetscCall(PetscFree(text));
  PetscFunctionReturn(0);
}

PetscErrorCode PetscErrorsRefuse(Parameters p, PetscErrorCode status)
{
  char culprit[512];

  PetscFunctionBegin;
  PetscCall(PetscPopErrorHandler());
  if (!status || !is_about_options(status)) {
    PetscFunctionReturn(status);
  }
  PetscCall(find_culprit(p, sizeof(culprit), culprit));
  PetscFunctionReturn(UserError("%s: is refused by PETSc: %s; correct the option or leave it out",
                                culprit[0] ? culprit : "the integrator", taken));
}
