/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef CAUSEWAY_PARAMETERS_H
#define CAUSEWAY_PARAMETERS_H

#include "causeway/declare.h"

#include <float.h>
#include <petscsys.h>
#include <stddef.h>
#include <stdint.h>

CAUSEWAY_BEGIN_DECLARATIONS

/* The parameters of a run: PETSc's options database, read through tables that state type, range, unit, meaning and default
   of every key. The tables generate help, the man page, completion, the list of known keys and used_parameters.yaml. */
typedef struct _p_Parameters *Parameters;

/*@
  ParametersCreate - creates an empty register of parameters over PETSc's global options database

  Collective on `comm`
  Output: parameters - destroyed with ParametersDestroy()
@*/
PetscErrorCode ParametersCreate(MPI_Comm comm, Parameters *parameters);
PetscErrorCode ParametersDestroy(Parameters *parameters);

/*@
  ParametersLoad - reads a YAML file and the command line into PETSc's database; the command line takes precedence

  Collective
  Input:  file - name of the YAML file, or NULL; "a: {b: v}" is the key a_b
          argc, argv - options of the command line; argv[0] is skipped
  Errors: CAUSEWAY_ERR_USER when the file is missing or not a YAML mapping, or a word is not an option
@*/
PetscErrorCode ParametersLoad(Parameters parameters, const char *file, int argc, char **argv);

/* Sets a key as the command line would. */
PetscErrorCode ParametersSet(Parameters parameters, const char *key, const char *value);

/*@
  ParametersSetDefault - replaces the default of a declared parameter for later reads

  Not collective, but every rank makes the same calls
@*/
PetscErrorCode ParametersSetDefault(Parameters parameters, const char *key, const char *value);

/* Whether a declared parameter changes the samples that a model is trained on. Not collective. */
PetscBool ParametersPrepares(Parameters parameters, const char *key);

/* Replaces the recorded value of a parameter that has been read. */
PetscErrorCode ParametersRecord(Parameters parameters, const char *key, const char *value);

/* Kinds of values, with the C type of the member that receives the value. */
typedef enum {
  PARAMETER_REAL,    /* double */
  PARAMETER_INTEGER, /* int64_t or int */
  PARAMETER_FLAG,    /* PetscBool */
  PARAMETER_TEXT,    /* char[] */
  PARAMETER_CHOICE,  /* int or an enumeration: index of the word */
  PARAMETER_LIST,    /* ParameterList: indices of words, each once */
  PARAMETER_REALS /* double[] with its length in an int: numbers with commas, or a YAML sequence */
} ParameterKind;

/* What a parameter changes. */
typedef enum {
  PARAMETER_RESULT, /* the numbers in the files */
  PARAMETER_EXTENT, /* how far a run goes: an unfinished run may be continued with another value */
  PARAMETER_LAYOUT, /* how the work is shared among ranks; numbers differ by rounding at most */
  PARAMETER_OUTPUT  /* where and when something is written or printed */
} ParameterEffect;

/* An allowed word, with the number it stands for when the value is a number. */
typedef struct {
  const char *name, *text;
  double value;
} ParameterWord;

enum { PARAMETER_WORDS_MOST = 32 };
typedef struct {
  int n, item[PARAMETER_WORDS_MOST];
} ParameterList;

/* One parameter; a table ends with a key of NULL. All texts are literals. */
typedef struct {
  const char *key; /* without the leading dash */
  ParameterKind kind;
  PetscBool varies;     /* the default depends on another parameter: `standard` only describes it */
  const char *unit;     /* "1" for numbers without one, NULL for words */
  const char *standard; /* default as a user would write it, "" for none */
  double low, high;     /* closed range of numbers */
  const ParameterWord *words; /* allowed words, ended by a name of NULL */
  const char *(*word)(int k,
                      const char **text); /* allowed words from a table of objects; NULL: no more */
  const char *form; /* other allowed forms, such as "top:K" or "FILE.h5:/path" */
  const char *text; /* one line of help */
  ParameterEffect effect;
  PetscBool prepares; /* changes the samples that a model is trained on */
  /* condition under which the parameter has an effect: "KEY=a|b", "KEY!=a|b", "KEY" for any value except none; "||" joins
     alternatives, "&" conditions that must all be met; a KEY that the command does not use does not count; NULL for
     always */
  const char *needs;
  int priority; /* place on the first page of help, from 1; 0 for none */
  size_t offset, size,
      count; /* offset and size of the member; for PARAMETER_REALS the offset of the length */
} ParameterSpec;

/* Range of a number that must be larger than 0. */
#define PARAMETER_POSITIVE .low = DBL_MIN, .high = DBL_MAX

/* The member of the settings that receives the value. */
#define PARAMETER_MEMBER(type, member)                                                             \
  .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/*@
  ParametersDefaults - sets all members that a table describes to their defaults

  Not collective
  Output: settings - the struct of the table; members whose default varies keep their values
@*/
PetscErrorCode ParametersDefaults(const ParameterSpec specs[], void *settings);

/* A parameter and its value as on a command line: {"granger_order", "3"}. A list ends with a key of NULL. causeway help
   -all lists the parameters of every object, and `seed`. */
typedef struct {
  const char *key, *value;
} ParameterSetting;

/*@
  ParametersCreateOwn - creates the register of one object, in which only `seed` is declared
  ParametersSetOwn    - sets parameters of an object that keeps its own register, created by the first call

  Not collective, but every rank makes the same calls. PETSc's options database is not read.
  Input:  declare  - declares the object's parameters
          settings - list that ends with a key of NULL
  In/out: own      - register, NULL before the first call; destroyed with ParametersDestroy()
  Output: seed     - value of the parameter `seed`, which every object has here
  Errors: CAUSEWAY_ERR_USER for an unknown key, with the nearest known key
@*/
PetscErrorCode ParametersCreateOwn(MPI_Comm comm, Parameters *own);
PetscErrorCode ParametersSetOwn(MPI_Comm comm, PetscErrorCode (*declare)(Parameters),
                                Parameters *own, const ParameterSetting settings[], uint32_t *seed);

