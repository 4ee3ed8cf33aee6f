#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The commands as README shows them: what a run leaves behind, and that it can be repeated from it.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff python3
cd "$work"

says() { # TEXT
  grep -qF -- "$1" "$run_stdout" || fail "the output does not say: $1"
}

expect_ok 2 run "$CAUSEWAY_SOURCE/inputs/lu2023_n10.yaml"
says "AUROC published"
says "done       results in runs/lu2023_n10"
for file in network.h5 activity.h5 causality.h5 log.txt summary.json used_parameters.yaml; do
  [ -s "runs/lu2023_n10/$file" ] || fail "$file is missing"
done
[ -z "$(find runs -name '*.partial*')" ] || fail "partial files are left behind"
# the log has all that was printed, also before the directory was there
diff <(grep -v '^done ' "$run_stdout") <(grep -v '^done ' runs/lu2023_n10/log.txt) || fail "log.txt is not what was printed"

# summary.json carries what the table shows
python3 - <<'EOF' || fail "summary.json"
import json
s = json.load(open("runs/lu2023_n10/summary.json"))
assert (s["ranks"], s["neurons"], s["samples"]) == (2, 10, 5001), s
score, = s["scores"]
assert (score["method"], score["reading"]) == ("granger", "f_statistic"), score
assert 0.9 < score["auroc_published"] <= 1 and 0.9 < score["auroc_offdiagonal"] <= 1, score
assert 0.9 < score["auprc"] <= 1, score
n0, n = score["nonedges"], s["neurons"]
assert abs((score["auroc_published"] * (n0 + n) - n) / n0 - score["auroc_offdiagonal"]) < 1e-12
assert all(s["timing"][stage + "_s"] >= 0 for stage in ("simulate", "granger", "evaluate")), s
EOF

# a run is repeated from its used_parameters.yaml, whatever the number of ranks
expect_ok 3 run runs/lu2023_n10/used_parameters.yaml -output again
h5diff -q runs/lu2023_n10/activity.h5 again/activity.h5 /report || fail "the repeated run differs"

# stages by themselves give what run gives
expect_ok 2 simulate "$CAUSEWAY_SOURCE/inputs/lu2023_n10.yaml" -output apart
expect_ok 2 granger "$CAUSEWAY_SOURCE/inputs/lu2023_n10.yaml" -activity apart/activity.h5 -output inferred
h5diff -q runs/lu2023_n10/causality.h5 inferred/causality.h5 /granger || fail "granger alone differs"
expect_ok 2 granger "$CAUSEWAY_SOURCE/inputs/lu2023_n10.yaml" -activity apart/activity.h5 -truth apart/network.h5 -output judged
h5diff -q runs/lu2023_n10/evaluation.h5 judged/evaluation.h5 /granger || fail "granger alone is evaluated otherwise"
expect_ok 2 run -methods signed -network_excitatory 80000 -network_inhibitory 20000 -network_probability 0.001 \
  -simulate_duration 10000 -dry_run -output dry
says "warning: the run needs"
says "MB of memory per rank in addition"
expect_ok 2 evaluate -scores inferred/causality.h5:/granger/gc -truth apart/network.h5
says "$(awk '/^granger +f_statistic/ { print $3 "            " $4 }' runs/lu2023_n10/log.txt)"

# the pairs that are significant, by themselves: as many as the mask has, and evaluated alike from the file
expect_ok 2 run -activity apart/activity.h5:/report/neurons -truth apart/network.h5 -activity_clip 30 \
  -granger_select significant -output kept
says "pairs kept $(grep -oP 'significant pairs \K\d+' runs/lu2023_n10/log.txt)"
expect_ok 3 evaluate -scores kept/causality.h5:/granger/sparse -truth apart/network.h5
says "$(awk '/^granger +f_statistic/ { print $3 "            " $4 }' kept/log.txt)"

# a given activity in place of the simulation, evaluated against a given truth
expect_ok 2 run -activity apart/activity.h5:/report/neurons -truth apart/network.h5:/edges/synapses \
  -activity_clip 30 -output given
h5diff -q inferred/causality.h5 given/causality.h5 /granger || fail "run -activity differs"

# a reloaded network is the network: kinds, and so drawn parameters and activity, are the same
expect_ok 2 simulate -network_probability 0.05 -simulate_duration 500 -output sparse
expect_ok 2 simulate -network_type file -network_file sparse/network.h5 -simulate_duration 500 -output reloaded
h5diff -q sparse/activity.h5 reloaded/activity.h5 /report || fail "the reloaded network behaves differently"

# what an older run inferred does not stand beside a new activity
cp -r runs/lu2023_n10 replaced
expect_ok 1 simulate -simulate_duration 100 -output replaced -overwrite
[ ! -e replaced/causality.h5 ] || fail "scores of an older run are left"

