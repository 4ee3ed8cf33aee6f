/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "app.h"
#include "help.h"
#include "info.h"
#include "options_file.h"

#include "causeway/internal/core/nearest.h"
#include "causeway/internal/core/process.h"

#include "causeway/internal/core/mpi_vendor.h"
#include "causeway/internal/export/export.h"
#include "causeway/internal/report/report.h"
#include "causeway/internal/sweep/sweep.h"

#include <hdf5.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { EXIT_DONE = 0, EXIT_FAULT = 1, EXIT_USER = 2, EXIT_CONTINUE = 75 };

/* Command line: COMMAND [FILE] [-key value ...]. */
typedef struct {
  const char *command, *file;
  char mistake[1024]; /* error in a PETSc options file that would crash PETSc; or "" */
  PetscBool help, version;
  int n_options;  /* argc passed to PETSc */
  char **options; /* argv[0] and the options */
} CommandLine;

static PetscBool is_word(const char *word, const char *a, const char *b, const char *c)
{
  return !strcmp(word, a) || !strcmp(word, b) || !strcmp(word, c) ? PETSC_TRUE : PETSC_FALSE;
}

/* Removes the program's own words from argv before PETSc parses it. */
static void parse_command_line(int argc, char **argv, CommandLine *line)
{
  PetscBool reads_files = PETSC_TRUE;
  int next = 1;

  *line = (CommandLine){.options = argv};
  if (next < argc && argv[next][0] != '-') {
    line->command = argv[next++];
  }
  if (next < argc && argv[next][0] != '-') {
    line->file = argv[next++];
  }
  line->n_options = 1;
  for (; next < argc; next++) {
    if (is_word(argv[next], "-help", "--help", "-h")) {
      line->help = PETSC_TRUE;
    } else if (is_word(argv[next], "-version", "--version", "-v")) {
      line->version = PETSC_TRUE;
    } else if (!strcmp(argv[next], "-options_file") && next + 1 < argc &&
               !OptionsFileIsSound(argv[next + 1], sizeof(line->mistake), line->mistake)) {
      next++;
    } else {
      reads_files = strcmp(argv[next], "-skip_petscrc") ? reads_files : PETSC_FALSE;
      argv[line->n_options++] = argv[next];
    }
  }
  argv[line->n_options] = NULL;
  if (reads_files && !OptionsFilesAreSound(sizeof(line->mistake), line->mistake)) {
    (void)PetscOptionsSetValue(NULL, "-skip_petscrc", "true");
  }
}

static PetscErrorCode print_version(void)
{
  char libraries[1024];

  PetscFunctionBegin;
  CausewayLibraries("\n  ", sizeof(libraries), libraries);
  PetscCall(LogPrintf("causeway %s, git revision %s\n  %s\n", CausewayVersion(), CausewayRevision(),
                      libraries));
  PetscFunctionReturn(0);
}

/* For `import`, the file is the recording unless its name is that of a parameter file. */
static PetscErrorCode load_parameters(Run *run, const CommandLine *line)
{
  const char *ending = line->file ? strrchr(line->file, '.') : NULL;
  const PetscBool is_recording =
      !strcmp(run->command, "import") && line->file &&
              !(ending && (!strcmp(ending, ".yaml") || !strcmp(ending, ".yml")))
          ? PETSC_TRUE
          : PETSC_FALSE;

  PetscFunctionBegin;
  run->input_file = is_recording ? NULL : line->file;
  PetscCall(ParametersLoad(run->parameters, run->input_file, line->n_options, line->options));
  if (is_recording) {
    PetscCall(ParametersSet(run->parameters, "activity", line->file));
  }
  PetscFunctionReturn(0);
}

