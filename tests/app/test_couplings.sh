#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Couplings of spike trains by -recipe spikes: the same on any number of ranks, found, with sign and latency; none under a common
# drive alone; what the user gives wins; mistakes give one line. Public sets, where they are, reach what the documentation says.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5dump
find_python h5py numpy || skip "no Python with h5py, numpy"
cd "$work"

# score DIRECTORY METHOD_READING KEY MINIMUM
score_at_least() {
  "$python" - "$@" <<'PYTHON' || fail "$1: $2 $3 is below $4"
import json, sys
directory, reading, key, least = sys.argv[1:]
scores = json.load(open(f"{directory}/summary.json"))["scores"]
value = next(s[key] for s in scores if s["reading"] == reading)
print(directory, reading, key, value)
sys.exit(value is None or value < float(least))
PYTHON
}

# ---- a simulated network

expect_ok 2 simulate -simulate_neuron lif_exp -network_excitatory 16 -network_inhibitory 4 -network_probability 0.1 \
  -network_weight_excitatory 150 -network_weight_inhibitory -450 -network_delay_excitatory 3 -network_delay_inhibitory 3 \
  -synapse_tau_excitatory 3 -synapse_tau_inhibitory 5 -simulate_input_mean 235 -simulate_input_variance 750000 \
  -simulate_duration 200000 -record_variables none -output network
spikes=network/activity.h5:/spikes/neurons
for ranks in 1 2 3 4; do
  expect_ok "$ranks" granger -recipe spikes -activity "$spikes" -truth network/network.h5 -output "couplings$ranks"
done
for dataset in f_statistic p_value weight sign latency z dale_z q_value; do
  for ranks in 2 3 4; do
    h5_close couplings1/causality.h5 "couplings$ranks/causality.h5" "/granger/$dataset" 1e-8 ||
      fail "$dataset on $ranks ranks"
  done
done
for setting in granger_basis granger_memory granger_test granger_null granger_highpass activity_bin; do
  grep -q "^recipe .*-$setting " couplings1/log.txt || fail "the log does not give $setting"
done
"$python" -c 'import json; assert {"granger_basis", "granger_highpass"} <= {c["key"] for c in json.load(open("couplings1/summary.json"))["recipe"]}' ||
  fail "summary.json does not give the recipe"
score_at_least couplings1 f_statistic auroc_offdiagonal 0.97
score_at_least couplings1 z sign_accuracy 0.95
"$python" - <<'PYTHON' || fail "the latencies are not those of the network"
import h5py, numpy as np
f = h5py.File("couplings1/causality.h5")
found = f["granger/significant_benjamini_hochberg"][()] > 0
latency = f["granger/latency"][()][found]
assert found.sum() > 10 and np.median(np.abs(latency - 4.5)) < 2.5, (found.sum(), np.median(latency))
q, p = f["granger/q_value"][()], f["granger/p_value"][()]
off = ~np.eye(len(q), dtype=bool)
assert ((q[off] <= 0.05) == found[off]).all()
PYTHON

# the latencies of significant connections beside the delays of the network, from edges and from a matrix beside the truth
"$python" - <<'PYTHON' || fail "the errors of the latencies are not those of the network"
import h5py, json, numpy as np
f, edges = h5py.File("couplings1/causality.h5")["granger"], h5py.File("network/network.h5")["edges"]
edges = edges[list(edges)[0]]
at = edges["target_node_id"][()], edges["source_node_id"][()]
weight, delay = np.zeros(f["z"].shape), np.zeros(f["z"].shape)
weight[at], delay[at] = edges["0/syn_weight"][()], edges["0/delay"][()]
compared = (weight != 0) & (f["significant_benjamini_hochberg"][()] > 0)
error = np.abs(f["latency"][()] - delay)[compared]
for ranks in range(1, 5):
    z = next(s for s in json.load(open(f"couplings{ranks}/summary.json"))["scores"] if s["reading"] == "z")
    assert z["latencies"] == len(error) > 10 and abs(z["latency_error_ms"] - np.median(error)) < 1e-5, z
    assert z["latency_within_2_ms"] == np.mean(error <= 2), z
