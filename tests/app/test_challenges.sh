#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Less than a full, clean recording: a part of the neurons gives what a file of these neurons gives, on any number of
# ranks; a network that switches is found before and after; what cannot be is refused in one line.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5diff python3
cd "$work"

auroc() { # DIRECTORY: of the first score
  python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["scores"][0]["auroc_offdiagonal"])' "$1/summary.json"
}

# ---- a network that switches

network=(-network_excitatory 16 -network_inhibitory 4 -network_probability 0.4 -simulate_duration 5000)
expect_ok 1 simulate "${network[@]}" -connectivity_switch 2500:0.5 -output switching
expect_ok 3 simulate "${network[@]}" -connectivity_switch 2500:0.5 -output three
h5diff -q switching/activity.h5 three/activity.h5 /report || fail "3 ranks simulate another switch"
expect_ok 1 simulate "${network[@]}" -output steady
if h5diff -q steady/activity.h5 switching/activity.h5 /report; then
  fail "the switch changes nothing"
fi
granger=(run -methods granger -activity_clip 30 -activity_spikes none -granger_statistics event)
for part in 0:2500/network 0:2500/network_switched 2500:2500/network 2500:2500/network_switched; do
  expect_ok 1 "${granger[@]}" -activity switching/activity.h5 -activity_samples "${part%/*}" \
    -truth "switching/${part#*/}.h5" -output part -overwrite
  case $part in
    0:2500/network | 2500:2500/network_switched) test="> 0.99" ;;
    *) test="< 0.8" ;;
  esac
  python3 -c "import sys; sys.exit(not $(auroc part) $test)" || fail "$part: AUROC $(auroc part)"
done

# a run cuts the time by itself, each window as if it were alone
expect_ok 2 run "${network[@]}" -connectivity_switch 2500:0.5 -causality_windows 2 -methods granger,signed \
  -activity_clip 30 -granger_statistics event -signed_epochs 2 -signed_readings intervention -output windows
python3 - <<'EOF' || fail "windows: summary.json"
import json
scores = json.load(open("windows/summary.json"))["scores"]
assert [(x["window"], x["method"]) for x in scores if "member" not in x["reading"]] == [
    (0, "granger"), (0, "signed"), (1, "granger"), (1, "signed")], scores
assert all(x["auroc_offdiagonal"] > 0.99 for x in scores if x["method"] == "granger")
EOF
for window in 0 1; do
  expect_ok 2 train -activity switching/activity.h5 -activity_clip 30 -train_epochs 2 -train_readings intervention \
    -activity_samples "$((2500 * window)):2500" -output alone -overwrite
  h5diff -q "windows/causality_window_$window.h5" alone/causality.h5 /signed || fail "window $window differs alone"
  [ -s "windows/model_window_$window.h5" ] || fail "window $window has no model"
done
expect_ok 1 granger -activity steady/activity.h5 -activity_clip 30 -causality_windows 5 -output five
[ -s five/causality_window_4.h5 ] || fail "five windows"
expect_ok 1 granger -activity steady/activity.h5 -activity_clip 30 -output five -overwrite
[ -z "$(find five -name '*_window_*')" ] || fail "windows of an older run are left"

# ---- half of the neurons, every second sample

seen=(-observe_fraction 0.5 -activity_downsample 2)
for ranks in 1 3; do
  expect_ok "$ranks" "${granger[@]}" -activity steady/activity.h5 -truth steady/network.h5 "${seen[@]}" \
    -output "seen$ranks"
done
grep -q '^activity   10 of 20 neurons are observed$' "$run_stdout" || fail "how many are seen: $(cat "$run_stdout")"
expect_ok 2 "${granger[@]}" -activity steady/activity.h5 -truth steady/network.h5 -observe_fraction 0.01 -output two_seen
grep -q '^activity   2 of 20 neurons are observed, more than observe_fraction' "$run_stdout" ||
  fail "two are seen where less are asked for: $(cat "$run_stdout")"
h5_close seen1/causality.h5 seen3/causality.h5 /granger/event_gc 1e-10 || fail "3 ranks see others"
if find_python h5py numpy; then
  "$python" - <<'EOF' || fail "the neurons that are seen"
import h5py
import numpy

index = h5py.File("seen1/causality.h5")["observed_neurons"][()]
assert len(index) == 10 and (numpy.diff(index) > 0).all()
report = h5py.File("steady/activity.h5")["report"]
edges = h5py.File("steady/network.h5")["edges/synapses"]
truth = numpy.zeros((20, 20))
truth[edges["target_node_id"][()], edges["source_node_id"][()]] = 1
with h5py.File("part.h5", "w") as file:
    file["v"] = report[list(report)[0]]["data"][()].T[index, ::2]
    file["truth"] = truth[numpy.ix_(index, index)]
EOF
  expect_ok 2 "${granger[@]}" -activity part.h5:/v -truth part.h5:/truth -output of_file
  h5_close seen1/causality.h5 of_file/causality.h5 /granger/event_gc 1e-10 || fail "a file of these neurons differs"
  [ "$(auroc seen1)" = "$(auroc of_file)" ] || fail "the truth of the neurons that are seen"
