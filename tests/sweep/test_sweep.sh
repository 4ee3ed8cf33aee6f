#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Sweeps: manifests with stable names, every run exactly once whatever is killed, tables that agree with
# the summaries of the runs.
# shellcheck source-path=SCRIPTDIR source=../app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
require python3 h5dump timeout setsid
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$work"
workers=()
clean_up() {
  kill -9 "${workers[@]}" 2>/dev/null || true
  sleep 0.2
}

# The launcher of the tests: counts the runs that it starts, and does what files named after it say.
cat >launcher <<'SCRIPT'
#!/usr/bin/env bash
id=$(basename "${!#}")
echo "$id" >>"$TEST_SWEEP/started"
if [ -e "$TEST_SWEEP/stubborn" ]; then
  trap '' TERM
else
  trap 'kill %% 2>/dev/null; exit 143' TERM
fi
if [ -e "$TEST_SWEEP/fail_$id" ]; then
  echo "causeway: error: this run is to fail"
  echo "some other words"
  exit 1
fi
while [ -e "$TEST_SWEEP/hold" ] || [ -e "$TEST_SWEEP/hold_$id" ]; do
  sleep 0.1
done
if [ -e "$TEST_SWEEP/slow" ]; then
  sleep "$(cat "$TEST_SWEEP/slow")" &
  wait
fi
"$@"
status=$?
[ "$status" -ne 0 ] || echo "$id" >>"$TEST_SWEEP/finished"
exit "$status"
SCRIPT
chmod +x launcher
export TEST_SWEEP=$work CAUSEWAY_LAUNCHER=$work/launcher

sweep() { # ARGUMENT...: sets run_status
  run_status=0
  timeout -k 5 "$run_limit" "$CAUSEWAY" sweep "$@" </dev/null >"$run_stdout" 2>"$run_stderr" ||
    run_status=$?
}

expect() { # STATUS ARGUMENT...
  sweep "${@:2}"
  [ "$run_status" -eq "$1" ] ||
    fail "sweep ${*:2}: status $run_status, expected $1: $(cat "$run_stdout" "$run_stderr")"
}

# The last line of status, such as "4 runs: 1 done, 0 running, 0 stopped, 0 failed, 3 missing".
expect_state() { # DIR TEXT
  expect 0 status "$1"
  grep -qF " $2" "$run_stdout" || fail "status of $1 is not '$2': $(cat "$run_stdout")"
}

is_done() { # DIR RUNS
  "$CAUSEWAY" sweep status "$1" | grep -qF " $2 done, 0 running"
}

wait_for() { # COMMAND...: until it succeeds
  local n=0
  until "$@" 2>/dev/null; do
    n=$((n + 1))
    [ "$n" -lt 3000 ] || fail "waited 5 minutes for: $*"
    sleep 0.1
  done
}

has_lines() { # FILE N
  [ -e "$1" ] && [ "$(wc -l <"$1")" -ge "$2" ]
}

none_runs() { # DIR
  sweep status "$1"
  grep -qF " 0 running" "$run_stdout"
}

# Each run of the sweep stands once in the file.
expect_once() { # FILE DIR
  grep -v '^#' "$2/manifest.txt" | cut -f 2 | sort | diff - <(sort "$1") ||
    fail "runs of $2 (<) and what $1 (>) lists differ"
}

forget() {
  rm -f started finished slow stubborn hold* fail_*
}

write_sweep() { # FILE PROBABILITIES REPLICATES
  cat >"$1" <<YAML
base: base.yaml
grid:
  network_probability: [$2]
replicates: $3
YAML
}

start_worker() { # DIR OPTION...: sets worker
  setsid "$CAUSEWAY" sweep run "$@" </dev/null >>worker.log 2>&1 &
  worker=$!
  workers+=("$worker")
}

worker_status() { # PID: sets run_status
  run_status=0
  wait "$1" || run_status=$?
}

cat >base.yaml <<'YAML'
network_excitatory: 4
network_inhibitory: 1
simulate_duration: 200
granger_order: 1
YAML

