#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Inputs that an inference is easily wrong about: what has no solution, no test or no score is said, and not computed.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
find_python h5py numpy || skip "no Python with h5py, numpy"
cd "$work"

"$python" - <<'PYTHON'
import h5py
import numpy as np

rng = np.random.default_rng(5)
white = rng.standard_normal((6, 700))
np.save("white.npy", white)
np.save("near.npy", np.vstack([white[:3], white[:1] + 3e-7 * rng.standard_normal((1, 700))]))
np.save("copy.npy", np.vstack([white[:3], 2 * white[:1] + 1]))
np.save("delayed.npy", np.vstack([white[0, 1:], white[0, :-1], white[1, 1:]]))
smooth = np.zeros((3, 700))
for t in range(2, 700):
    smooth[:, t] = 1.6 * smooth[:, t - 1] - .8 * smooth[:, t - 2] + white[:3, t]
np.save("smooth.npy", smooth)
np.save("minus.npy", np.vstack([smooth, 5 - 2 * smooth[1:2]]))
np.save("sum.npy", np.vstack([smooth, smooth[:1] + smooth[1:2]]))
np.save("late.npy", np.vstack([smooth[:, 3:], 5 - 2 * smooth[1:2, :-3]]))
np.save("late_sum.npy", np.vstack([smooth[:, 3:], smooth[1:2, 1:-2] + smooth[2:3, :-3]]))
np.save("wide.npy", rng.standard_normal((40, 61)))
np.save("walk.npy", np.vstack([white[:4], np.cumsum(white[4:], axis=1)]))
state = np.zeros((2, 2500))
for t in range(1, 2500):
    state[:, t] = [[.9, 0], [.4, .8]] @ state[:, t - 1] + rng.standard_normal(2)
np.save("noisy.npy", state + rng.standard_normal(state.shape))
quiet = white[:4].copy()
quiet[3] = rng.random(700) < .05
quiet[3, 480:] = 0
np.save("quiet.npy", quiet)
counts = rng.poisson(.05, (8, 8000)).astype("u1")
counts[:2] = 0
for unit in range(2):
    counts[unit, rng.choice(8000, 60, replace=False)] = 1
np.save("counts.npy", counts)
np.save("ramp.npy", np.vstack([np.arange(8000)[None], counts]))
for name, delay in ("named", 3), ("ids", 0):
    with h5py.File(name + ".h5", "w") as file:
        copy = np.roll(5 - 2 * smooth[1:2], delay, axis=1)
        file["report/neurons/data"] = np.vstack([0 * white[:1], smooth, copy, white[3:4] < -1]).T[3:]
        file["report/neurons/mapping/node_ids"] = [2, 3, 5, 8, 13, 21]
        file["report/neurons/mapping/time"] = [0.0, 697, 1.0]
        if delay:
            file["labels"] = [f"E{k}" for k in range(6)]
with open("hole.csv", "w") as file:
    file.write("channel_0,channel_1,channel_2\n1,2,nan\n" + "".join(f"{a},{b},{c}\n" for a, b, c in white[:3].T))
with open("spikes.csv", "w") as file:
    file.write("a,b,c\n")
    for row in rng.poisson(.1, (3, 900)).T:
        file.write(",".join(map(str, row)) + "\n")
PYTHON

infer() { # ARGUMENT...
  rm -rf out
  run_status=0
  timeout -k 5 "$run_limit" "$CAUSEWAY" "$@" -output out </dev/null >"$run_stdout" 2>"$run_stderr" || run_status=$?
}

says() { # STATUS PATTERN ARGUMENT...
  local status=$1 pattern=$2
  shift 2
  infer "$@"
  [ "$run_status" -eq "$status" ] || fail "causeway $*: status $run_status: $(cat "$run_stderr")"
  cat "$run_stdout" "$run_stderr" >said
  grep -qE -- "$pattern" said || fail "causeway $*: does not say '$pattern': $(cat said)"
  [ "$status" -eq 0 ] || [ "$(wc -l <"$run_stderr")" -eq 1 ] || fail "causeway $*: more than a line"
}

silent() { # PATTERN: not in the last output
  ! grep -qE -- "$1" said || fail "says '$1': $(cat said)"
}

# singular by a rule: exact combinations are refused, by every estimator, and what is nearly one goes to QR
says 0 'qr, order 3' granger -activity near.npy -granger_order 3
says 2 'granger_estimator qr' granger -activity near.npy -granger_order 3 -granger_estimator gram
says 2 'same signal' granger -activity copy.npy -granger_order 3
says 2 'same signal' granger -activity copy.npy -granger_order 3 -granger_estimator gram
says 2 'combination' granger -activity copy.npy -granger_order 3 -granger_estimator qr
for normalize in zscore none; do
  says 2 'combination' granger -activity delayed.npy -granger_order 4 -activity_normalize $normalize
  says 2 'combination' granger -activity delayed.npy -granger_order 4 -granger_estimator gram
  says 2 'exactly' granger -activity delayed.npy -granger_order 1 -activity_normalize $normalize
done

for estimator in qr lwr; do
  for data in copy minus sum late late_sum; do
    says 2 'neuron [0-3] \(counted from 0\).* combination' granger -activity $data.npy -granger_order 4 \
      -granger_estimator $estimator
  done
done
says 2 'combination' granger -activity late.npy -granger_order 4 -granger_estimator lwr -granger_statistics state_space
says 2 'exactly' granger -activity delayed.npy -granger_order 1 -granger_estimator lwr
says 0 'lwr, order 4' granger -activity smooth.npy -granger_order 4 -granger_estimator lwr