fi
expect_ok 2 "${granger[@]}" "${network[@]}" "${seen[@]}" -output whole
[ "$(auroc whole)" = "$(auroc seen1)" ] || fail "a run sees others than its file"
expect_ok 2 "${granger[@]}" -activity steady/activity.h5 -truth steady/network.h5 -activity_noise 20 \
  -activity_event_threshold 0 -output noisy
python3 -c "import sys; sys.exit(not 0.5 < $(auroc noisy) < 0.999)" || fail "noise: $(auroc noisy)"

# ---- spike times as events

expect_ok 1 "${granger[@]}" -activity steady/activity.h5 -truth steady/network.h5 -activity_samples 1000:3000 -output clip
expect_ok 3 run -methods granger -granger_statistics event "${network[@]}" -activity_clip 30 -activity_spikes own \
  -activity_samples 1000:3000 -output spikes
h5_close clip/causality.h5 spikes/causality.h5 /granger/event_gc 1e-10 || fail "spikes are not the events of the clip"
# a spike between two samples that are kept is an event of the second
granger=(run -methods granger -granger_statistics event -activity steady/activity.h5 -truth steady/network.h5
         -activity_clip 30)
expect_ok 2 "${granger[@]}" -activity_spikes own -activity_downsample 2 -observe_fraction 0.9 -output spikes2
expect_ok 1 "${granger[@]}" -activity_spikes steady/activity.h5:/spikes/neurons -activity_downsample 2 -output spikes1
python3 -c "import sys; sys.exit(not $(auroc spikes1) > 0.9)" || fail "spikes: $(auroc spikes1)"
if find_python h5py numpy; then
  "$python" - <<'EOF'
import h5py
import numpy

source = h5py.File("steady/activity.h5")
index = h5py.File("spikes2/causality.h5")["observed_neurons"][()]
place = {n: k for k, n in enumerate(index)}
times, nodes = (source["spikes/neurons"][name][()] for name in ("timestamps", "node_ids"))
seen = [k for k in range(len(nodes)) if nodes[k] in place]
numpy.random.default_rng(1).shuffle(seen)
with h5py.File("few.h5", "w") as file:
    file["v"] = source["report"][list(source["report"])[0]]["data"][()].T[index, ::2]
    file["spikes/a/timestamps"] = times[seen]
    file["spikes/a/node_ids"] = numpy.array([place[nodes[k]] for k in seen], dtype="uint64")
    file["spikes/foreign/timestamps"] = [1.0]
    file["spikes/foreign/node_ids"] = [18]
    file["spikes/short/timestamps"] = [1.0, 2.0]
    file["spikes/short/node_ids"] = [1]
EOF
  few=(granger -granger_statistics event -activity few.h5:/v -activity_clip 30)
  expect_ok 3 "${few[@]}" -activity_spikes few.h5:/spikes/a -activity_interval 2 -output few
  h5_close few/causality.h5 spikes2/causality.h5 /granger/event_gc 1e-10 || fail "a file of these spikes differs"
  while read -r message option; do
    read -ra words <<<"$option"
    run_causeway 3 "${few[@]}" "${words[@]}" -output refused
    [ "$run_status" -eq 2 ] || fail "$option: status $run_status"
    [ "$(grep -c '^causeway: ' "$run_stderr")" -eq 1 ] || fail "$option: $(cat "$run_stderr")"
    grep -q "$message" "$run_stderr" || fail "$option: $(cat "$run_stderr")"
  done <<'EOF'
activity_interval -activity_spikes few.h5:/spikes/a
node.18 -activity_spikes few.h5:/spikes/foreign -activity_interval 2
node_ids -activity_spikes few.h5:/spikes/short -activity_interval 2
/spikes -activity_spikes few.h5 -activity_interval 2
/spikes -activity_spikes part.h5 -activity_interval 2
no_file.h5 -activity_spikes no_file.h5 -activity_interval 2
nowhere -activity_spikes few.h5:/spikes/nowhere -activity_interval 2
EOF
fi

# ---- what cannot be

while read -r message option; do
  read -ra words <<<"$option"
  run_causeway 2 run "${network[@]}" "${words[@]}" -output refused
  [ "$run_status" -eq 2 ] || fail "$option: status $run_status"
  [ "$(grep -c '^causeway: ' "$run_stderr")" -eq 1 ] || fail "$option: $(cat "$run_stderr")"
  grep -q "$message" "$run_stderr" || fail "$option: $(cat "$run_stderr")"
  [ ! -e refused ] || fail "$option: leaves files"
done <<'EOF'
observe_fraction -observe_fraction 0
observe_fraction -observe_fraction 1.5
activity_downsample -activity_downsample 0
activity_noise -activity_noise -1
TIME:FRACTION -connectivity_switch 2500
TIME:FRACTION -connectivity_switch 6000:0.5
TIME:FRACTION -connectivity_switch 100:2
causality_windows -connectivity_switch 2500:0.5
causality_windows -causality_windows 6000
methods -methods granger,signed -train_forecaster causalformer
EOF
echo "what is hidden, noisy or changing is handled as documented"