test_plan() {
  write_sweep plan.yaml "0.4, 0.6" 2
  expect 0 plan plan.yaml -output plan
  grep -v '^#' plan/manifest.txt >first
  [ "$(wc -l <first)" -eq 4 ] || fail "$(wc -l <first) runs instead of 4"
  [ "$(cut -f 1 first | xargs)" = "1 2 3 4" ] || fail "numbers are not 1 to 4"
  [ "$(cut -f 2 first | sort -u | grep -cE '^[0-9a-f]{12}$')" -eq 4 ] || fail "ids are not unique"
  [ "$(cut -f 3- first | sed -n 4p)" = $'seed=1\tnetwork_probability=0.6' ] ||
    fail "the fourth run: $(sed -n 4p first)"
  [ ! -e plan/runs ] || fail "plan makes directories"

  cp plan/manifest.txt before
  expect 0 plan plan.yaml -output plan
  cmp before plan/manifest.txt || fail "planned again, the manifest differs"

  # other spelling and order, one value more and one less, a comment and a setting of the base
  write_sweep plan.yaml "0.8, 0.40" 2
  { echo "# a comment"; cat base.yaml; echo "progress_interval: 3"; } >new.yaml
  mv new.yaml base.yaml
  expect 0 plan plan.yaml -output plan
  grep -v '^#' plan/manifest.txt >second
  head -n 4 second | cmp - first || fail "older runs are not kept"
  [ "$(wc -l <second)" -eq 6 ] || fail "$(wc -l <second) runs instead of 6"
  [ "$(sed -n 5p second | cut -f 1,3-)" = $'5\tseed=0\tnetwork_probability=0.8' ] ||
    fail "the fifth run: $(sed -n 5p second)"

  # the same ids in a new directory, and as a fixed parameter
  expect 0 plan plan.yaml -output plan2
  grep -v '^#' plan2/manifest.txt | cut -f 2 | sort >ids2
  sed -n '1,2p;5,6p' second | cut -f 2 | sort | cmp - ids2 || fail "ids depend on the order"
  printf 'base: base.yaml\nparameters: {network_probability: 0.4}\nreplicates: 2\n' >fixed.yaml
  expect 0 plan fixed.yaml -output fixed
  diff <(sed -n 1,2p first | cut -f 2) <(grep -v '^#' fixed/manifest.txt | cut -f 2) ||
    fail "ids depend on where a parameter stands"

  # lists that go together, beside a grid
  cat >zip.yaml <<'YAML'
base: base.yaml
zip: {network_excitatory: [4, 8, 3], network_inhibitory: [1, 2, 1]}
grid: {granger_order: [1, 2]}
YAML
  expect 0 plan zip.yaml -output zip
  grep -qF $'\tgranger_order=2\tnetwork_excitatory=8\tnetwork_inhibitory=2' zip/manifest.txt ||
    fail "$(cat zip/manifest.txt)"
  [ "$(grep -vc '^#' zip/manifest.txt)" -eq 6 ] || fail "a zip of 3 and a grid of 2 make 6 runs"

  # another base would give the older runs another meaning
  cp base.yaml base_before.yaml
  sed -i 's/200/300/' base.yaml
  expect 2 plan plan.yaml -output plan
  grep -q 'base has changed.*-overwrite' "$run_stderr" || fail "$(cat "$run_stderr")"
  expect 2 run plan
  grep -q 'has changed since' "$run_stderr" || fail "$(cat "$run_stderr")"
  expect 0 plan plan.yaml -output plan -overwrite
  [ "$(grep -vc '^#' plan/manifest.txt)" -eq 4 ] || fail "-overwrite keeps older runs"
  grep -v '^#' plan/manifest.txt | cut -f 2 | grep -qFf ids2 && fail "another base, the same ids"
  mv base_before.yaml base.yaml
}

mistake() { # REGEX TEXT: a sweep file that must be refused
  printf '%b\n' "$2" >wrong.yaml
  expect_mistake "wrong\.yaml: $1" plan wrong.yaml -output wrong
}

