#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The report of a run and of a sweep: every figure is there and well-formed, nothing comes from elsewhere.
# shellcheck source-path=SCRIPTDIR source=../app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
require python3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$work"

# One line of error, exit status 2, and no file more or less.
refused() { # REGEX ARGUMENT...
  local regex=$1 status=0 before
  shift
  before=$(snapshot)
  "$CAUSEWAY" "$@" >"$run_stdout" 2>"$run_stderr" || status=$?
  [ "$status" = 2 ] || fail "$*: exit status $status: $(cat "$run_stderr")"
  [ "$(grep -c '^causeway: error:' "$run_stderr")" = 1 ] || fail "$*: $(cat "$run_stderr")"
  grep -q -E -e "$regex" "$run_stderr" || fail "$*: no /$regex/ in $(cat "$run_stderr")"
  [ "$before" = "$(snapshot)" ] || fail "$*: changes files"
}

# a recording with names that HTML and gnuplot have their own ideas about
{
  printf '%s\n' 'time_ms,a<b>,"c ""d"" & e",it'"'"'s,Zürich_{2},\n'
  noise 400 5 1 | awk '{ printf "%d", NR - 1; for (i = 1; i <= NF; i++) printf ",%s", $i + (i > 1 ? last : 0); last = $1; print "" }'
} >recording.csv

reports=yes
run_causeway 2 run "$CAUSEWAY_SOURCE/inputs/lu2023_n10.yaml" -methods granger,signed -train_epochs 3 -simulate_duration 1500 -output simulated
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
grep -q '^report ' "$run_stderr" || fail "the run does not tell of its report: $(cat "$run_stderr")"
run_causeway 1 import recording.csv -output recording.h5
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
run_causeway 2 run -activity recording.h5 -granger_order 2 -output recorded
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
run_causeway 1 run "$CAUSEWAY_SOURCE/inputs/lu2023_n5.yaml" -simulate_duration 500 -report false -output plain
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
[ ! -e plain/report.html ] || fail "-report false makes a report"
run_causeway 1 granger -activity recording.h5 -granger_order 2 -output alone
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
[ -e alone/report.html ] || fail "granger makes no report"

# couplings have a table, and signs for the arrows of every score that shares their p-values
run_causeway 1 granger -activity simulated/activity.h5 -granger_order 3 -granger_statistics conditional,coupling -output coupled
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
python3 - <<'PYTHON' || fail "couplings in the report"
import json, re
summary = json.load(open("coupled/summary.json"))["granger"]
text = open("coupled/report.html").read()
assert f"is {summary['inflation']:.2f} times that without any influence." in text
table = text[text.index("<h2>Couplings</h2>"):]
table = table[:table.index("</table>")]
count = summary["significant_benjamini_hochberg"]
assert f"<p>{count} pairs are significant.</p>" in table and table.count("<tr><td>") == count > 0, table
weights = [abs(float(w)) for w in re.findall(r'<td class="n">([-0-9.e]+)</td><td class="n">[0-9.]+</td>', table)]
assert weights == sorted(weights, reverse=True) and len(weights) == count, weights
PYTHON

# scores between groups alone are a table, and nothing that a truth is compared with
run_causeway 2 run "$CAUSEWAY_SOURCE/inputs/lu2023_n10.yaml" -simulate_duration 1500 -granger_statistics group \
  -granger_groups 0-2,3-5 -output groups
[ "$run_status" -eq 0 ] || fail "$(cat "$run_stderr")"
grep -q '<h2>Groups: granger/group_gc</h2>' groups/report.html || fail "no table over groups"
grep -q '<tr><th>1 (3-5)</th><td class="n">0\.[0-9]* ([0-9.e-]*)</td><td class="n"></td></tr>' groups/report.html ||
  fail "the table over groups has no p-values: $(grep '3-5' groups/report.html)"
python3 - <<'PYTHON' || fail "groups in summary.json"
import json
granger = json.load(open("groups/summary.json"))["granger"]
assert granger["group_gc"][1][0] > 0 and 0 <= granger["group_p_value"][0][1] <= 1, granger
assert not any(key.startswith("significant") for key in granger), granger
PYTHON
refused 'holds only tables over groups of neurons' evaluate -scores groups -truth groups/network.h5
"$CAUSEWAY" export groups:/granger/group_gc -output groups.csv >/dev/null || fail "export of groups"
[ "$(head -n 1 groups.csv)" = source,target,source_label,target_label,score,p_value,significant ] || fail "$(cat groups.csv)"

# without gnuplot the tables are there, and what is missing is said
mkdir bin
for tool in env sh; do ln -s "$(command -v "$tool")" bin/; done
PATH=$work/bin "$CAUSEWAY" report plain >/dev/null || fail "no report without gnuplot"
grep -q 'gnuplot-nox' plain/report.html || fail "does not say that gnuplot is missing"
grep -q '<td>f_statistic</td>' plain/report.html || fail "without gnuplot there is no table of scores"
[ ! -e plain/figures ] || fail "figures without gnuplot"

refused 'nowhere: cannot be opened' report nowhere
refused 'recording.csv: is not the directory of a finished run' report recording.csv
refused 'bin: is not the directory of a finished run' report bin
refused '-such: is not an option' report plain -such
cp -r plain damaged
head -c 3000 plain/causality.h5 >damaged/causality.h5
refused 'damaged/causality.h5: .*truncated' report damaged
echo '{' >damaged/summary.json
refused 'damaged/summary.json: is not what a run writes' report damaged
rm -r damaged

# a sweep, of which one run fails
cat >sweep.yaml <<YAML
parameters: {network_excitatory: 4, network_inhibitory: 1, simulate_duration: 300}
grid: {granger_order: [1, 2], network_probability: [0.4, 0.6]}
replicates: 2
YAML
"$CAUSEWAY" sweep plan sweep.yaml -output sweep >/dev/null || fail "sweep plan"
"$CAUSEWAY" sweep run sweep -j 2 >/dev/null 2>&1 || fail "sweep run"
[ -z "$(find sweep/runs -name report.html)" ] || fail "the runs of a sweep draw reports"
"$CAUSEWAY" sweep report sweep >/dev/null || fail "sweep report"

require gnuplot
python3 "$here/check_report.py" simulated activity matrices network roc precision_recall \
  distribution_granger distribution_signed drivers degrees p_values training_signed || fail "report of a simulation"
! grep -q "stroke='rgb( 85,  85,  85)'" coupled/figures/network.svg || fail "arrows whose sign is known are gray"
grep -q "rgb(213,  94,   0)" coupled/figures/network.svg || fail "no arrow is orange"
python3 "$here/check_report.py" recorded activity matrices network drivers degrees p_values || fail "report of a recording"
grep -q 'a&lt;b&gt;' recorded/report.html || fail "names are not escaped, or not there"
python3 "$here/check_report.py" sweep auroc_granger_order auprc_granger_order auroc_network_probability \
  auprc_network_probability || fail "report of a sweep"
grep -q '<h2>Best settings</h2>' sweep/report.html || fail "no best settings"