with h5py.File("truth.h5", "w") as truth:
    truth["connectivity"], truth["latency"] = weight, delay
PYTHON
grep -q 'latency err ms within 2 ms$' couplings1/log.txt || fail "the table has no errors of latencies"
expect_ok 3 evaluate -scores couplings1 -truth truth.h5:/connectivity -output compared
for key in latency_error_ms latency_within_2_ms latencies; do
  diff <(grep "$key" couplings1/summary.json) <(grep "$key" compared/summary.json) || fail "$key from a matrix of latencies"
done

# ---- what the user gives wins

expect_ok 1 granger -recipe spikes -activity "$spikes" -granger_test f -granger_highpass 4 -granger_basis cosine:2 \
  -granger_memory 15 -highpass_width 50 -output own
grep -q '^warning: activity_steps: highpass looks ahead' own/log.txt || fail "nothing warns of the high-pass"
grep -q '^granger_test: f ' own/used_parameters.yaml || fail "the recipe overrules granger_test"
grep -q '^granger_basis: .*cosine:2' own/used_parameters.yaml || fail "the recipe overrules granger_basis"
! grep -q '^recipe .*-granger_test' own/log.txt || fail "the log gives a setting that the user has made"
expect_mistake 'give all three, or none' 1 granger -recipe spikes -activity "$spikes" -granger_highpass 4 -output none
expect_mistake 'expected lags, cosine:K or box:K' 1 granger -activity "$spikes" -activity_bin 1 -granger_basis cosine:0 -output none
expect_mistake 'too few for 6 filters' 1 granger -activity "$spikes" -activity_bin 5 -granger_basis box:6 -output none
expect_mistake 'needs conditional beside it' 1 granger -activity "$spikes" -activity_bin 1 -granger_statistics coupling -output none
expect_mistake 'reach back over at most 1000000' 1 granger -activity "$spikes" -activity_bin 1 -granger_basis cosine:2 -granger_memory 1e9 -output none
expect_mistake 'may cover at most 1000000' 1 granger -activity "$spikes" -activity_bin 1 -granger_basis cosine:2 -granger_highpass 1e9 -output none
expect_mistake '20 neurons x 2 filters = 40 unknowns' 1 granger -activity "$spikes" -activity_bin 5000 -granger_basis cosine:2 -granger_memory 10000 -output none
expect_mistake 'combinations of the others' 1 granger -activity "$spikes" -activity_bin 1 -granger_basis cosine:20 -granger_memory 20 -output none
expect_mistake 'goes from lag to lag' 1 granger -activity "$spikes" -activity_bin 1 -granger_basis cosine:2 -granger_estimator lwr \
  -output none
"$python" -c 'import numpy; numpy.save("noise.npy", numpy.random.default_rng(0).standard_normal((4, 3000)))'
expect_mistake 'takes spike counts, but sample' 1 granger -recipe spikes -activity noise.npy -activity_interval 1 -output none
expect_mistake 'needs the sampling interval' 1 granger -recipe spikes -activity noise.npy -output none
expect_mistake 'needs the coefficients of a regression' 1 granger -activity "$spikes" -activity_bin 1 -granger_test robust \
  -granger_estimator lwr -output none
expect_mistake 'granger_bandwidth = 5000: must be less than the 2' 1 granger -activity noise.npy -granger_order 2 -granger_test robust \
  -granger_bandwidth 5000 -output none
expect_mistake 'is shorter than a sample' 1 granger -activity "$spikes" -activity_bin 1 -highpass_width 0.1 -output none
expect_mistake 'is shorter than a sample' 1 granger -activity "$spikes" -activity_bin 1 -granger_basis cosine:2 -granger_highpass 0.1 -output none
expect_mistake 'which filters of this granger_memory and granger_highpass need' 1 granger -activity "$spikes" -activity_bin 1 \
  -activity_trials 30 -granger_basis cosine:2 -granger_highpass 5 -output none