expect_mistake() { # REGEX ARGUMENT...
  local before
  before=$(snapshot)
  expect 2 "${@:2}"
  [ "$(grep -c . "$run_stderr")" -eq 1 ] || fail "${*:2}: not one line: $(cat "$run_stderr")"
  grep -qE "^causeway: error: $1" "$run_stderr" || fail "not /$1/: $(cat "$run_stderr")"
  diff <(echo "$before") <(snapshot) || fail "${*:2}: changes files"
}

test_mistakes() {
  mistake 'is empty' ''
  mistake 'expected key: value' 'just words'
  mistake 'line 2: is not valid YAML' 'grid: [1'
  mistake 'gird: unknown key' 'gird: {seed: [1]}'
  mistake 'grid: stands there twice' 'grid: {granger_order: [1]}\ngrid: {granger_order: [2]}'
  mistake 'grid: granger_order: the list is empty' 'grid: {granger_order: []}'
  mistake 'grid: granger_order: expected a list' 'grid: {granger_order: 3}'
  mistake 'zip: seed has 1 .*granger_order has 2' 'zip: {seed: [1], granger_order: [1, 2]}'
  mistake 'makes the same run twice: granger_order=0?1 ' 'grid: {granger_order: [1, 2, 01]}'
  mistake 'granger_order: stands in grid and in zip' \
    'grid: {granger_order: [1]}\nzip: {granger_order: [1]}'
  mistake 'granger_order: stands in parameters' \
    'parameters: {granger_order: 1}\ngrid: {granger_order: [1]}'
  mistake 'seed: is a list' 'grid: {seed: [1, 2]}\nreplicates: 2'
  mistake 'seed = x: expected' 'parameters: {seed: x}'
  mistake 'replicates: expected' 'replicates: 0'
  mistake 'ranks: expected' 'ranks: two'
  mistake 'base: .*nowhere.yaml: cannot open' 'base: nowhere.yaml'
  mistake 'parameters: output: is set by' 'parameters: {output: here}'
  mistake 'parameters: truth: .*empty' 'parameters: {truth: }'
  mistake 'parameters: truth: .*dash' 'parameters: {truth: -x}'
  mistake '-granger_ordr: is not a known option.*granger_order' 'parameters: {granger_ordr: 1}'
  mistake '-granger_order = many: .*integer' 'grid: {granger_order: [1, 2, many], seed: [1]}'
  expect_mistake 'nowhere\.yaml: cannot open' plan nowhere.yaml
  expect_mistake 'sweep plan: needs a sweep file' plan
  expect_mistake 'output = .*holds the sweep plan' plan zip.yaml -output plan
  mkdir full && touch full/file
  expect_mistake 'output = .*holds no sweep' plan zip.yaml -output full
  expect_mistake 'output = .*is a file' plan zip.yaml -output base.yaml
  expect_mistake 'nowhere: cannot open the sweep' run nowhere
  expect_mistake '.*is not the manifest' run base.yaml
  expect_mistake '-entries 3,9: ' run plan2 -entries 3,9
  expect_mistake '-entries 3-2: ' run plan2 -entries 3-2
  expect_mistake '-j = 0: ' run plan2 -j 0
  expect_mistake '-j: needs' run plan2 -j
  expect_mistake '-jj: is not an option' run plan2 -jj 3
  expect_mistake 'nothing_there: the launcher is not found' run plan2 -launcher "nothing_there -n 1"
  expect_mistake '.*no run has scores' collect plan2
  expect_mistake 'sweep go: is not a command' go
}

