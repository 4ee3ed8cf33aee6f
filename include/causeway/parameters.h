/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PARAMETERS_H
#define CAUSEWAY_PARAMETERS_H

#include <petscsys.h>
#include <stdint.h>

/* The parameters of a run: PETSc's options database, read through getters that check type and
   range, and remember every key with its unit, meaning, default and value. What they remember is
   -help, the list of known keys and used_parameters.yaml. */
typedef struct _p_Parameters *Parameters;

/*@
  ParametersCreate - an empty register of parameters over PETSc's global options database

  Collective on `comm`
  Output: parameters - destroyed with ParametersDestroy()
@*/
PetscErrorCode ParametersCreate(MPI_Comm comm, Parameters *parameters);
PetscErrorCode ParametersDestroy(Parameters *parameters);

/*@
  ParametersLoad - reads a YAML file and the command line into PETSc's database, which the
  command line wins

  Collective
  Input:  file - YAML path, or NULL for none; "a: {b: v}" is the key a_b
          argc, argv - the options of the command line, argv[0] skipped
  Errors: CAUSEWAY_ERR_USER when the file is missing or no YAML mapping, or a word is not an option
@*/
PetscErrorCode ParametersLoad(Parameters parameters, const char *file, int argc, char **argv);

/* Sets a key as the command line would. */
PetscErrorCode ParametersSet(Parameters parameters, const char *key, const char *value);

/* Records another value of a parameter that a getter has read, in place of its own. */
PetscErrorCode ParametersRecord(Parameters parameters, const char *key, const char *value);

/*@
  ParametersSection - names the section that the getters after it belong to

  Input: name   - heading, borrowed for ever (a literal)
         active - whether the command uses the section; a key of an inactive section is an error
                  on the command line and accepted from a file that several commands share
@*/
PetscErrorCode ParametersSection(Parameters parameters, const char *name, PetscBool active);

/*@
  ParametersPrefix - from now on a key COMMON_x has the value of OWN_x, where that is set

  Not collective
  Input: common, own - beginnings of keys, such as "train_" and "signed_"; NULL to end this
         renames     - the parameter is recorded as OWN_x: for several objects with the same parameters
@*/
PetscErrorCode ParametersPrefix(Parameters parameters, const char *common, const char *own,
                                PetscBool renames);

/*@
  Getters - read one parameter, check it, remember it

  Not collective, but every rank makes the same calls

  Input:  key   - without the leading dash; a literal
          unit  - "1" for numbers without one, NULL for words; a literal
          text  - one line for -help; a literal
          low, high - closed range
  In/out: value - the default on entry, the user's value on return
  Errors: CAUSEWAY_ERR_USER with the key, its source and what is allowed
@*/
PetscErrorCode ParametersReal(Parameters parameters, const char *key, const char *unit,
                              const char *text, double low, double high, double *value);
PetscErrorCode ParametersInteger(Parameters parameters, const char *key, const char *unit,
                                 const char *text, int64_t low, int64_t high, int64_t *value);
PetscErrorCode ParametersFlag(Parameters parameters, const char *key, const char *text,
                              PetscBool *value);
PetscErrorCode ParametersString(Parameters parameters, const char *key, const char *text,
                                size_t length, char value[]);
/* a list with commas, in YAML also a sequence; count: of the values, on entry of the default, at most `most` on return */
PetscErrorCode ParametersReals(Parameters parameters, const char *key, const char *unit,
                               const char *text, double low, double high, int most, int *count,
                               double values[]);
/* choices: NULL-terminated names; value: index into them */
PetscErrorCode ParametersChoice(Parameters parameters, const char *key, const char *text,
                                const char *const choices[], int *value);

/*@
  ParametersSource - where the user set `key`: "FILE: key" or "-key"; for error messages

  Output: source - static storage, valid until the next call
@*/
const char *ParametersSource(Parameters parameters, const char *key);

/* Whether the user set `key`, in the file or on the command line. */
PetscErrorCode ParametersIsSet(Parameters parameters, const char *key, PetscBool *set);

/*@
  ParametersPetsc - records the options of PETSc objects that have been set up, as if they were parameters of the section

  Collective
  Input: prefixes - NULL-terminated, such as "ts_"; of these, those with a value that somebody asked for
@*/
PetscErrorCode ParametersPetsc(Parameters parameters, const char *const prefixes[]);

/*@
  ParametersCheck - refuses what no getter asked for

  Collective; call when every object has read its parameters
  Errors: CAUSEWAY_ERR_USER with the unknown or unused key and the nearest known one
@*/
PetscErrorCode ParametersCheck(Parameters parameters);

/*@
  ParametersPrintForeign - a line for each parameter that PETSc has from its environment variable or its own files, and a
  warning for each option there that nothing has used

  Collective; call after ParametersCheck()
@*/
PetscErrorCode ParametersPrintForeign(Parameters parameters);

/*@
  ParametersWrite - writes the keys of the active sections with their values as YAML, enough
  to repeat the run

  Collective; rank 0 writes
@*/
PetscErrorCode ParametersWrite(Parameters parameters, const char *path);

/*@
  ParametersYaml - the same text in memory, for attributes of files

  Output: text - freed by the caller with PetscFree()
@*/
PetscErrorCode ParametersYaml(Parameters parameters, char **text);

/* What is known of a parameter; texts are borrowed, and "" for none. */
typedef struct {
  const char *key, *unit, *text, *section, *default_value;
  const char *choices; /* "a|b|c" */
  PetscBool is_flag;   /* which may stand without a value; its choices are "true|false" */
  PetscBool active;    /* the command uses it */
} ParameterInfo;

/*@
  ParametersCount / ParametersInfo - all parameters that getters have asked for, in their order

  Not collective
@*/
int ParametersCount(Parameters parameters);
void ParametersInfo(Parameters parameters, int k, ParameterInfo *info);

/* Whether a parameter changes no result: where and when something is written, and what work is shared. */
PetscBool ParameterIsIdle(const char *key);

/*@
  ParseFilePath - splits "FILE.h5:/path" at the last ":/"

  Output: file - the part before; path - the part after, "" when there is none; both of `length`
@*/
PetscErrorCode ParseFilePath(const char *specification, size_t length, char file[], char path[]);

#endif
