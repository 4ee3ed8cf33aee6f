# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Tables of mistakes in the input, to be sourced in place of common.sh. A table is a function with a line
# expect_error REGEX ARGUMENT... for each mistake; run_tables runs it in copies of the directory $work, where
# the results of an earlier run lie in old, of which $scratch/old is a copy.

# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

n_checks=0
n_failures=0

complain() { # MESSAGE
  n_failures=$((n_failures + 1))
  echo "failed: $*" >&2
  sed 's/^/    /' "$run_stderr" | head -n 5 >&2
}

check() { # LABEL MESSAGE COMMAND...: complains unless the command succeeds
  local label=$1 message=$2
  shift 2
  n_checks=$((n_checks + 1))
  "$@" >/dev/null || complain "$label: $message"
}

has_no_trace() {
  ! grep -E -i 'petsc error|mpi_abort|traceback|backtrace|hdf5-diag|signal:|segmentation|sanitizer' \
    "$run_stdout" "$run_stderr"
}

# One run that must end with one line that matches the regular expression, and change no file.
error_on() { # RANKS REGEX ARGUMENT...
  local ranks=$1 regex=$2 label before lines
  shift 2
  label="$ranks ranks: $*"
  before=$(snapshot)
  run_causeway "$ranks" "$@"
  lines=$(grep '^causeway: error:' "$run_stderr") || true
  check "$label" "exit status $run_status, expected 2" test "$run_status" = 2
  check "$label" "expected one line of error" test "$(grep -c . <<<"$lines")" = 1
  check "$label" "the line does not match /$regex/" grep -E -e "$regex" <<<"$lines"
  check "$label" "prints a stack trace or aborts" has_no_trace
  if ! check_unchanged "$before"; then
    complain "$label: changes files"
  fi
}

# Reports what differs from the snapshot, and undoes it for the next case.
check_unchanged() { # SNAPSHOT
  n_checks=$((n_checks + 1))
  if diff <(echo "$1") <(snapshot) >&2; then
    return 0
  fi
  rm -rf new runs old
  cp -r "$scratch/old" old
  return 1
}

# Each worker takes every so many mistakes of its table, with its ranks and its output directory unless the mistake
# is about -output itself.
workers=2
n_mistakes=0
expect_error() { # REGEX ARGUMENT...
  n_mistakes=$((n_mistakes + 1))
  if [ $((n_mistakes % workers)) != "$worker_share" ]; then
    return 0
  fi
  if [[ " $* " == *" -output "* ]]; then
    error_on "$worker_ranks" "$@"
  else
    error_on "$worker_ranks" "$@" "${worker_output[@]}"
  fi
}

# Runs a share of a table of mistakes in a copy of the inputs; fails when a check fails.
worker() { # SHARE TABLE RANKS OUTPUT_OPTION...
  local table=$2 name="$1.$2.$3.$5"
  worker_share=$1
  worker_ranks=$3
  worker_output=("${@:4}")
  run_stdout=$scratch/$name.stdout
  run_stderr=$scratch/$name.stderr
  cp -r "$work" "$scratch/$name"
  cd "$scratch/$name"
  "$table"
  echo "$table, $worker_ranks ranks, ${worker_output[*]}: $n_checks checks, $n_failures failed"
  [ "$n_failures" = 0 ]
}

# Every table on 1 rank with an output directory that does not exist, and on 3 ranks with one that holds the
# results of an earlier run; with CAUSEWAY_ALL_MISTAKES also the other way round. One table after the other, a few
# workers at a time.
run_tables() { # TABLE...
  local table share pid pids
  for table; do
    pids=()
    for ((share = 0; share < workers; share++)); do
      worker "$share" "$table" 1 -output new &
      pids+=($!)
      worker "$share" "$table" 3 -output old -overwrite &
      pids+=($!)
      if [ -n "${CAUSEWAY_ALL_MISTAKES:-}" ]; then
        worker "$share" "$table" 3 -output new &
        pids+=($!)
        worker "$share" "$table" 1 -output old -overwrite &
        pids+=($!)
      fi
    done
    for pid in "${pids[@]}"; do
      wait "$pid" || n_failures=$((n_failures + 1))
    done
  done
}

expect_success() { # RANKS ARGUMENT...
  run_causeway "$@"
  check "$1 ranks: ${*:2}" "exit status $run_status, expected 0" test "$run_status" = 0
  check "$1 ranks: ${*:2}" "prints a stack trace or aborts" has_no_trace
}

expect_dry_run() { # ARGUMENT...
  local ranks before
  for ranks in 1 3; do
    before=$(snapshot)
    expect_success "$ranks" "$@" -dry_run
    if ! check_unchanged "$before"; then
      complain "$ranks ranks: $* -dry_run: writes files"
    fi
  done
}