# One run fails, the others do not care; done again, only it is.
test_failure() {
  local bad
  forget
  bad=$(sed -n 's/^2\t\([^\t]*\).*/\1/p' plan2/manifest.txt)
  touch "fail_$bad"
  expect 1 run plan2 -j 2
  grep -qE "^causeway: error: run 2 \($bad, .*seed=1\): exit status 1: this run is to fail" \
    "$run_stderr" || fail "no reason: $(cat "$run_stderr")"
  [ "$(grep -cE '^ +[134]  [0-9a-f]+  done ' "$run_stdout")" -eq 3 ] || fail "$(cat "$run_stdout")"
  expect_once started plan2
  expect_state plan2 "4 runs: 3 done, 0 running, 0 stopped, 1 failed, 0 missing"
  grep -qE "$bad  failed  .*seed=1: exit status 1: this run is to fail" "$run_stdout" ||
    fail "status does not say why: $(cat "$run_stdout")"
  expect 0 collect plan2
  grep -q '3 of 4 runs in .*; 1 failed, 0 missing' "$run_stdout" || fail "$(cat "$run_stdout")"
  rm started "fail_$bad"
  expect 0 run plan2 -entries 1,3-4
  expect_state plan2 "4 runs: 3 done, 0 running, 0 stopped, 1 failed, 0 missing"
  [ ! -e started ] || fail "runs again what is done"
  expect 0 run plan2
  [ "$(cat started)" = "$bad" ] || fail "runs $(cat started) instead of $bad"
  [ "$(grep -c 'to fail' "plan2/runs/$bad.log")" -eq 1 ] || fail "the log is not kept"
  expect_state plan2 "4 runs: 4 done, 0 running, 0 stopped, 0 failed, 0 missing"
}

# A killed worker takes its runs along, and the next one does them.
test_kill() {
  forget
  write_sweep kill.yaml "0.4" 4
  expect 0 plan kill.yaml -output kill
  touch hold
  start_worker kill -j 2
  wait_for has_lines started 2
  expect_state kill "4 runs: 0 done, 2 running, 0 stopped, 0 failed, 2 missing"
  kill -9 "$worker"
  wait_for none_runs kill
  expect_state kill "4 runs: 0 done, 0 running, 2 stopped, 0 failed, 2 missing"
  rm hold
  expect 0 run kill -j 2
  expect_once finished kill
  [ "$(wc -l <started)" -eq 6 ] || fail "$(wc -l <started) starts, expected 2 + 4"
}

# A run that outlives its killed worker keeps its lock, and is not run a second time.
test_outlive() {
  local held
  forget
  write_sweep outlive.yaml "0.4" 2
  expect 0 plan outlive.yaml -output outlive
  touch hold stubborn
  start_worker outlive -entries 1
  wait_for has_lines started 1
  kill -9 "$worker"
  held=$work/hold_$(cat started)
  touch "$held"
  rm hold
  expect 75 run outlive
  grep -q '1 of 2 runs done.* 1 with another worker' "$run_stdout" || fail "$(cat "$run_stdout")"
  expect_state outlive "2 runs: 1 done, 1 running, 0 stopped, 0 failed, 0 missing"
  rm "$held"
  wait_for has_lines finished 2
  wait_for is_done outlive 2
  expect 0 run outlive
  expect_once started outlive
  expect_once finished outlive
}

# Two workers at the same time: every run once.
test_two_workers() {
  local first
  forget
  write_sweep two.yaml "0.4, 0.6" 4
  expect 0 plan two.yaml -output two
  start_worker two -j 2
  first=$worker
  start_worker two -j 2
  for worker in "$first" "$worker"; do
    worker_status "$worker"
    [ "$run_status" -eq 0 ] || [ "$run_status" -eq 75 ] || fail "a worker: $(cat worker.log)"
  done
  expect_once started two
  expect_state two "8 runs: 8 done, 0 running, 0 stopped, 0 failed, 0 missing"
}