# a neuron is called what the file calls it, also behind one that is left out
says 2 'neuron of id 5 and neuron of id 13 carry the same signal' granger -activity ids.h5 -granger_order 2
for estimator in qr lwr; do
  says 2 '(E2 \(id 5\)|E4 \(id 13\)).* combination' granger -activity named.h5 -granger_order 4 -granger_estimator $estimator
done
says 2 'past of E[24] \(id (5|13)\) and that of E[24] \(id (5|13)\) are' granger -activity named.h5 -granger_order 4 \
  -granger_statistics pairwise
says 2 'first: E5 \(id 21\)\) are spike trains' granger -activity named.h5 -activity_normalize none \
  -activity_event_threshold 1 -granger_statistics event
says 2 'loss = poisson: E1 \(id 3\), sample [0-9]+ \(counted from 0\) is -' train -activity named.h5 -activity_normalize none \
  -train_loss poisson
says 2 'hole.csv: channel_2 \(neuron 2, counted from 0\), sample 0 \(counted from 0\) is not finite' granger -activity hole.csv
says 0 '\(first: neuron 4 \(counted from 0\)\)' granger -activity walk.npy -granger_order 1

says 0 'numbers of neurons, .* upper bounds: neurons that do not vary' granger -activity named.h5 -granger_order 2 -dry_run
says 0 'nothing written' granger -activity white.npy -granger_order 2 -activity_constant refuse -dry_run
silent 'upper bounds'

# groups are of numbers that a neuron which is left out would shift
says 2 'granger_groups = 0-1,2-4: numbers all neurons, but 1 constant neurons are left out' granger -activity named.h5 -granger_order 1 \
  -granger_statistics group -granger_groups 0-1,2-4

# pairs of which one has no regression do not take the other statistics with them
says 2 'linearly dependent.*; leave one out' granger -activity late.npy -granger_order 4 -granger_statistics pairwise
[ ! -e out/causality.h5 ] || fail "pairs without a solution were written"
says 2 'linearly dependent.*the other statistics are in' granger -activity near.npy -granger_order 3 \
  -granger_statistics conditional,pairwise
"$python" - <<'PYTHON' || fail "what is left beside pairs without a solution"
import h5py

with h5py.File("out/causality.h5") as file:
    assert "p_value" in file["granger"] and not [name for name in file["granger"] if name.startswith("pairwise")]
PYTHON

# ridge regression that spends all rows has no variance to test with
says 2 'larger -granger_lambda' granger -activity wide.npy -granger_order 2 \
  -granger_estimator ridge -granger_lambda 1e-6
says 0 'ridge' granger -activity wide.npy -granger_order 2 \
  -granger_estimator ridge -granger_lambda 10

# a step that takes a rank away names itself
says 2 'common_average makes the neurons linearly' granger -activity white.npy -activity_steps common_average,detrend
says 2 'common_average makes the neurons linearly' granger -activity white.npy -activity_steps common_average -dry_run
says 0 'common_average reduces the rank by one' granger -activity white.npy -activity_steps common_average \
  -granger_statistics pairwise
says 0 'qr|gram' granger -activity white.npy -activity_steps common_average,clip -activity_clip 1
silent 'reduces the rank'

# warnings, and none where all is well
says 0 'gram' granger -activity white.npy
silent 'warning'
says 0 'warning: [12] of 6 series do not look stationary' granger -activity walk.npy
says 0 'warning: bic chooses order 2, the highest' granger -activity noisy.npy \
  -granger_order bic -granger_order_max 2
says 0 'bic' granger -activity white.npy -granger_order bic -granger_order_max 4
silent 'highest'

# trains of spikes have no event regression: nothing is computed before that is said
says 2 'conditional or pairwise' granger -activity spikes.csv -activity_event_threshold 1 -granger_statistics conditional,event
[ ! -e out/causality.h5 ] || fail "something was written"

# rare events have no p-value, never count and are never significant
says 0 '2 pairs have no p-value' granger -activity counts.npy -granger_order 2
"$python" - <<'PYTHON' || fail "p-values of rare events"
import json
import h5py
import numpy as np

with h5py.File("out/causality.h5") as file:
    p, f = file["granger/p_value"][()], file["granger/f_statistic"][()]
    masks = [file["granger/significant_" + name][()] for name in
             ("benjamini_hochberg", "benjamini_yekutieli", "bonferroni")]
assert np.isnan(p[0, 1]) and np.isnan(p[1, 0]) and np.isnan(p).sum() == 2 and np.isfinite(f).all()
assert all(mask[np.isnan(p)].sum() == 0 for mask in masks)
assert json.load(open("out/summary.json"))["granger"]["pairs_without_p_value"] == 2
PYTHON
says 0 '2 pairs have no p-value' granger -activity counts.npy -granger_order 2 -granger_select top:3
"$CAUSEWAY" export out:/granger/sparse -output kept.csv >/dev/null || fail "export of kept pairs"
says 0 '2 pairs have no p-value' granger -activity ramp.npy -granger_order 2 -activity_detrend linear
says 0 '2 pairs have no p-value' granger -activity counts.npy -granger_order 2 -activity_difference 1
says 0 'gram' granger -activity smooth.npy -granger_order 2 -activity_detrend linear
silent 'no p-value'

# a neuron that does not vary where it is forecast has no R2
says 0 '1 of 4 neurons do not vary in the test part' train -activity quiet.npy -train_epochs 1
"$python" - <<'PYTHON' || fail "R2 of a silent neuron"
import json

text = open("out/summary.json").read()
assert '"neurons_without_r2": 1' in text and "e+" not in text.split('"r2"')[1][:30]
json.loads(text)
PYTHON
cp out/model.h5 .
says 0 '1 of 4 neurons do not vary' forecast -model model.h5 -activity quiet.npy