/*@
  ParametersSection - starts the section of the tables that are declared next

  Input: name   - heading, a literal
         active - whether the command uses the section; a key of an inactive section is an error on the command line and
                  accepted from a file that several commands share
@*/
PetscErrorCode ParametersSection(Parameters parameters, const char *name, PetscBool active);

/*@
  ParametersExplain - says why the current section is not active when another parameter is the cause

  Input: why - completes "KEY: has no effect ", such as "with methods = signed"; copied; ignored in an active section
@*/
PetscErrorCode ParametersExplain(Parameters parameters, const char *why);

/*@
  ParametersDeclare    - declares the parameters of a table in the current section
  ParametersDeclareFor - declares a table whose parameters have an effect only under a condition

  Not collective, but every rank makes the same calls
  Input: specs     - copied, with its keys; other texts are literals and borrowed
         condition - such as "network_type=distance", copied; applies in addition to each parameter's `needs`
@*/
PetscErrorCode ParametersDeclare(Parameters parameters, const ParameterSpec specs[]);
PetscErrorCode ParametersDeclareFor(Parameters parameters, const ParameterSpec specs[],
                                    const char *condition);

/*@
  ParametersRead - checks the user's values and records all values for used_parameters.yaml

  Not collective, but every rank makes the same calls; may be repeated for another object
  Input:  specs    - a declared table
  In/out: settings - members that the user has set are replaced, others keep their values
  Errors: CAUSEWAY_ERR_USER with the key, its source and the allowed values
@*/
PetscErrorCode ParametersRead(Parameters parameters, const ParameterSpec specs[], void *settings);

/*@
  ParametersPrefix - lets a key OWN_x override COMMON_x in later reads

  Not collective
  Input: common, own - beginnings of keys, such as "train_" and "signed_"; NULL ends the override
         renames     - whether parameters are recorded as OWN_x, for several objects with the same parameters
@*/
PetscErrorCode ParametersPrefix(Parameters parameters, const char *common, const char *own,
                                PetscBool renames);

/*@
  ParametersSource - place where the user set `key`, for error messages: "FILE: key" or "-key"

  Output: (return value) static storage, valid until the next call
@*/
const char *ParametersSource(Parameters parameters, const char *key);

/* Whether the user set `key` in the file or on the command line. */
PetscErrorCode ParametersIsSet(Parameters parameters, const char *key, PetscBool *set);

/*@
  ParametersPetsc - records the options of PETSc objects after their set-up, as parameters of the current section

  Collective
  Input: prefixes - NULL-terminated, such as "ts_"; only options with a value given by the user or the program are recorded
@*/
PetscErrorCode ParametersPetsc(Parameters parameters, const char *const prefixes[]);

/*@
  ParametersCheck - refuses keys that no table declares and PETSc has not used, and keys without effect on this run

  Collective; call after every object has read its parameters
  Errors: CAUSEWAY_ERR_USER with the unknown or unused key and the nearest known one
@*/
PetscErrorCode ParametersCheck(Parameters parameters);

/*@
  ParametersPrintNotes - logs each parameter that PETSc took from its environment variable or its own files, and warns of
  each unused option there

  Collective; call after ParametersCheck()
@*/
PetscErrorCode ParametersPrintNotes(Parameters parameters);

/*@
  ParametersWrite - writes the keys and values of the active sections as YAML, sufficient to repeat the run

  Collective; rank 0 writes
@*/
PetscErrorCode ParametersWrite(Parameters parameters, const char *path);

/*@
  ParametersYaml - the YAML text of ParametersWrite() in memory, for attributes of files

  Output: text - freed by the caller with PetscFree()
@*/
PetscErrorCode ParametersYaml(Parameters parameters, char **text);

/* Description of a declared parameter; texts are borrowed, "" when empty. */
typedef struct {
  const ParameterSpec *spec;
  const char *key, *unit, *text, *section, *default_value;
  const char *value; /* as in used_parameters.yaml; the default before the parameter is read */
  const char *forms; /* "a|b|top:K": words and other allowed forms */
  PetscBool is_flag; /* may be given without a value; its words are true and false */
  PetscBool active;  /* whether the command uses it */
} ParameterInfo;

/*@
  ParametersCount / ParametersInfo - number and description of all declared parameters, in order of declaration
  ParametersLookUp - description of the parameter with this key; false when there is none

  Not collective
@*/
int ParametersCount(Parameters parameters);
void ParametersInfo(Parameters parameters, int k, ParameterInfo *info);
PetscBool ParametersLookUp(Parameters parameters, const char *key, ParameterInfo *info);

/* The k-th allowed word, NULL beyond the last, and its explanation unless `text` is NULL. */
const char *ParameterWordName(const ParameterSpec *spec, int k, const char **text);

/* Whether a parameter changes numbers in the files. */
static inline PetscBool ParameterChangesResult(const ParameterSpec *spec)
{
  return spec->effect == PARAMETER_RESULT || spec->effect == PARAMETER_EXTENT ? PETSC_TRUE
                                                                              : PETSC_FALSE;
}

/*@
  ParseFilePath - splits "FILE.h5:/path" at the last ":/"

  Output: file - the part before; path - the part after, "" without one; both with capacity `length` [bytes]
@*/
PetscErrorCode ParseFilePath(const char *specification, size_t length, char file[], char path[]);

CAUSEWAY_END_DECLARATIONS

#endif