expect_mistake 'only conditional and coupling take a high-pass of their own; take the step highpass, -highpass_width, for pairwise' 1 granger -activity "$spikes" -activity_bin 1 \
  -granger_basis cosine:2 -granger_highpass 5 -granger_statistics pairwise -output none
expect_mistake 'reads spike trains, not what a run simulates' 1 run -recipe spikes -output none
expect_mistake 'at least two neurons' 1 granger -recipe spikes -activity "$spikes" -activity_channels 3 -output none
[ ! -e none ] || fail "a refused command leaves a directory"

# ---- intervals allow for the margins of the high-pass; copies of a cell and two cells alone do not mislead the choice

expect_ok 1 granger -activity "$spikes" -activity_bin 1 -activity_samples 0:60000 -granger_basis cosine:2 -granger_highpass 10 \
  -granger_bootstrap 39 -output intervals
expect_mistake 'jitter moves spikes, but' 1 granger -activity noise.npy -activity_interval 1 -granger_order 2 -granger_surrogates 19 \
  -granger_surrogate_type spike_jitter -output none
"$python" - "$spikes" <<'PYTHON'
import h5py, numpy as np, sys
file, path = sys.argv[1].split(":")
g = h5py.File(file)[path]
times, ids = g["timestamps"][()], g["node_ids"][()].astype(int)
copied = np.concatenate([ids, np.full((ids == 1).sum(), 20)])
order = np.argsort(np.concatenate([times, times[ids == 1]]), kind="stable")
with h5py.File("copied.h5", "w") as f:
    group = f.create_group("spikes/pop")
    group["timestamps"] = np.concatenate([times, times[ids == 1]])[order]
    group["timestamps"].attrs["units"] = "ms"
    group["node_ids"] = copied[order].astype("u8")
PYTHON
run_causeway 1 granger -recipe spikes -activity copied.h5:/spikes/pop -output none
grep -q 'carry the same signal' "$run_stderr" || fail "a copied cell: $(cat "$run_stderr")"
grep -q 'best of .* of 20 neurons' "$run_stdout" || fail "a copied cell misleads the choice"
rm -rf none
expect_ok 1 granger -recipe spikes -activity "$spikes" -activity_channels 0,1 -output pair
grep -q 'of 2 neurons are not enough to choose' pair/log.txt || fail "two cells are no choice"

# ---- kernels

expect_ok 2 granger -activity "$spikes" -activity_bin 1 -granger_basis cosine:3 -granger_statistics conditional,coupling -granger_kernel true \
  -output kernels
"$python" - <<'PYTHON' || fail "the kernels are not those of the weights"
import h5py, numpy as np
g = h5py.File("kernels/causality.h5")["granger"]
off = ~np.eye(g["weight"].shape[0], dtype=bool)
assert np.allclose(sum(g[f"kernel_{k}"][()] for k in (1, 2, 3))[off], g["weight"][()][off], rtol=1e-12, atol=1e-15)
PYTHON
expect_mistake 'more than the 32 that are written' 1 granger -activity "$spikes" -activity_bin 0.5 -granger_basis cosine:40 \
  -granger_statistics conditional,coupling -granger_kernel true -output none

# ---- a few cells are too few for medians

expect_ok 1 granger -recipe spikes -activity "$spikes" -activity_channels 0-4 -output few
grep -q '^warning: fewer than 10 neurons are too few for the empirical null' few/log.txt || fail "nothing warns of few cells"

# ---- independent trains with a common rate that varies

