/* SPDX-License-Identifier: GPL-3.0-or-later */

/* causeway sweep run: a worker that runs entries of a manifest, several at a time. */
#include "sweep_impl.h"

#include "causeway/error.h"
#include "causeway/internal/core/mpi_vendor.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What became of an entry for this worker. */
typedef enum {
  OUTCOME_OPEN, /* not tried, or not over */
  OUTCOME_BEFORE,
  OUTCOME_DONE,
  OUTCOME_STOPPED,
  OUTCOME_FAILED,
  OUTCOME_ELSEWHERE, /* another worker has it */
  N_OUTCOMES
} Outcome;

typedef struct {
  const SweepEntry *entry;
  Outcome outcome;
  int64_t status_time; /* of its status before this worker began */
  pid_t pid;           /* 0 when not running */
  int lock;
  double start;     /* s */
  off_t log_length; /* before the run */
} Task;

typedef struct {
  const Manifest *manifest;
  char program[PETSC_MAX_PATH_LEN];
  Arguments launcher;
  int64_t n_tasks, n_jobs, n_running;
  Task *tasks, **running; /* (n_tasks), (n_jobs) of which n_running are in use */
  int n_stop_signals;
  sigset_t signals, inherited;
} Worker;

static double now(void)
{
  struct timespec time;

  (void)clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Marks the entries of "3,5-9", or all. */
static PetscErrorCode select_entries(const Manifest *manifest, const char *text, char *selected)
{
  char *copy = TextCopy(text ? text : ""), *rest = copy, *word;
  PetscErrorCode status = 0;

  memset(selected, text ? 0 : 1, (size_t)manifest->n_entries);
  while (text && !status && (word = strsep(&rest, ","))) {
    char *last_word = word, *first_word = strsep(&last_word, "-");
    int64_t first, last;

    if (!TextInteger(first_word, 1, manifest->n_entries, &first) ||
        !TextInteger(last_word ? last_word : first_word, first, manifest->n_entries, &last)) {
      status = UserError("-entries %s: expected numbers between 1 and %" PRId64 " such as 3,5-9",
                         text, manifest->n_entries);
    } else {
      memset(selected + first - 1, 1, (size_t)(last - first + 1));
    }
  }
  free(copy);
  return status;
}

static PetscErrorCode make_tasks(Worker *worker, const char *text)
{
  const Manifest *manifest = worker->manifest;
  char *selected = MemoryGrow(NULL, manifest->n_entries, 1);
  PetscErrorCode status = select_entries(manifest, text, selected);

  worker->tasks = MemoryGrow(NULL, manifest->n_entries, sizeof(Task));
  worker->running = MemoryGrow(NULL, worker->n_jobs, sizeof(Task *));
  for (int64_t e = 0; e < manifest->n_entries && !status; e++) {
    if (selected[e]) {
      const SweepEntry *entry = &manifest->entries[e];

      worker->tasks[worker->n_tasks++] =
          (Task){.entry = entry, .lock = -1, .status_time = StatusTime(manifest, entry)};
    }
  }
  free(selected);
  return status;
}

static void print_progress(const Worker *worker, const Task *task, const char *state,
                           double seconds)
{
  char text[1024];

  (void)printf("%6" PRId64 "  %s  %-9s %9.1f s  %s\n", task->entry->number, task->entry->id, state,
               seconds, EntryText(worker->manifest, task->entry, sizeof(text), text));
  (void)fflush(stdout);
}

/* In the child: takes the lock along, and ends with its parent, also when that is killed. */
static void become_run(const Worker *worker, const Task *task, const Arguments *arguments, int log,
                       pid_t parent)
{
  const int nothing = open("/dev/null", O_RDONLY);

  (void)setpgid(0, 0); /* a Ctrl-C is for the worker, who passes it on */
  (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
  (void)sigprocmask(SIG_SETMASK, &worker->inherited, NULL);
  if (getppid() != parent) {
    _exit(SWEEP_CONTINUE);
  }
  if (dup2(nothing, 0) >= 0 && dup2(log, 1) >= 0 && dup2(log, 2) >= 0 &&
      !fcntl(task->lock, F_SETFD, 0)) {
    if (chdir(worker->manifest->origin)) {
      (void)dprintf(2, "causeway: error: %s: %s\n", worker->manifest->origin, strerror(errno));
      _exit(SWEEP_USER);
    }
    (void)execvp(arguments->words[0], arguments->words);
  }
  (void)dprintf(2, "causeway: error: cannot start %s: %s\n", arguments->words[0], strerror(errno));
  _exit(127);
}

static void run_arguments(const Worker *worker, const Task *task, Arguments *arguments)
{
  char output[PETSC_MAX_PATH_LEN];

  for (int64_t k = 0; k < worker->launcher.n; k++) {
    ArgumentsAdd(arguments, worker->launcher.words[k]);
  }
  ArgumentsRun(arguments, worker->program, worker->manifest->base, &task->entry->words);
  ArgumentsAdd(arguments, "-restart");
  ArgumentsAdd(arguments, "auto");
  if (!WordsFind(&task->entry->words, "report")) { /* one for each of many runs is too much */
    ArgumentsAdd(arguments, "-report");
    ArgumentsAdd(arguments, "false");
  }
  ManifestPath(worker->manifest, "runs", task->entry, "", output);
  ArgumentsAdd(arguments, "-output");
  ArgumentsAdd(arguments, output);
}

/* The lock is held. */
static PetscErrorCode launch(Worker *worker, Task *task)
{
  const SweepStatus running = {.state = STATE_RUNNING};
  const pid_t parent = getpid();
  Arguments arguments = {0};
  char path[PETSC_MAX_PATH_LEN];
  int log;

  ManifestPath(worker->manifest, "runs", task->entry, ".log", path);
  log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  if (log < 0) {
    return UserError("%s: cannot write: %s", path, strerror(errno));
  }
  task->log_length = lseek(log, 0, SEEK_END);
  task->start = now();
  SerialCall(StatusWrite(worker->manifest, task->entry, &running));
  run_arguments(worker, task, &arguments);
  task->pid = fork();
  if (task->pid == 0) {
    become_run(worker, task, &arguments, log, parent);
  }
  (void)close(log);
  ArgumentsFree(&arguments);
  if (task->pid < 0) {
    task->pid = 0;
    return UserError("cannot start another process: %s", strerror(errno));
  }
  worker->running[worker->n_running++] = task;
  return 0;
}

static void release(Task *task)
{
  if (task->lock >= 0) {
    (void)close(task->lock);
  }
  task->lock = -1;
}

/* Starts the run of a task unless it is done, held, or has failed since this worker began. */
static PetscErrorCode start_task(Worker *worker, Task *task)
{
  SweepStatus status;
  PetscErrorCode error;

  task->outcome = OUTCOME_BEFORE;
  if (EntryIsDone(worker->manifest, task->entry)) {
    return 0;
  }
  SerialCall(EntryLock(worker->manifest, task->entry, &task->lock));
  if (task->lock < 0) {
    task->outcome = OUTCOME_ELSEWHERE;
    return 0;
  }
  /* another one may have ended it between the look and the lock */
  if (EntryIsDone(worker->manifest, task->entry)) {
    release(task);
    return 0;
  }
  StatusRead(worker->manifest, task->entry, &status);
  if (status.state == STATE_FAILED &&
      StatusTime(worker->manifest, task->entry) != task->status_time) {
    task->outcome = OUTCOME_FAILED;
    release(task);
    return 0;
  }
  task->outcome = OUTCOME_OPEN;
  error = launch(worker, task);
  if (error) {
    release(task);
  }
  return error;
}

/* The line of the log that says why: the last error of the program, or the last words of all. */
static void find_reason(const Worker *worker, const Task *task, size_t length, char reason[])
{
  enum { MOST = 65536 };
  static const char mark[] = "causeway: error: ";
  char path[PETSC_MAX_PATH_LEN], *line = NULL;
  size_t size = 0;
  FILE *stream;
  PetscBool marked = PETSC_FALSE;

  reason[0] = 0;
  ManifestPath(worker->manifest, "runs", task->entry, ".log", path);
  stream = fopen(path, "r");
  if (!stream) {
    return;
  }
  (void)fseeko(stream, 0, SEEK_END);
  (void)fseeko(stream, (off_t)PetscMax(task->log_length, ftello(stream) - MOST), SEEK_SET);
  while (getline(&line, &size, stream) >= 0) {
    const char *found = strstr(line, mark);

    line[strcspn(line, "\n")] = 0;
    if (found) {
      (void)snprintf(reason, length, "%s", found + sizeof(mark) - 1);
      marked = PETSC_TRUE;
    } else if (!marked && line[strspn(line, " \t-")]) {
      (void)snprintf(reason, length, "%s", line);
    }
  }
  (void)fclose(stream);
  free(line);
}

/* What the end of a run means. */
static void judge(const Worker *worker, Task *task, int result, SweepStatus *status)
{
  const int by_signal = WIFSIGNALED(result) ? WTERMSIG(result) : 0;
  char line[sizeof(status->reason) - 64];

  *status = (SweepStatus){.seconds = now() - task->start};
  status->exit_status = by_signal ? 128 + by_signal : WEXITSTATUS(result);
  if (EntryIsDone(worker->manifest, task->entry)) {
    task->outcome = OUTCOME_DONE;
    status->state = STATE_DONE;
    return;
  }
  /* a launcher that is told to stop may end its ranks in its own way */
  if (status->exit_status == SWEEP_CONTINUE ||
      (worker->n_stop_signals > 0 && status->exit_status != SWEEP_USER)) {
    task->outcome = OUTCOME_STOPPED;
    status->state = STATE_STOPPED;
    return;
  }
  task->outcome = OUTCOME_FAILED;
  status->state = STATE_FAILED;
  find_reason(worker, task, sizeof(line), line);
  if (by_signal) {
    (void)snprintf(status->reason, sizeof(status->reason), "ended by signal %d (%s)", by_signal,
                   line);
  } else if (status->exit_status == 0) {
    (void)snprintf(status->reason, sizeof(status->reason), "ended without a summary.json (%s)",
                   line);
  } else {
    (void)snprintf(status->reason, sizeof(status->reason), "exit status %d: %s",
                   status->exit_status, line);
  }
}

static PetscErrorCode reap(Worker *worker)
{
  PetscErrorCode error = 0;

  for (int64_t r = worker->n_running - 1; r >= 0; r--) {
    Task *task = worker->running[r];
    SweepStatus status;
    int result;

    if (waitpid(task->pid, &result, WNOHANG) == task->pid) {
      task->pid = 0;
      worker->running[r] = worker->running[--worker->n_running];
      judge(worker, task, result, &status);
      error = error ? error : StatusWrite(worker->manifest, task->entry, &status);
      release(task);
      print_progress(worker, task, SweepStateNames[status.state], status.seconds);
    }
  }
  return error;
}

/* The launchers hand USR1 on to all ranks; TERM and INT would make mpirun kill them a second later.
   So the first signal goes on as USR1, later ones as they are. */
static void forward(Worker *worker, int signal)
{
  const int sent = worker->n_stop_signals++ == 0 ? SIGUSR1 : signal;

  (void)fprintf(stderr, "causeway: signal %d: stopping %" PRId64 " runs\n", signal,
                worker->n_running);
  for (int64_t r = 0; r < worker->n_running; r++) {
    (void)kill(worker->running[r]->pid, sent);
  }
}

/* Waits for the end of a run or for a signal to stop. */
static PetscErrorCode wait_for_event(Worker *worker, PetscBool block)
{
  const struct timespec none = {0, 0};
  const int signal =
      block ? sigwaitinfo(&worker->signals, NULL) : sigtimedwait(&worker->signals, NULL, &none);

  if (signal > 0 && signal != SIGCHLD) {
    forward(worker, signal);
  }
  return reap(worker);
}

static PetscErrorCode run_tasks(Worker *worker, Outcome which)
{
  PetscErrorCode error = 0;

  for (int64_t t = 0; t < worker->n_tasks && !error; t++) {
    error = wait_for_event(worker, PETSC_FALSE);
    while (!error && worker->n_running >= worker->n_jobs) {
      error = wait_for_event(worker, PETSC_TRUE);
    }
    if (!error && worker->n_stop_signals == 0 && worker->tasks[t].outcome == which) {
      error = start_task(worker, &worker->tasks[t]);
    }
  }
  if (error) {
    forward(worker, SIGTERM);
  }
  while (worker->n_running > 0) {
    const PetscErrorCode later = wait_for_event(worker, PETSC_TRUE);

    error = error ? error : later;
  }
  return error;
}

static void print_failed(const Worker *worker)
{
  char text[1024];
  SweepStatus status;

  for (int64_t t = 0; t < worker->n_tasks; t++) {
    const Task *task = &worker->tasks[t];

    if (task->outcome == OUTCOME_FAILED) {
      StatusRead(worker->manifest, task->entry, &status);
      (void)fprintf(stderr, "causeway: error: run %" PRId64 " (%s, %s): %s\n", task->entry->number,
                    task->entry->id, EntryText(worker->manifest, task->entry, sizeof(text), text),
                    status.reason);
    }
  }
}

static int conclude(const Worker *worker)
{
  int64_t n[N_OUTCOMES] = {0}, n_left;

  for (int64_t t = 0; t < worker->n_tasks; t++) {
    n[worker->tasks[t].outcome]++;
  }
  print_failed(worker);
  n_left = n[OUTCOME_OPEN] + n[OUTCOME_STOPPED] + n[OUTCOME_ELSEWHERE];
  (void)printf("sweep %s: %" PRId64 " of %" PRId64 " runs done, %" PRId64
               " of them before or elsewhere; %" PRId64 " failed, %" PRId64
               " to be continued, %" PRId64 " with another worker\n",
               worker->manifest->name, n[OUTCOME_DONE] + n[OUTCOME_BEFORE], worker->n_tasks,
               n[OUTCOME_BEFORE], n[OUTCOME_FAILED], n_left - n[OUTCOME_ELSEWHERE],
               n[OUTCOME_ELSEWHERE]);
  return n_left > 0 ? SWEEP_CONTINUE : (n[OUTCOME_FAILED] > 0 ? SWEEP_FAILED : SWEEP_DONE);
}

/* Signals are waited for, never handled: nothing happens in between. */
static void block_signals(Worker *worker)
{
  static const int all[] = {SIGCHLD, SIGTERM, SIGINT, SIGUSR1, SIGHUP};

  (void)sigemptyset(&worker->signals);
  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(all); k++) {
    (void)sigaddset(&worker->signals, all[k]);
  }
  (void)signal(SIGCHLD, SIG_DFL);
  (void)sigprocmask(SIG_BLOCK, &worker->signals, &worker->inherited);
}

static PetscErrorCode set_launcher(Worker *worker, const char *option)
{
  const char *environment = getenv("CAUSEWAY_LAUNCHER");
  char standard[64];

  (void)snprintf(standard, sizeof(standard), "mpirun -n %" PRId64, worker->manifest->ranks);
  ArgumentsSplit(&worker->launcher, option ? option : (environment ? environment : standard));
  if (worker->n_jobs > 1) {
    MPIVendorShareCores();
  }
  return LauncherCheck(&worker->launcher);
}

static PetscErrorCode make_directories(const Manifest *manifest)
{
  static const char *const names[] = {"runs", "locks"};
  char path[PETSC_MAX_PATH_LEN];

  for (size_t k = 0; k < PETSC_STATIC_ARRAY_LENGTH(names); k++) {
    PathPrint(path, "%s/%s", manifest->directory, names[k]);
    SerialCall(DirectoryMake(path));
  }
  return 0;
}

static PetscErrorCode work(Worker *worker, const SweepOptions *options, int *exit_status)
{
  PetscErrorCode error;

  SerialCall(ManifestCheckBase(worker->manifest));
  SerialCall(ProgramPath(sizeof(worker->program), worker->program));
  SerialCall(set_launcher(worker, options->launcher));
  SerialCall(make_tasks(worker, options->entries));
  SerialCall(make_directories(worker->manifest));
  block_signals(worker);
  error = run_tasks(worker, OUTCOME_OPEN);
  if (!error) {
    /* what another worker had may be free by now */
    error = run_tasks(worker, OUTCOME_ELSEWHERE);
  }
  if (!error) {
    *exit_status = conclude(worker);
  }
  return error;
}

PetscErrorCode SweepRun(const SweepOptions *options, int *exit_status)
{
  Manifest manifest;
  Worker worker = {.manifest = &manifest, .n_jobs = options->n_jobs};
  PetscErrorCode error;

  SerialCall(ManifestRead(options->input, &manifest));
  error = work(&worker, options, exit_status);
  ArgumentsFree(&worker.launcher);
  free(worker.tasks);
  free(worker.running);
  ManifestFree(&manifest);
  return error;
}
