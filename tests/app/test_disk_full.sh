#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A disk that fills up: known beforehand it is refused, met while writing it ends the run with one line on
# any number of ranks, without a hang, without a file that looks complete, older results untouched.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff
cd "$work"

# ranks that abort have a second to say why
unset OMPI_MCA_odls_base_sigkill_timeout PRTE_MCA_odls_base_sigkill_timeout

# A file size limit fails writes like a full disk does, needs no root, and is not seen by the prediction.
# MPI itself then must do without files of shared memory.
cat >limited.sh <<'EOF'
trap '' XFSZ
export OMPI_MCA_pml=ob1 OMPI_MCA_btl=self,tcp OMPI_MCA_btl_tcp_if_include=lo PMIX_MCA_gds=hash
ulimit -f "$CAUSEWAY_LIMIT"
exec "$@"
EOF

expect_full() { # RANKS LIMIT: in blocks of 512 or 1024 bytes, as the shell has it
  local status=0
  cp -r before result
  CAUSEWAY_LIMIT=$2 timeout -k 5 "$run_limit" "$MPIEXEC" -n "$1" sh limited.sh "$CAUSEWAY" simulate \
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
# ---- snapshots

train=(train -train_forecaster causalformer -activity before/activity.h5 -train_width 16 -train_heads 2 -train_head_width 8 -train_hidden 12000
       -train_members 1 -train_epochs 12 -train_patience 12)
run_causeway 2 "${train[@]}" -output alone
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"

# A snapshot that cannot be written ends the run, and leaves the one before it to go on from.
expect_stopped 3 2 "${train[@]}" -restart auto -output full
status=0
CAUSEWAY_LIMIT=9000 timeout -k 5 "$run_limit" "$MPIEXEC" -n 2 sh limited.sh "$CAUSEWAY" "${train[@]}" \
  -checkpoint_interval 0.0005 -restart auto -output full </dev/null >"$run_stdout" 2>"$run_stderr" || status=$?
[ "$status" -eq 2 ] || fail "a snapshot on a full disk: status $status: $(cat "$run_stderr")"
run_causeway 2 "${train[@]}" -restart auto -output full
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
grep -q '^restart ' "$run_stdout" || fail "not continued after a full disk"
h5diff alone/causality.h5 full/causality.h5 /causalformer || fail "another result after a full disk"

# Without any trap too, on a process without mpirun.
status=0
(ulimit -f 2000; exec "$CAUSEWAY" simulate -simulate_duration 50 -output alone_full) >"$run_stdout" 2>"$run_stderr" || status=$?
[ "$status" -eq 2 ] || fail "a limit of files: status $status: $(cat "$run_stderr")"
[ ! -e alone_full ] || fail "a limit of files leaves something"

# Known beforehand, a snapshot is left out and the run goes on. Needs a small disk of its own.
mkdir small
if mount -t tmpfs -o size=25m none small 2>/dev/null; then
  clean_up() { umount "$work/small"; }
  run_causeway 2 "${train[@]}" -checkpoint_interval 0.0005 -output small/run
  [ "$run_status" -eq 0 ] || fail "a small disk: $(cat "$run_stderr")"
  grep -q '^warning: .*the disk has no room for a snapshot' "$run_stdout" || fail "no warning of a small disk"
  h5diff alone/causality.h5 small/run/causality.h5 /causalformer || fail "another result on a small disk"
else
  echo "no disk of its own can be mounted here: leaving out snapshots is not tested"
fi

# An Open MPI without ROMIO, the layer that tells of errors, is told of too.
if command -v ompi_info >/dev/null; then
  romio=$(ompi_info | sed -n 's/^ *MCA io: \(romio[0-9]*\) .*/\1/p')
  OMPI_MCA_io=^ompio,$romio run_causeway 2 simulate -simulate_duration 50 -output without
  [ "$run_status" -eq 2 ] || fail "without ROMIO: status $run_status: $(cat "$run_stdout")"
  [ "$(grep -c '^causeway: error: .* built without ROMIO; set OMPI_MCA_io=ompio' "$run_stderr")" -eq 1 ] ||
    fail "without ROMIO: $(cat "$run_stderr")"
fi
echo "a full disk is reported, nothing is lost"
