#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Neurons that do not vary are left out of every method, all at once: the numbers are those of the recording without
# them, and every output has the right names.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
find_python h5py numpy || skip "no Python with h5py, numpy"
cd "$work"

"$python" - <<'END' || fail "cannot write the recordings"
import h5py
import numpy as np

random = np.random.default_rng(3)
N, T = 12, 400
x = random.standard_normal((T, N))
for t in range(1, T):
    x[t, 1:] += 0.5 * x[t - 1, :-1]
x[:, [0, 5]] = [3.7, -1e5]
x[:, 11] = np.nan


def write(name, values, nodes):
    with h5py.File(name, "w") as h5:
        h5["report/neurons/data"] = values[:, nodes]
        h5["report/neurons/mapping/node_ids"] = np.asarray(nodes, dtype="u8")
        h5["report/neurons/mapping/time"] = [0.0, T, 1.0]
        h5["labels"] = [f"n{k}" for k in nodes]


living = [k for k in range(N) if k not in (0, 5, 11)]
write("full.h5", x, range(N))
write("living.h5", x, living)
revived = x.copy()
revived[:, [0, 5, 11]] = random.standard_normal((T, 3))
write("revived.h5", revived, range(N))
ends = revived.copy()
ends[:, [0, 5, 11]] = 0
ends[0, 0] = ends[-1, 5] = ends[0, 11] = ends[-1, 11] = 1  # what lags 1 and 2 see of them does not vary
write("ends.h5", ends, range(N))
write("fewer.h5", x, [k for k in living if k != 3])
write("one.h5", x, [0, 2, 5])
dead = x.copy()
dead[:, 4] = 0
write("dead.h5", dead, range(N))
# one in the samples that are chosen, one after its line is subtracted, one where another has values, one that varies in
# a single sample
late = x.copy()
late[100:200, 2] = 1
late[:, 4] = np.where(np.arange(T) == 170, 1e38, 0.1)
late[100:150, 6], late[150:200, 7] = np.nan, 2
write("late.h5", late, range(N))
write("late_living.h5", late, [k for k in living if k not in (2, 7)])
late[:, 3] = 0.1 * np.arange(T)
write("ramp_living.h5", late, [1, 2, 4, 8, 9, 10])
write("ramp.h5", late, [1, 2, 3, 4, 8, 9, 10])
twice = x.copy()
twice[:, 9] = twice[:, 2]
write("twice.h5", twice, living)
write("pair.h5", twice, [2, 9])
with h5py.File("truth.h5", "w") as h5:
    h5["w"] = np.eye(N, k=-1)
with h5py.File("many.h5", "w") as h5:
    h5["v"] = np.vstack([np.ones((47, T)), random.standard_normal((3, T))])
for name, factor in [("huge", 1e162), ("tiny", 1e-168), ("scaled", 1e120)]:
    scaled = x.copy()
    scaled[:, living[1]] *= factor
    write(f"{name}.h5", scaled, living)
with h5py.File("units.h5", "w") as h5:
    spikes = np.sort(random.random((3, 300)) * 4, axis=1)
    h5["units/spike_times"] = spikes.ravel()
    h5["units/spike_times_index"] = [0, 300, 600, 600, 900]
    h5["units/id"] = [10, 11, 12, 13, 14]
END

succeed() { # RANKS ARGUMENT...
  run_causeway "$@"
  [ "$run_status" -eq 0 ] || fail "$* exits with $run_status: $(cat "$run_stderr")"
}

refused() { # REGEX ARGUMENT...
  local regex=$1
  shift
  run_causeway 2 "$@"
  [ "$run_status" -eq 2 ] || fail "$*: exit status $run_status: $(cat "$run_stderr")"
  [ "$(grep -c '^causeway: error:' "$run_stderr")" = 1 ] || fail "$*: $(cat "$run_stderr")"
  grep -q -E -e "$regex" "$run_stderr" || fail "$*: no /$regex/ in $(cat "$run_stderr")"
}

says() { # TEXT
  grep -q -F -e "$1" "$run_stdout" || fail "the log lacks '$1': $(cat "$run_stdout")"
}

same() { # FILE FILE DATASET...
  local one=$1 other=$2 path
  shift 2
  for path; do
    cmp -s <(h5dump -A 0 -m %.17g -d "$path" "$one" | tail -n +2) \
      <(h5dump -A 0 -m %.17g -d "$path" "$other" | tail -n +2) || fail "$path of $one is not that of $other"
  done
}

train=(-train_epochs 2 -train_width 8 -train_heads 2 -train_head_width 4 -train_hidden 16 -train_members 1)
for ranks in 1 3; do
  for data in full living; do
    succeed "$ranks" run -activity "$data.h5" -truth truth.h5:/w -methods granger,signed -granger_order 2 \
      "${train[@]}" -output "$data.$ranks"
    [ "$data" = living ] ||
      says 'activity   3 of 12 neurons left out: 2 constant (n0, n5), 1 without any value (n11)'
  done
  same "full.$ranks/causality.h5" "living.$ranks/causality.h5" \
    /granger/f_statistic /granger/p_value /signed/attention /labels /observed_neurons
  same "full.$ranks/model.h5" "living.$ranks/model.h5" /labels /observed_neurons
  [ "$(grep -c auroc "full.$ranks/summary.json")" -gt 1 ] || fail "full.$ranks is not evaluated"
  diff <(grep auroc "full.$ranks/summary.json") <(grep auroc "living.$ranks/summary.json") ||
    fail "full.$ranks: other AUROC than without the dead"