# values of any kind survive used_parameters.yaml
expect_ok 1 simulate -simulate_duration 10 -output "it's \"odd\" #1"
expect_ok 1 simulate "it's \"odd\" #1/used_parameters.yaml" -overwrite

# a later value wins: command line over file
expect_ok 1 run "$CAUSEWAY_SOURCE/inputs/lu2023_n10.yaml" -granger_order 2 -output later
grep -q '^granger_order: 2 ' later/used_parameters.yaml || fail "the command line does not win"

# nested YAML is the same as flat
printf 'network:\n  excitatory: 4\n  inhibitory: 1\nsimulate:\n  duration: 600\n' >nested.yaml
expect_ok 1 run nested.yaml
grep -q '^network_excitatory: 4 ' runs/nested/used_parameters.yaml || fail "nested YAML"

# every published experiment is there, and the large one predicts what it needs, as does one beyond this machine
for n in 5 10 20 40; do
  expect_ok 1 run "$CAUSEWAY_SOURCE/inputs/lu2023_n$n.yaml" -dry_run -output dry
  says "$n neurons"
done
expect_ok 2 run "$CAUSEWAY_SOURCE/inputs/izhikevich_n1000.yaml" -dry_run -output dry
says "MB of memory per rank"
expect_ok 2 evaluate -scores inferred/causality.h5:/granger/gc -truth apart/network.h5 -dry_run
says "dry run    0.0 MB of memory"
[ ! -e dry ] || fail "a dry run writes"

expect_ok 1 info runs/lu2023_n10/causality.h5
says "/granger/f_statistic  float64 (10 x 10)"
says "condition_number"
says "program_revision"
expect_ok 1 --version
for library in "git revision" "Open MPI" PETSc ScaLAPACK HDF5 OpenBLAS GSL Random123 jansson; do
  says "$library"
done
expect_ok 2 run "$CAUSEWAY_SOURCE/inputs/lu2023_n5.yaml" -log_view -output logged
for event in SimAdvance SimExchange Record ActRead GrProducts GrFactor Evaluate; do
  says "$event"
done

# pairs by themselves: their significant ones are counted at the level, and evaluated alike from the file
expect_ok 2 run "$CAUSEWAY_SOURCE/inputs/lu2023_n10.yaml" -granger_statistics pairwise -granger_level 0.01 -output pairs
says "granger    pairwise: significant pairs "
says " (Benjamini-Hochberg at 0.01)"
expect_ok 2 evaluate -scores pairs -truth pairs/network.h5 -output of_pairs
python3 - <<'EOF' || fail "pairwise alone"
import json
runs = [json.load(open(name + "/summary.json")) for name in ("pairs", "of_pairs")]
granger = runs[0]["granger"]
assert granger["pairwise_significant_benjamini_hochberg"] > 0, granger
assert not any(key.startswith("significant") for key in granger), granger
scores = [[run["scores"][0][key] for key in ("precision", "recall", "auprc")] for run in runs]
assert scores[0] == scores[1] and 0 < scores[0][0] <= 1, scores
EOF

# what a run reads, it does not replace, whatever it is called; nor does an import
before=$(snapshot)
ln -s runs/lu2023_n10 linked
expect_refused() { # TEXT ARGUMENT...
  run_causeway 2 "${@:2}"
  [ "$run_status" -eq 2 ] || fail "causeway ${*:2}: status $run_status: $(cat "$run_stderr")"
  grep -qF -- "$1" "$run_stderr" || fail "causeway ${*:2}: $(cat "$run_stderr")"
}
expect_refused "would replace network.h5 there, which it reads (network_file)" simulate -network_type file \
  -network_file linked/network.h5 -simulate_duration 50 -output runs/lu2023_n10 -overwrite
expect_refused "would replace causality.h5 there, which it reads (truth)" run -activity apart/activity.h5 \
  -truth runs/lu2023_n10/causality.h5:/granger/significant_bonferroni -output runs/lu2023_n10 -overwrite
expect_refused "is the file to import" import runs/lu2023_n10/activity.h5 -output linked/activity.h5 -overwrite
rm linked
[ "$before" = "$(snapshot)" ] || fail "what is refused changes a run"
mkdir own
for name in log.txt used_parameters.yaml summary.json report.html stop checkpoint/table.txt; do
  mkdir -p "own/$(dirname "$name")"
  noise 300 3 5 >"own/$name"
  expect_refused "would replace $name there, which it reads (activity)" granger -activity "own/$name" -granger_order 2 \
    -output own -overwrite
  noise 300 3 5 | cmp - "own/$name" || fail "own/$name: is another one"
done
echo "commands work as documented"