/* Explains a missing command: options come first, or nothing is given. */
static PetscErrorCode missing_command(const CommandLine *line)
{
  char after[512] = "", before[512] = "";
  int at = 1;

  PetscFunctionBegin;
  UserCheck(line->n_options > 1,
            "no command is given; causeway COMMAND [FILE.yaml] [-key value ...], where COMMAND is "
            "run, simulate, granger, train or another that causeway help lists");
  while (at < line->n_options && !CommandFind(line->options[at])) {
    at++;
  }
  UserCheck(at < line->n_options, "%s: a command must come first; causeway help lists them",
            line->options[1]);
  for (int k = at; k < line->n_options; k++) {
    PetscCall(PetscStrlcat(after, " ", sizeof(after)));
    PetscCall(PetscStrlcat(after, line->options[k], sizeof(after)));
  }
  for (int k = 1; k < at; k++) {
    PetscCall(PetscStrlcat(before, " ", sizeof(before)));
    PetscCall(PetscStrlcat(before, line->options[k], sizeof(before)));
  }
  PetscFunctionReturn(UserError("%s: options come after the command and its file: causeway%s%s",
                                line->options[1], after, before));
}

static PetscErrorCode find_command(const char *name, const Command **command)
{
  const size_t length = strlen(name);
  const Command *nearest = Commands;

  PetscFunctionBegin;
  *command = CommandFind(name);
  if (*command) {
    PetscFunctionReturn(0);
  }
  UserCheck(length < 5 || strcmp(name + length - 5, ".yaml") != 0,
            "%s: a command must come first: causeway run %s", name, name);
  for (const Command *c = Commands; c->name; c++) {
    nearest = NearestDistance(name, c->name) < NearestDistance(name, nearest->name) ? c : nearest;
  }
  PetscFunctionReturn(UserError("%s: is not a command; the nearest is %s (causeway help lists all)",
                                name, nearest->name));
}

/* Refuses unknown options of commands without parameters, which no later check would find. */
static PetscErrorCode check_options(const CommandLine *line, const OwnOptions *own)
{
  PetscFunctionBegin;
  for (int i = 1; i < line->n_options; i++) {
    const SerialOption *option = own->options;

    while (option->name &&
           (line->options[i][0] != '-' || strcmp(option->name, line->options[i] + 1) != 0)) {
      option++;
    }
    UserCheck(option->name, "%s: is not an option of %s; causeway help %s lists them",
              line->options[i], own->name, own->name);
    i += option->value ? 1 : 0;
    UserCheck(i < line->n_options, "-%s: needs a value, %s", option->name, option->value);
  }
  PetscFunctionReturn(0);
}

/* `word`: topic of the help, NULL for the overview. */
static PetscErrorCode print_help(App *app, const CommandLine *line, const char *word)
{
  PetscFunctionBegin;
  if (!line->help) {
    PetscCall(check_options(line, OwnOptionsFind("help")));
  }
  PetscCall(HelpPrint(app, word));
  PetscFunctionReturn(0);
}

static PetscErrorCode dispatch(App *app, const CommandLine *line)
{
  const Command *command;

  PetscFunctionBegin;
  UserCheck(!line->mistake[0], "%s", line->mistake);
  if (line->version) {
    PetscCall(print_version());
    PetscFunctionReturn(0);
  }
  if (!line->command && !line->help) {
    PetscCall(missing_command(line));
  }
  command = CommandFind("help");
  if (line->command) {
    PetscCall(find_command(line->command, &command));
  }
  if (line->help || !strcmp(command->name, "help")) {
    PetscCall(print_help(app, line, strcmp(command->name, "help") ? command->name : line->file));
    PetscFunctionReturn(0);
  }
  if (!command->stages[0]) {
    PetscCall(check_options(line, OwnOptionsFind(command->name)));
    PetscCall(InfoPrint(&app->run, line->file));
    PetscFunctionReturn(0);
  }
  app->run.command = command->name;
  PetscCall(load_parameters(&app->run, line));
  PetscCall(AppSetFromOptions(app, command));
  PetscCall(CommandRun(app, command));
  PetscFunctionReturn(0);
}

/* Every rank should arrive here with the same error. A rank that does not is waiting in a
   collective call that never completes; the job is then aborted instead of hanging. */
