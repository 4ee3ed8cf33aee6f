/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sweep.h"

#include "sweep_impl.h"

#include "causeway/error.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "causeway sweep: many runs from one file\n\n"
    "causeway sweep plan FILE.yaml [-output DIR] [-overwrite] [-launcher WORDS]\n"
    "  lists all runs in DIR/manifest.txt (default: runs/NAME) after a check; again: adds new "
    "ones\n"
    "causeway sweep run DIR [-j JOBS] [-entries 3,5-9] [-launcher WORDS]\n"
    "  does what is not done yet, JOBS runs at a time, each as LAUNCHER causeway run ...\n"
    "  (default: CAUSEWAY_LAUNCHER or \"mpirun -n RANKS\"); SIGTERM and SIGUSR1 stop it\n"
    "causeway sweep status DIR\n"
    "  counts runs that are done, running, stopped, failed, missing\n"
    "causeway sweep collect DIR [-output PREFIX]\n"
    "  writes PREFIX.csv, PREFIX_mean.csv and PREFIX.h5 (default: DIR/table)\n\n"
    "Not to be started with mpirun: it starts the runs itself.\n"
    "Exit status: 0 done, 75 some runs are to be continued, 2 the input is wrong, 1 some failed.\n";

typedef struct {
  const char *name, *options; /* options: that it takes, between spaces */
  PetscErrorCode (*run)(const SweepOptions *options, int *exit_status);
} SweepCommand;

static const SweepCommand commands[] = {
    {"plan", " output overwrite launcher ", SweepPlan},
    {"run", " local j entries launcher ", SweepRun},
    {"status", " ", SweepStatusPrint},
    {"collect", " output ", SweepCollect},
};

static const SweepCommand *find_command(const char *name)
{
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(commands); k++) {
    if (!strcmp(name, commands[k].name)) {
      return &commands[k];
    }
  }
  return NULL;
}

/* One dash or two. */
static const char *option_name(const char *word)
{
  return word[0] != '-' ? NULL : word + (word[1] == '-' ? 2 : 1);
}

static PetscErrorCode set_option(const char *name, const char *value, SweepOptions *options)
{
  if (!value || (option_name(value) && strcmp(name, "launcher") != 0)) {
    return UserError("-%s: needs a value", name);
  }
  if (!strcmp(name, "output")) {
    options->output = value;
  } else if (!strcmp(name, "entries")) {
    options->entries = value;
  } else if (!strcmp(name, "launcher")) {
    options->launcher = value;
  } else if (!TextInteger(value, 1, 10000, &options->n_jobs)) {
    return UserError("-j = %s: expected an integer between 1 and 10000", value);
  }
  return 0;
}

static PetscErrorCode parse_options(int argc, char **argv, const SweepCommand *command,
                                    SweepOptions *options)
{
  char listed[64];

  for (int i = 3; i < argc; i++) {
    const char *name = option_name(argv[i]);

    if (!name && !options->input) {
      options->input = argv[i];
      continue;
    }
    (void)snprintf(listed, sizeof(listed), " %s ", name ? name : "");
    if (!name || !name[0] || !strstr(command->options, listed)) {
      return UserError("%s: is not an option of sweep %s; causeway sweep help lists them", argv[i],
                       command->name);
    }
    if (!strcmp(name, "overwrite")) {
      options->overwrite = PETSC_TRUE;
    } else if (strcmp(name, "local") != 0) {
      SweepCall(set_option(name, i + 1 < argc ? argv[i + 1] : NULL, options));
      i++;
    }
  }
  if (!options->input || !options->input[0]) {
    return UserError("sweep %s: needs %s: causeway sweep %s %s", command->name,
                     strcmp(command->name, "plan") ? "the directory of a sweep" : "a sweep file",
                     command->name, strcmp(command->name, "plan") ? "DIR" : "FILE.yaml");
  }
  return 0;
}

static PetscErrorCode dispatch(int argc, char **argv, int *exit_status)
{
  const char *ranks = getenv("OMPI_COMM_WORLD_SIZE");
  const SweepCommand *command = argc > 2 ? find_command(argv[2]) : NULL;
  SweepOptions options = {.n_jobs = 1};

  if (!command) {
    return UserError("sweep %s: is not a command; it is sweep plan, run, status or collect "
                     "(causeway sweep help)",
                     argc > 2 ? argv[2] : "");
  }
  options.command = command->name;
  if (ranks && strcmp(ranks, "1") != 0) {
    return UserError("sweep %s: starts its runs itself; start it without mpirun", command->name);
  }
  SweepCall(parse_options(argc, argv, command, &options));
  return command->run(&options, exit_status);
}

static PetscBool wants_help(int argc, char **argv)
{
  static const char *const words[] = {"help", "-help", "--help", "-h"};

  for (int i = 2; i < argc; i++) {
    for (size_t k = i == 2 ? 0 : 1; k < PETSC_STATIC_ARRAY_LENGTH(words); k++) {
      if (!strcmp(argv[i], words[k])) {
        return PETSC_TRUE;
      }
    }
  }
  return argc < 3 ? PETSC_TRUE : PETSC_FALSE;
}

int SweepMain(int argc, char **argv)
{
  int exit_status = SWEEP_DONE;

  if (wants_help(argc, argv)) {
    (void)fputs(help, stdout);
  } else if (dispatch(argc, argv, &exit_status)) {
    (void)fprintf(stderr, "causeway: error: %s\n", UserErrorMessage());
    exit_status = SWEEP_USER;
  }
  return fflush(stdout) ? SWEEP_FAILED : exit_status;
}
