/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "causeway/internal/sweep/sweep.h"

#include "sweep_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/mpi_vendor.h"

#include <string.h>

const char SweepHelp[] =
    "causeway sweep: many runs from one file\n\n"
    "causeway sweep plan FILE.yaml [-output DIR] [-overwrite] [-launcher WORDS]\n"
    "  lists all runs in DIR/manifest.txt (default: runs/NAME) after a check; again: adds new "
    "ones\n"
    "causeway sweep run DIR [-j JOBS] [-entries 3,5-9] [-launcher WORDS]\n"
    "  does what is not done yet, JOBS runs at a time, each as LAUNCHER causeway run ...\n"
    "  (default: CAUSEWAY_LAUNCHER or \"mpirun -n RANKS\"); SIGTERM and SIGUSR1 stop it\n"
    "causeway sweep status DIR [-json]\n"
    "  counts runs that are done, running, stopped, failed, missing\n"
    "causeway sweep collect DIR [-output PREFIX]\n"
    "  writes PREFIX.csv, PREFIX_mean.csv and PREFIX.h5 (default: DIR/table)\n"
    "causeway sweep report DIR\n"
    "  draws the scores against each parameter, in DIR/report.html and DIR/figures\n\n"
    "Not to be started with mpirun: it starts the runs itself.\n"
    "Exit status: 0 done, 75 some runs are to be continued, 2 the input is wrong, 1 some failed.\n";

static const SerialOption plan_options[] = {
    {"output", "DIR"}, {"overwrite", NULL}, {"launcher", "WORDS"}, {NULL, NULL}};
static const SerialOption run_options[] = {
    {"j", "JOBS"}, {"entries", "LIST"}, {"launcher", "WORDS"}, {"local", NULL}, {NULL, NULL}};
static const SerialOption status_options[] = {{"json", NULL}, {NULL, NULL}};
static const SerialOption collect_options[] = {{"output", "PREFIX"}, {NULL, NULL}};
static const SerialOption report_options[] = {{NULL, NULL}};

const SerialCommand SweepCommands[] = {{"plan", plan_options},     {"run", run_options},
                                       {"status", status_options}, {"collect", collect_options},
                                       {"report", report_options}, {NULL, NULL}};

/* Of the same order. */
static PetscErrorCode (*const functions[])(const SweepOptions *options, int *exit_status) = {
    SweepPlan, SweepRun, SweepStatusPrint, SweepCollect, SweepReport};

static int find_command(const char *name)
{
  for (int k = 0; SweepCommands[k].name; k++) {
    if (!strcmp(name, SweepCommands[k].name)) {
      return k;
    }
  }
  return -1;
}

static PetscErrorCode set_options(const SerialOption options[], const char *const values[],
                                  SweepOptions *o)
{
  for (int k = 0; options[k].name; k++) {
    const char *name = options[k].name;

    if (!values[k]) {
      continue;
    }
    if (!strcmp(name, "output")) {
      o->output = values[k];
    } else if (!strcmp(name, "entries")) {
      o->entries = values[k];
    } else if (!strcmp(name, "launcher")) {
      o->launcher = values[k];
    } else if (!strcmp(name, "overwrite")) {
      o->overwrite = PETSC_TRUE;
    } else if (!strcmp(name, "json")) {
      o->json = PETSC_TRUE;
    } else if (!strcmp(name, "j") && !TextInteger(values[k], 1, 10000, &o->n_jobs)) {
      return UserError("-j = %s: expected an integer between 1 and 10000", values[k]);
    }
  }
  return 0;
}

static PetscErrorCode dispatch(int argc, char **argv, int *exit_status)
{
  static const char *const file[] = {"a sweep file", "FILE.yaml"};
  static const char *const directory[] = {"the directory of a sweep", "DIR"};
  const char *values[SERIAL_MOST_OPTIONS];
  const int which = argc > 2 ? find_command(argv[2]) : -1;
  const SerialCommand *command = &SweepCommands[which < 0 ? 0 : which];
  SweepOptions options = {.n_jobs = 1};
  char name[64];

  if (argc < 3) {
    return UserError("sweep: needs a command, plan, run, status, collect or report: causeway sweep "
                     "plan FILE.yaml");
  }
  if (which < 0) {
    return UserError("sweep %s: is not a command; it is sweep plan, run, status, collect or report "
                     "(causeway sweep help)",
                     argv[2]);
  }
  options.command = command->name;
  if (MPIVendorManyRanks()) {
    return UserError("sweep %s: starts its runs itself; start it without mpirun", command->name);
  }
  (void)snprintf(name, sizeof(name), "sweep %s", command->name);
  SerialCall(OptionsParse(name, strcmp(command->name, "plan") ? directory : file, command->options,
                          argc - 3, argv + 3, &options.input, values));
  SerialCall(set_options(command->options, values, &options));
  return functions[which](&options, exit_status);
}

int SweepMain(int argc, char **argv)
{
  PetscErrorCode status;
  int exit_status = SWEEP_DONE;

  if (WantsHelp(argc, argv)) {
    (void)fputs(SweepHelp, stdout);
    return SerialEnd(0, SWEEP_DONE);
  }
  status = dispatch(argc, argv, &exit_status);
  return SerialEnd(status, exit_status);
}
