# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Helpers of the script tests, to be sourced first. CTest sets CAUSEWAY, CAUSEWAY_DATA, CAUSEWAY_SOURCE
# and MPIEXEC; by hand, the defaults below fit a build in build/ of the source tree.
set -euo pipefail

tests_app=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source-path=SCRIPTDIR source=../session.sh
source "$tests_app/../session.sh"
export CAUSEWAY_SOURCE=${CAUSEWAY_SOURCE:-$(cd "$tests_app/../.." && pwd)}
export CAUSEWAY=${CAUSEWAY:-$CAUSEWAY_SOURCE/build/bin/causeway}
export CAUSEWAY_DATA=${CAUSEWAY_DATA:-$CAUSEWAY_SOURCE/../shared/data/lu2023}
export MPIEXEC=${MPIEXEC:-mpiexec}

# several ranks on few cores, also in a container
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
# the same for Open MPI 5
export PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
export PRTE_MCA_rmaps_default_mapping_policy=:oversubscribe PRTE_MCA_hwloc_default_binding_policy=none
# shared memory alone; to look for the networks of other machines takes longer than most tests
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=^tcp,uct,openib,ofi
# a run that ends with a status other than 0 has ended: mpiexec need not wait for what it kills
export OMPI_MCA_odls_base_sigkill_timeout=0 PRTE_MCA_odls_base_sigkill_timeout=0

# $scratch holds what the helpers write, $work is for the test
scratch=$(mktemp -d "${TMPDIR:-/tmp}/causeway_test.XXXXXX")
work=$scratch/work
mkdir "$work"
own_session "$scratch"

# What a test that fails saw is shown; tests may define what else there is to see, and what is to be undone.
show_more() { :; }
clean_up() { :; }
at_exit() {
  local status=$? file
  trap - EXIT
  if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
    find "$scratch" -xdev -type f -size +0 \( -name '*stdout' -o -name '*stderr' -o -name 'log.txt' -o -name '*.out' -o -name '*.log' \) \
      -printf '%T@ %p\n' 2>/dev/null | sort -n | tail -n 8 | cut -d ' ' -f 2- | while read -r file; do
      echo "==> ${file#"$scratch"/}"
      tail -n 20 "$file"
    done
    show_more
  fi >&2
  clean_up
  rm -rf "$scratch"
  exit "$status"
}
trap at_exit EXIT

fail() { # MESSAGE
  echo "failed: $*" >&2
  exit 1
}

skip() { # MESSAGE
  echo "skipped: $*"
  exit 77
}

require() { # PROGRAM...
  local program
  for program; do
    command -v "$program" >/dev/null || skip "$program is not installed"
  done
}

# Sets python to the first that has these modules: of CAUSEWAY_PYTHON, of the environment of tests/run.sh, of the system.
find_python() { # MODULE...
  local modules=$*
  for python in "${CAUSEWAY_PYTHON:-}" "$CAUSEWAY_SOURCE/build/venv/bin/python" /usr/bin/python3 python3; do
    if [ -n "$python" ] && "$python" -c "import ${modules// /, }" 2>/dev/null; then
      return 0
    fi
  done
  return 1
}

reports= # not empty: runs draw their reports too
run_limit=600 # seconds after which a run counts as hanging, also on a machine that is busy with other work
run_status=0
run_stdout=$scratch/stdout
run_stderr=$scratch/stderr

# Sets run_status (124 after run_limit) and fills the files $run_stdout and $run_stderr.
# shellcheck disable=SC2034  # the tests read run_status
run_causeway() { # RANKS ARGUMENT...
  local ranks=$1
  shift
  run_status=0
  case "$reports${1:-}" in
    run | granger | train) set -- "$@" -report false ;;
  esac
  timeout -k 5 "$run_limit" "$MPIEXEC" -n "$ranks" "$CAUSEWAY" "$@" \
    </dev/null >"$run_stdout" 2>"$run_stderr" || run_status=$?
}

# Runs that must succeed.
expect_ok() { # RANKS ARGUMENT...
  run_causeway "$@"
  [ "$run_status" -eq 0 ] || fail "causeway ${*:2} on $1 ranks: status $run_status: $(cat "$run_stderr")"
}

# Runs that must be refused with exit status 2 and one line that matches.
expect_mistake() { # MESSAGE RANKS ARGUMENT...
  run_causeway "${@:2}"
  [ "$run_status" -eq 2 ] || fail "${*:3}: status $run_status"
  [ "$(grep -c '^causeway: ' "$run_stderr")" -eq 1 ] || fail "${*:3}: $(cat "$run_stderr")"
  grep -q -e "$1" "$run_stderr" || fail "${*:3}: $(cat "$run_stderr")"
  ! grep -q 'PETSC ERROR' "$run_stderr" || fail "${*:3}: $(cat "$run_stderr")"
}

# Runs a command until the program stops itself with its state saved, after so many of its steps. The program sees to
# that alone: a script that waits and then asks for it may come too late.
expect_stopped() { # STEPS RANKS ARGUMENT...
  run_causeway "${@:2}" -max_steps "$1"
  [ "$run_status" -eq 75 ] || fail "causeway ${*:3} did not stop: status $run_status: $(cat "$run_stderr")"
}

# Waits until a file exists or a process of this shell has ended.
wait_for_file() { # FILE PID
  until [ -e "$1" ] || ! kill -0 "$2" 2>/dev/null; do sleep 0.02; done
}

# Random numbers in [0, 1), equal in every run.
noise() { # ROWS COLUMNS SEED
  awk -v rows="$1" -v columns="$2" -v seed="$3" 'BEGIN {
    srand(seed)
    for (i = 0; i < rows; i++) {
      for (j = 0; j < columns; j++) {
        printf "%.15f%s", rand(), j + 1 < columns ? " " : "\n"
      }
    }
  }'
}

# Changes one entry of the text matrix on stdin; indices count from 0, as in the program's messages.
with_entry() { # ROW COLUMN VALUE
  awk -v row="$1" -v column="$2" -v value="$3" 'NR == row + 1 { $(column + 1) = value } { print }'
}

# Writes the text matrix on stdin as dataset /v of doubles.
write_h5() { # FILE.h5 DIMENSIONS, such as 3,50
  cat >"$scratch/matrix.txt"
  h5import "$scratch/matrix.txt" -dims "$2" -path v -type TEXTFP -size 64 -o "$1" >/dev/null ||
    fail "h5import cannot write $1"
}

# Whether two files' datasets agree: |a - b| <= TOLERANCE max(1, |a|) for every element.
h5_close() { # FILE FILE DATASET TOLERANCE
  local file
  for file in "$1" "$2"; do
    h5dump -d "$3" -y -w 1 -m "%.17g" "$file" | sed -n '/ATTRIBUTE/,$d; /DATA {/,/}/p' | tr -d ' ,' | grep '^[-0-9n]'
  done | awk -v tolerance="$4" '
    { value[NR] = $1 }
    END {
      for (k = 1; k <= NR / 2; k++) {
        size = value[k] < 0 ? -value[k] : value[k]
        difference = value[k] - value[k + NR / 2]
        difference = difference < 0 ? -difference : difference
        if (!(difference <= tolerance * (size > 1 ? size : 1))) {
          print "element " k ": " value[k] " and " value[k + NR / 2]
          exit 1
        }
      }
      exit NR < 2 || NR % 2
    }' >&2
}

# Directories and checksums of all files below the current directory.
snapshot() {
  find . -type d -printf '%p/\n' -o -type f -exec cksum {} + | sort
}
