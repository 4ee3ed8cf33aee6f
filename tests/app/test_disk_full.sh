#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A disk that fills up: known beforehand it is refused, met while writing it ends the run with one line on
# any number of ranks, without a hang, without a file that looks complete, older results untouched.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
cd "$work"

# A file size limit fails writes like a full disk does, needs no root, and is not seen by the prediction.
cat >limited.sh <<'EOF'
trap '' XFSZ
ulimit -f "$CAUSEWAY_LIMIT"
exec "$@"
EOF

expect_full() { # RANKS LIMIT: in blocks of 512 or 1024 bytes, as the shell has it
  local status=0
  cp -r before result
  CAUSEWAY_LIMIT=$2 timeout -k 5 60 "$MPIEXEC" -n "$1" sh limited.sh "$CAUSEWAY" simulate \
    "$CAUSEWAY_SOURCE/inputs/izhikevich_n1000.yaml" -simulate_duration 3000 -output result -overwrite \
    </dev/null >"$run_stdout" 2>"$run_stderr" || status=$?
  [ "$status" -eq 2 ] || fail "$1 ranks, limit $2: status $status: $(cat "$run_stderr")"
  # a progress bar may stand before it when the tests run on a terminal
  [ "$(cat "$run_stdout" "$run_stderr" | grep -ac "causeway: error:.*cannot")" -eq 1 ] ||
    fail "$1 ranks, limit $2: not one line: $(cat "$run_stderr")"
  cmp -s before/activity.h5 result/activity.h5 || fail "$1 ranks, limit $2: older result lost"
  [ -z "$(find result -name '*.partial*')" ] || fail "$1 ranks, limit $2: partial files left"
  rm -r result
}

run_causeway 2 simulate -simulate_duration 50 -output before
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
for ranks in 1 2 3 4; do
  for limit in 9000 20000; do
    expect_full "$ranks" "$limit"
  done
done

# More than any disk has: refused before anything is written.
run_causeway 2 simulate -simulate_duration 1e12 -network_excitatory 100000 -network_probability 0 \
  -output huge
[ "$run_status" -eq 2 ] || fail "a prediction beyond the disk: status $run_status"
grep -q "causeway: error: output = huge: the disk is full" "$run_stderr" || fail "$(cat "$run_stderr")"
[ ! -e huge ] || fail "something was written"
echo "a full disk is reported, nothing is lost"