static void end_with_user_error(MPI_Comm comm, int rank)
{
  /* interval between polls; time for the launcher to forward the message, which it drops on an
     abort */
  const struct timespec pause = {0, 10000000}, word = {0, 200000000};
  const double patience_s = 10.0;
  double start = MPI_Wtime();
  MPI_Request everyone;
  int here = 0;

  (void)MPI_Ibarrier(comm, &everyone);
  while (!here && MPI_Wtime() - start < patience_s) {
    (void)MPI_Test(&everyone, &here, MPI_STATUS_IGNORE);
    (void)nanosleep(&pause, NULL);
  }
  if (rank == 0 || !here) {
    (void)fprintf(stderr, "causeway: error: %s\n", UserErrorMessage());
    (void)fflush(stderr);
  }
  if (here) {
    (void)MPI_Barrier(comm); /* no rank ends the job before rank 0 has printed the message */
  }
  if (!here || DataFileWriteFailed()) {
    (void)nanosleep(&word, NULL);
    (void)MPI_Abort(comm, EXIT_USER);
  }
}

/* One process draws the report after MPI has ended, because a process must not be started while MPI
   is active. A failed report does not fail the run. */
static void make_report(const char *directory)
{
  if (!directory[0]) {
    return;
  }
  if (ReportMake(directory)) {
    (void)fprintf(stderr, "warning: there is no report: %s\n", UserErrorMessage());
  } else {
    (void)fprintf(stderr, "report     %s/report.html\n", directory);
  }
}

/* Commands that run without MPI; a sweep starts mpirun itself. */
static const struct {
  const char *name;
  int (*main)(int argc, char **argv);
} serial_commands[] = {{"sweep", SweepMain}, {"export", ExportMain}, {"report", ReportMain}};

/* Runs before the constructors of libraries, where the C library supports .preinit_array, as glibc
   does. */
__attribute__((section(".preinit_array"),
               used)) static void (*const before_libraries)(void) = SignalsRememberIgnored;

int main(int argc, char **argv)
{
  CommandLine line;
  App app = {0};
  char report[PETSC_MAX_PATH_LEN] = "";
  PetscErrorCode status;
  PetscBool prints;
  int exit_status = EXIT_DONE;

  SignalsBegin();
  SweepIsIdle = RunParameterIsIdle;
  for (size_t k = 0; argc > 1 && k < PETSC_STATIC_ARRAY_LENGTH(serial_commands); k++) {
    if (!strcmp(argv[1], serial_commands[k].name)) {
      /* under mpirun only the first process acts */
      return ProcessRank() > 0 ? EXIT_DONE
                               : StandardOutputEnd(serial_commands[k].main(argc, argv), PETSC_TRUE);
    }
  }
  parse_command_line(argc, argv, &line);
  MPIVendorPrepare();
  if (PetscInitialize(&line.n_options, &line.options, NULL, NULL)) {
    return EXIT_FAULT;
  }
  SignalsBegin();
  /* HDF5 must not flush through MPI after MPI_Finalize() */
  (void)H5dont_atexit();
  (void)PetscLogDefaultBegin();
  ScreenPrint(PETSC_FALSE);
  status = ErrorHandlerInstall();
  status = status ? status : LogRegister();
  status = status ? status : AppCreate(PETSC_COMM_WORLD, &app);
  status = status ? status : dispatch(&app, &line);
  if (status == CAUSEWAY_STOPPED) {
    exit_status = EXIT_CONTINUE;
  } else if (status && status != CAUSEWAY_ERR_USER) {
    (void)MPI_Abort(PETSC_COMM_WORLD, EXIT_FAULT);
  }
  if (status == CAUSEWAY_ERR_USER) {
    end_with_user_error(PETSC_COMM_WORLD, app.run.rank);
    (void)PetscOptionsClear(NULL); /* PetscFinalize() would act on options that were refused */
    exit_status = EXIT_USER;
  }
  if (!status && app.run.rank == 0 && app.run.reports && !app.run.dry_run) {
    (void)snprintf(report, sizeof(report), "%s", app.run.output);
  }
  prints = app.run.json || !app.run.committed_output ? PETSC_TRUE : PETSC_FALSE;
  (void)AppDestroy(&app);
  (void)PetscFinalize();
  SignalsBegin();
  make_report(report);
  return StandardOutputEnd(exit_status, prints);
}