done

# what comes of the file of scores
"$CAUSEWAY" export full.1/causality.h5:/granger/f_statistic -output edges.csv >/dev/null || fail "export"
tail -n +2 edges.csv | cut -d, -f3,4 | tr , '\n' | sort -u | tr '\n' ' ' | grep -q '^n1 n10 n2 n3 n4 n6 n7 n8 n9 $' || fail "names: $(cat edges.csv)"
"$CAUSEWAY" report full.1 >/dev/null || fail "report"
grep -rqw n1 full.1/report.html || fail "the report lacks the names"
succeed 2 evaluate -scores full.1/causality.h5:/granger/f_statistic -truth truth.h5:/w -output scored
diff <(grep -m1 '"auroc"' scored/summary.json) <(grep -m1 '"auroc"' full.1/summary.json) ||
  fail "evaluation of the file alone: other AUROC"
"$python" -c "import h5py; h5py.File('large.h5', 'w')['w'] = [[0.0] * 13] * 13; h5py.File('large.h5', 'a')['w'][2, 1] = 1"
refused 'scores of 9 of 12 neurons, but the truth large.h5:/w has 13 neurons' \
  evaluate -scores full.1/causality.h5:/granger/f_statistic -truth large.h5:/w

# a model takes its neurons, wherever they are
for data in living full revived; do
  succeed 2 forecast -activity "$data.h5" -model full.1/model.h5 -output "forecast.$data"
  same "forecast.$data/forecast.h5" forecast.living/forecast.h5 /forecast/prediction /labels
done
refused 'lacks 1 of the 9 neurons of the model full.1/model.h5.*: n3$' forecast -activity fewer.h5 -model full.1/model.h5
refused '1 of 9 neurons do not vary: 1 constant \(n4\); the model needs all' \
  forecast -activity dead.h5 -model full.1/model.h5

# constant in the chosen samples, after the steps, where no value is missing; a single large value is no constant
for data in late late_living; do
  succeed 3 granger -activity "$data.h5" -activity_samples 100:100 -activity_missing drop -granger_order 1 -output "$data"
  [ "$data" = late ] || continue
  says 'activity   4 of 12 neurons left out: 3 constant (n0, n2, n5), 1 without any value (n11)'
  says 'activity   1 of 8 neurons left out: 1 constant (n7)'
done
same late/causality.h5 late_living/causality.h5 /granger/f_statistic /labels
for data in ramp ramp_living; do
  succeed 3 import "$data.h5" -activity_constant drop -activity_detrend linear -activity_event_threshold 1 -output "$data.out.h5"
  [ "$data" = ramp_living ] || says 'activity   1 of 7 neurons left out after the steps of preprocessing: 1 constant (n3)'
done
same ramp.out.h5 ramp_living.out.h5 /report/neurons/data /spikes/neurons/timestamps /spikes/neurons/node_ids /labels

# but for the ends of the recording, of which a regression sees too little; a forecaster takes them
for ranks in 1 3; do
  succeed "$ranks" granger -activity ends.h5 -granger_order 2 -output "ends$ranks"
  says 'activity   3 of 12 neurons left out: 3 constant except for the first or last samples (n0, n5, n11)'
done
succeed 1 granger -activity living.h5 -granger_order 2 -output ends_living
same ends1/causality.h5 ends_living/causality.h5 /granger/f_statistic /labels
same ends3/causality.h5 ends_living/causality.h5 /labels

# the same series twice: what fails is named with its reason, alone or with the others; nothing is written where nothing is left
for data in twice pair; do
  event='event: the events of .* are a linear combination of those of other neurons'
  refused "^causeway: error: pairwise: .*n2.* and .*n9.* carry the same signal.*; $event" \
    granger -activity "$data.h5" -activity_event_threshold 1 -granger_order 1 -granger_statistics pairwise,event -output none
  [ ! -e none/causality.h5 ] || fail "$data: scores without a statistic"
done

# beyond what double precision can square is not constant
for data in huge tiny; do
  refused "$data.h5: neurons vary by more than 1e.140 or by less than 1e-140.*: 1 out of range .n2.;.*another unit" \
    granger -activity "$data.h5" -granger_order 1 -output new
done
succeed 2 granger -activity scaled.h5 -granger_order 1 -output scaled
succeed 2 granger -activity living.h5 -granger_order 1 -output normal
h5_close scaled/causality.h5 normal/causality.h5 /granger/f_statistic 1e-6 || fail "another F in another unit"

# all names at once, up to a bound; silent units; a population of one; what is simulated
refused 'many.h5:/v: 47 of 50 neurons do not vary: 47 constant \(numbers 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 37 more\); .*drop' \
  granger -activity many.h5:/v -granger_order 1 -activity_constant refuse -output new
succeed 2 granger -activity units.h5 -activity_bin 10 -granger_order 1 -output spikes
says '2 of 5 neurons left out: 2 silent (10, 13)'
refused 'one.h5: only 1 of 3 neurons varies' granger -activity one.h5 -granger_order 1 -output new
refused '10 of 10 neurons do not vary after the steps .*-activity_constant drop' \
  run "$CAUSEWAY_SOURCE/inputs/lu2023_n10.yaml" -methods granger -simulate_duration 200 -activity_clip -1000 -output clipped
succeed 1 import full.h5 -output full.copy.h5
h5ls -r full.copy.h5 | grep -q 'neurons/data .*, 12}' || fail "an import leaves neurons out"