# A signal stops the runs with their state saved; done again, they are continued. With the real launcher.
test_stop() {
  local signal
  cat >stop.yaml <<'YAML'
parameters: {network_excitatory: 8, network_inhibitory: 2, simulate_duration: 700000,
  activity_samples: "0:1000"}
grid: {granger_order: [1, 2]}
YAML
  for signal in USR1 TERM; do
    rm -rf stop
    expect 0 plan stop.yaml -output stop
    start_worker stop -launcher "$MPIEXEC -n 1"
    wait_for test -e "stop/runs/$(sed -n 's/^1\t\([^\t]*\).*/\1/p' stop/manifest.txt)"
    kill -"$signal" "$worker"
    worker_status "$worker"
    [ "$run_status" -eq 75 ] || fail "stopped by $signal: status $run_status: $(cat worker.log)"
    expect_state stop "2 runs: 0 done, 0 running, 1 stopped, 0 failed, 1 missing"
  done
  expect 0 run stop -launcher "$MPIEXEC -n 1"
  grep -q '^restart ' stop/runs/*.log || fail "begun again instead of continued"
}

# The tables, against summaries of which some are made up: scores that are null, two methods.
test_collect() {
  expect 0 collect two -output tables
  python3 "$here/check_table.py" two tables || fail "the tables are not those of the summaries"
  python3 - two <<'PYTHON'
import json, random, sys
random.seed(1)
for line in open(sys.argv[1] + "/manifest.txt"):
    if line[0] == "#":
        continue
    path = "%s/runs/%s/summary.json" % (sys.argv[1], line.split("\t")[1])
    summary = json.load(open(path))
    score = dict(summary["scores"][0], method="causalformer", reading='odd, "quoted"')
    for key in ("auroc_published", "auroc_offdiagonal", "auprc", "precision", "time_s"):
        score[key] = None if random.random() < 0.3 else random.random()
    summary["scores"].append(score)
    json.dump(summary, open(path, "w"))
PYTHON
  expect 0 collect two -output tables
  grep -q '8 of 8 runs in tables.csv.*; 0 failed, 0 missing' "$run_stdout" || fail "$(cat "$run_stdout")"
  python3 "$here/check_table.py" two tables || fail "the tables are not those of the summaries"
  h5dump -a /auprc/units tables.h5 | grep -q '"1"' || fail "no units"
  [ -z "$(find . -name '*.partial')" ] || fail "provisional files are left"
  echo "{" >"$(find two/runs -name summary.json | head -n 1)"
  expect 0 collect two
  grep -q '7 of 8 runs in .*two/table.csv.* 1 unreadable' "$run_stdout" || fail "$(cat "$run_stdout")"
}

# Runs without scores, and files of a sweep in which bytes have changed: one line, never another run.
test_damage() {
  local file at
  cp -r two without
  for file in without/runs/*/summary.json; do
    echo '{"scores": []}' >"$file"
  done
  expect_mistake '.*8 of 8 runs are done, but none has scores, because' collect without
  rm -r without
  for at in 30 120 200 400; do
    cp -r plan2 broken
    printf '\001' | dd of=broken/manifest.txt bs=1 seek="$at" conv=notrunc status=none
    expect_mistake '.*broken/manifest.txt: ' status broken
    rm -r broken
  done
  cp -r plan2 broken
  file=$(find broken/runs -name '*.status' | head -n 1)
  rm -r "${file%.status}"
  echo garbage >"$file"
  expect 0 status broken
  [ "$(grep -c '.status: is damaged' "$run_stderr")" -eq 1 ] || fail "a damaged status: $(cat "$run_stderr")"
  rm -r broken
}

# Thousands of runs that are done: none is started again, every one is in the table.
test_many() {
  forget
  write_sweep many.yaml "0.1, 0.2, 0.3" 1000
  expect 0 plan many.yaml -output many
  [ "$(grep -vc '^#' many/manifest.txt)" -eq 3000 ] || fail "not 3000 runs"
  python3 - many two <<'PYTHON'
import glob, os, sys
text = sorted(glob.glob(sys.argv[2] + "/runs/*/summary.json"), key=os.path.getsize)[-1]
text = open(text).read()
for line in open(sys.argv[1] + "/manifest.txt"):
    if line[0] != "#":
        path = "%s/runs/%s" % (sys.argv[1], line.split("\t")[1])
        os.makedirs(path)
        open(path + "/summary.json", "w").write(text)
PYTHON
  expect 0 run many -j 4
  [ ! -e started ] || fail "runs again what is done"
  expect_state many "3000 runs: 3000 done, 0 running, 0 stopped, 0 failed, 0 missing"
  expect 0 plan many.yaml -output many
  expect 0 collect many
  [ "$(wc -l <many/table.csv)" -eq 6001 ] || fail "$(wc -l <many/table.csv) lines of a table"
}

for part in test_plan test_mistakes test_failure test_kill test_outlive test_two_workers test_stop \
  test_collect test_damage test_many; do
  "$part"
  echo "$part: passed at $SECONDS s"
done