"$python" - <<'PYTHON'
import h5py, numpy as np
rng = np.random.default_rng(3)
n, samples = 30, 200000
drive = np.convolve(rng.standard_normal(samples), np.exp(-np.arange(2000) / 400.0))[:samples]
rate = 5e-3 * np.exp(0.5 * drive / drive.std() - 0.125)
neuron, sample = np.nonzero(rng.random((n, samples)) < rate)
order = np.argsort(sample, kind="stable")
with h5py.File("drive.h5", "w") as f:
    group = f.create_group("spikes/pop")
    group["timestamps"] = sample[order] + 0.5
    group["timestamps"].attrs["units"] = "ms"
    group["node_ids"] = neuron[order].astype("u8")
PYTHON
expect_ok 2 granger -recipe spikes -activity drive.h5:/spikes/pop -output drive
expect_ok 2 granger -activity drive.h5:/spikes/pop -activity_bin 1 -granger_basis cosine:2 -output naive
"$python" - <<'PYTHON' || fail "a common drive makes pairs significant"
import h5py
count = lambda name: int(h5py.File(f"{name}/causality.h5")["granger/significant_benjamini_hochberg"][()].sum())
print("significant pairs", count("drive"), "without the recipe", count("naive"))
assert count("drive") <= 3 < count("naive")
PYTHON

grep -q '^warning: the statistics of all pairs .*; try -granger_highpass .*, -granger_test robust, -granger_null empirical, or -recipe spikes$' naive/log.txt ||
  fail "the warning does not say what helps: $(grep '^warning' naive/log.txt)"
expect_ok 2 granger -activity drive.h5:/spikes/pop -activity_bin 1 -granger_basis cosine:2 -granger_null empirical -output divided
grep -q '^warning: the statistics of all pairs .*; try -granger_highpass .* influences, -granger_test robust, or -recipe spikes$' divided/log.txt || fail "a warning recommends what is taken already"

# ---- strong couplings under a common drive leave no image in the opposite direction

"$python" - <<'PYTHON'
import h5py, numpy as np
rng = np.random.default_rng(5)
n, samples, delay = 16, 400000, 3
drive = np.convolve(rng.standard_normal(samples), np.exp(-np.arange(500) / 100.0))[:samples]
rate = 5e-3 * np.exp(0.6 * drive / drive.std() - 0.18)
weight = np.zeros((n, n))
for source in range(0, n, 2):
    weight[(source + 1) % n, source] = weight[(source + 5) % n, source] = 0.06
spikes = rng.random((samples, n)) < rate[:, None]
for t in range(delay, samples):
    if spikes[t - delay].any():
        spikes[t] |= rng.random(n) < weight @ spikes[t - delay]
sample, neuron = np.nonzero(spikes)
with h5py.File("driven.h5", "w") as f:
    group = f.create_group("spikes/pop")
    group["timestamps"] = sample + 0.5
    group["timestamps"].attrs["units"] = "ms"
    group["node_ids"] = neuron.astype("u8")
    f["connectivity"] = weight
PYTHON
expect_ok 2 granger -recipe spikes -activity driven.h5:/spikes/pop -truth driven.h5:/connectivity -output driven
score_at_least driven f_statistic precision 0.85
score_at_least driven f_statistic recall 0.99

# ---- public sets

sets=$(dirname "$CAUSEWAY_DATA")/spikes
if [ -e "$sets/ren20_spikes.h5" ]; then
  for name in ren20 spycon20; do
    expect_ok 2 granger -recipe spikes -activity "$sets/${name}_spikes.h5:/spikes/pop" -truth "$sets/${name}_truth.h5:/connectivity" \
      -output "$name"
  done
  score_at_least ren20 f_statistic auroc_offdiagonal 0.955
  score_at_least ren20 f_statistic auprc 0.85
  score_at_least ren20 f_statistic precision 0.85
  score_at_least ren20 f_statistic recall 0.7
  score_at_least spycon20 f_statistic auroc_offdiagonal 0.998
  score_at_least spycon20 f_statistic auprc 0.98
  score_at_least spycon20 f_statistic precision 0.8
  score_at_least spycon20 f_statistic recall 0.85
fi
