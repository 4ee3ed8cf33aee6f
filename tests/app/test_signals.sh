#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# SIGTERM, SIGINT, SIGHUP and SIGUSR1 save the state of a run, alone and under mpirun; a reader that has gone ends
# nothing, and a standard output that cannot be written to is told.

# shellcheck source-path=SCRIPTDIR source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require python3
cd "$work"
# seconds that mpiexec of Open MPI 4 waits before it passes SIGTERM on, and again before it kills the ranks; that of Open
# MPI 5 kills them a quarter of a second after SIGTERM: then the last snapshot must be sound
export OMPI_MCA_odls_base_sigkill_timeout=8
waits=yes
if "$MPIEXEC" --version | grep -qE 'Open MPI\) 5|PRRTE'; then waits=; fi

# A process whose signals are not ignored, as those of a shell's background jobs are.
start() { # WORD...
  python3 -c '
import os, signal, sys
for number in signal.SIGINT, signal.SIGHUP, signal.SIGTERM, signal.SIGUSR1:
    signal.signal(number, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" </dev/null >"$run_stdout" 2>"$run_stderr" &
  pid=$!
}

# Waits for a file that the process makes.
await() { # PATTERN
  local k
  for ((k = 0; k < 1200; k++)); do
    if compgen -G "$1" >/dev/null; then return; fi
    kill -0 "$pid" 2>/dev/null || fail "ended before $1 was there: $(tail -n 5 "$run_stdout" "$run_stderr")"
    sleep 0.05
  done
  fail "$1 does not appear: $(tail -n 5 "$run_stdout" "$run_stderr")"
}

finish() {
  run_status=0
  wait "$pid" || run_status=$?
}

endless=(simulate -network_excitatory 40 -network_inhibitory 10 -simulate_duration 400000000 -record_variables none -checkpoint_interval 0.001)

for case in '0 USR1 TERM INT HUP' '1 USR1' '3 USR1 TERM'; do
  read -r ranks signals <<<"$case"
  launcher=()
  if [ "$ranks" -gt 0 ]; then launcher=("$MPIEXEC" -n "$ranks"); fi
  for signal in $signals; do
    directory=run_${ranks}_$signal
    start "${launcher[@]}" "$CAUSEWAY" "${endless[@]}" -output "$directory"
    await "$directory/checkpoint/snapshot_*.h5"
    kill "-$signal" "$pid"
    finish
    snapshots=$(find "$directory/checkpoint" -name 'snapshot_*.h5' 2>/dev/null | wc -l)
    # after TERM mpiexec ends with a status of its own
    if [ "$ranks" = 0 ] || [ "$signal" = USR1 ]; then
      [ "$run_status" = 75 ] || fail "$ranks ranks, $signal: status $run_status: $(tail -n 5 "$run_stdout" "$run_stderr")"
    fi
    [ "$snapshots" -ge 1 ] || fail "$ranks ranks, $signal: no snapshot"
    if [ -z "$waits" ] && [ "$ranks$signal" = 3TERM ] && ! grep -q '^stopped ' "$directory/log.txt"; then
      run_causeway 1 "${endless[@]}" -output "$directory" -restart auto -max_steps 1
      { [ "$run_status" = 75 ] && grep -q '^restart ' "$run_stdout"; } ||
        fail "killed after $signal, cannot be continued: status $run_status: $(cat "$run_stderr")"
      run_status=1
    fi
    grep -q '^stopped    the state is saved' "$directory/log.txt" || fail "$ranks ranks, $signal: $(tail -n 5 "$directory/log.txt")"
    [ "$run_status" != 0 ] || fail "$ranks ranks, $signal: ended as if done"
    ! grep -q 'PETSC ERROR' "$run_stderr" || fail "$ranks ranks, $signal: $(head -n 5 "$run_stderr")"
  done
done

# a signal that is ignored, as under nohup, stays so
(trap '' HUP; exec "$CAUSEWAY" "${endless[@]}" -output nohup) </dev/null >"$run_stdout" 2>"$run_stderr" &
pid=$!
await nohup/checkpoint
kill -HUP "$pid"
before=$(find nohup/checkpoint -name 'snapshot_*.h5' | sort | tail -n 1)
for ((k = 0; k < 1200; k++)); do # it goes on
  if [ "$(find nohup/checkpoint -name 'snapshot_*.h5' | sort | tail -n 1)" != "$before" ]; then break; fi
  kill -0 "$pid" 2>/dev/null || fail "a HUP that is ignored ends the run"
  sleep 0.05
done
kill -TERM "$pid"
finish
[ "$run_status" = 75 ] || fail "nohup: status $run_status"

# ---- standard output: a reader that has gone, a full disk

for command in 'help' 'info nohup/network.h5' 'export help' 'sweep help'; do
  # shellcheck disable=SC2086  # words
  { run_status=0; "$CAUSEWAY" $command 2>"$run_stderr" || run_status=$?; echo "$run_status" >status; } |
    head -n 1 >/dev/null
  { [[ "$(cat status)" =~ ^(0|141)$ ]] && [ ! -s "$run_stderr" ]; } || fail "$command | head: $(cat status "$run_stderr")"
  run_status=0
  # shellcheck disable=SC2086
  "$CAUSEWAY" $command >/dev/full 2>"$run_stderr" || run_status=$?
  { [ "$run_status" = 1 ] && grep -q '^causeway: error: the printed output is not complete' "$run_stderr"; } ||
    fail "$command >/dev/full: status $run_status: $(cat "$run_stderr")"
done
{ run_status=0; "$CAUSEWAY" "${endless[@]}" -simulate_duration 2000 -output read 2>"$run_stderr" || run_status=$?
  echo "$run_status" >status; } | true
{ [[ "$(cat status)" =~ ^(0|141)$ ]] && grep -q '^done ' read/log.txt; } || fail "a run without reader: $(cat status "$run_stderr")"
run_status=0
"$CAUSEWAY" "${endless[@]}" -simulate_duration 2000 -output full >/dev/full 2>"$run_stderr" || run_status=$?
{ [ "$run_status" = 0 ] && grep -q '^causeway: warning: the printed output' "$run_stderr" &&
  grep -q '^done ' full/log.txt; } ||
  fail "a run on a full disk's output: status $run_status: $(cat "$run_stderr")"
echo "signals are heeded"
