#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# -json: one JSON document on standard output and nothing else, with what the text says.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require python3
cd "$work"

expect_json() { # RANKS ARGUMENT...: the document is in out.json then
  run_causeway "$@"
  [ "$run_status" -eq 0 ] || fail "causeway ${*:2}: status $run_status: $(cat "$run_stderr")"
  cp "$run_stdout" out.json
  python3 -m json.tool out.json >/dev/null || fail "causeway ${*:2}: not JSON: $(head out.json)"
}

check() { # PYTHON-EXPRESSION of d, the document
  python3 -c "import json, sys; d = json.load(open('out.json')); sys.exit(not ($1))" ||
    fail "not so: $1: $(head -c 2000 out.json)"
}

# the summary of every command is what its file has; the rest is on standard error and in the log
input=$CAUSEWAY_SOURCE/inputs/lu2023_n5.yaml
expect_json 2 run "$input" -json -output run
cmp <(python3 -m json.tool out.json) <(python3 -m json.tool run/summary.json) || fail "summary"
check "d['command'] == 'run' and d['scores'][0]['method'] == 'granger'"
# what PETSc prints is on standard error too; without mpirun, since that of Open MPI 5 mixes long outputs
"$CAUSEWAY" run "$input" -json -output viewed -report false -log_view >out.json 2>viewed.err </dev/null || fail "$(cat viewed.err)"
check "d['command'] == 'run'"
grep -q 'SimAdvance' viewed.err || fail "what PETSc prints is not on standard error"
grep -q 'AUROC published' "$run_stderr" || fail "the table is not on standard error"
grep -q 'AUROC published' run/log.txt || fail "the table is not in the log"
expect_json 2 simulate "$input" -json true -output simulated
check "d['command'] == 'simulate' and d['spikes'] > 0"
expect_json 2 granger "$input" -activity simulated/activity.h5 -json -output granger
check "d['granger']['order'] == 5"
expect_json 2 train -activity simulated/activity.h5 -activity_clip 30 -train_epochs 1 -json \
  -output trained
check "len(d['signed']['members']) == 1"
expect_json 1 forecast -model trained/model.h5 -activity simulated/activity.h5 -activity_clip 30 -json \
  -output forecast
check "'r2' in d['forecast']"
expect_json 1 evaluate -scores run/causality.h5:/granger/gc -truth run/network.h5 -json
check "d['scores'][0]['auprc'] > 0"
# a run that is finished already tells its summary again
expect_json 1 run "$input" -json -output run -restart auto
cmp <(python3 -m json.tool out.json) <(python3 -m json.tool run/summary.json) || fail "finished run"
# a mistake prints nothing there
run_causeway 1 run "$input" -json -output run -seed 9
[ "$run_status" -eq 2 ] || fail "status $run_status"
[ ! -s "$run_stdout" ] || fail "standard output of a mistake: $(cat "$run_stdout")"

expect_json 2 info run/causality.h5 -json
check "[(o['type'], o['shape'], o['attributes']['rows']) for o in d['objects'] \
  if o['path'] == '/granger/f_statistic'] == [('float64', [5, 5], 'targets')]"
check "d['objects'][0]['attributes']['version'] == [0, 1] and d['snapshot'] is False"
run_causeway 1 info run/causality.h5
[ "$(grep -c '^/' "$run_stdout")" -eq "$(grep -c '"path":' out.json)" ] || fail "objects of info"

expect_json 1 help -json
run_causeway 1 help -all
check "len(d['parameters']) == $(grep -c '^  -' "$run_stdout")"
check "{'run', 'sweep', 'export', 'help'} <= {c['name'] for c in d['commands']}"
check "[p for p in d['parameters'] if p['key'] == 'activity_layout'][0]['choices'][0] == 'auto'"
check "[p for p in d['parameters'] if p['key'] == 'checkpoint_interval'][0]['unit'] == 'min'"

printf 'parameters: {simulate_duration: 100}\ngrid: {granger_order: [1, 2]}\n' >sweep.yaml
"$CAUSEWAY" sweep plan sweep.yaml -output swept >/dev/null
"$CAUSEWAY" sweep status swept -json >out.json
python3 -m json.tool out.json >/dev/null || fail "sweep status: not JSON"
check "d['counts'] == {'missing': 2, 'done': 0, 'running': 0, 'stopped': 0, 'failed': 0}"
check "[r['parameters']['granger_order'] for r in d['runs']] == ['1', '2']"
echo "all commands tell their results in JSON"
