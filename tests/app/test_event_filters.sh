#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Event regressions on filtered sources: the numbers of plain least squares in NumPy, with trials, gaps and rare events; the same on
# any number of ranks; a simulated network found with signs and latencies; none between independent neurons; mistakes give one line.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require h5dump
find_python h5py numpy || skip "no Python with h5py, numpy"
cd "$work"

# ---- data: kicks after some samples, a silent neuron (0), one with three events (1), one whose events all come one sample after
# some of neuron 2 (3), one with the events of neurons 3 and 8 (9); events in the gaps and at the borders of trials

cat >make.py <<'PYTHON'
import h5py, numpy as np
rng = np.random.default_rng(5)
N, T = 10, 9000
trials = np.array([[0, 4000], [4010, 4025], [4100, T]])
fires = np.zeros((N, T), bool)
v = np.zeros((N, T))
for t in range(1, T):
    v[:, t] = 0.8 * v[:, t - 1] + rng.standard_normal(N)
    for j in range(4, 9):
        v[4 + (j - 3) % 5, t] += (-0.8 if j == 5 else 0.8) * (fires[j, t - 3] + 0.5 * fires[j, t - 4] if t > 4 else 0.0)
    fires[2, t] = rng.random() < 0.005
    fires[3, t] = fires[2, t - 1] and rng.random() < 0.6
    fires[4:9, t] = v[4:9, t] >= 2.4
    v[fires[:, t], t] = -1.0
fires[1, [700, 2000, 6001]] = True
fires[4, [3999, 4009, 4010, 4012, 4050, 4100, T - 1]] = True
fires[9] = fires[8] | fires[3]
neuron, sample = np.nonzero(fires)
order = np.argsort(sample, kind="stable")
with h5py.File("kicks.h5", "w") as f:
    f["v"] = v
    f["trials"] = trials
    group = f.create_group("spikes/pop")
    group["timestamps"] = sample[order] - 0.3
    group["timestamps"].attrs["units"] = "ms"
    group["node_ids"] = neuron[order].astype("u8")
np.savez("kicks.npz", v=v, fires=fires, trials=trials)
PYTHON
"$python" make.py

# compare DIRECTORY cosine|box|event K MEMORY REFRACTORY
cat >compare.py <<'PYTHON'
import sys, h5py, numpy as np
directory, kind, K, reach, refractory = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:])
data = np.load("kicks.npz")
v, fires, trials = data["v"], data["fires"].copy(), data["trials"]
N, T = v.shape

def bank():
    lag = np.arange(1, reach + 1)
    warp = lambda x: np.log(np.asarray(x, float) + 1)
    if kind == "event":
        return np.ones((1, 1))
    if kind == "box":
        weights = np.zeros((K, reach))
        begin = 0
        for k in range(K):
            border = np.exp(warp(reach) * (k + 1) / K) - 1
            end = min(reach - (K - 1 - k), max(begin + 1, int(np.floor(border + 0.5))))
            weights[k, begin:end] = 1
            begin = end
    else:
        peaks = np.linspace(warp(max(1, 0.1 * reach)), warp(max(2, 0.5 * reach)), K)
        angle = (warp(lag) - peaks[:, None]) * np.pi / 2 / (peaks[1] - peaks[0])
        weights = 0.5 * (1 + np.cos(np.clip(angle, -np.pi, np.pi)))
    return weights / weights.sum(1, keepdims=True)

inside = np.zeros(T, bool)
for first, end in trials:
    inside[first:end] = True
fires[:, ~inside] = False
filters, margin = bank(), max(3, reach)
rows = [(first, t) for first, end in trials for t in range(first + margin, end)]
kept = [[(first, t) for first, t in rows if not fires[i, max(first, t - refractory):t + 1].any()] for i in range(N)]
used = np.zeros((N, T), bool)
for _, t in rows:
    used[:, t - reach:t] |= fires[:, t - reach:t]
events = used.sum(1)

def trace(i, first, t, tau):
    before = np.flatnonzero(fires[i, first:t]) + first
    return np.exp(-(t - 1 - before) / tau).sum()

def design(i, first, t):
    own = [1.0] + [v[i, t - l] ** p for l in (1, 2, 3) for p in (1, 2, 3)] + [fires[i, t - l] for l in (1, 2, 3)]
    for tau in (10, 50):
        z = trace(i, first, t, tau)
        own += [z, z * v[i, t - 1]]
    past = fires[:, t - reach:t][:, ::-1] * (events >= 2)[:, None]
    return np.concatenate([(past @ filters.T).ravel(), own])

def rss(r, columns):
    a, y = r[:, columns], r[:, -1]
    b = np.linalg.lstsq(a, y, rcond=1e-11)[0]
    return ((y - a @ b) ** 2).sum(), b, np.linalg.matrix_rank(a, tol=1e-8)

def tail(f, d1, d2):  # of F with an even number of degrees of freedom
    x, a, term, total = d2 / (d2 + d1 * f), d2 / 2, 1.0, 1.0
    for i in range(1, d1 // 2):
        term *= (a + i - 1) / i * (1 - x)
        total += term
    return np.exp(a * np.log(x)) * total

def peak(b):
    kernel = filters.T @ b * np.sign(b.sum())
    best = int(np.argmax(kernel))
    if best in (0, reach - 1):
        return best + 1
    low, top, high = kernel[best - 1:best + 2]
    return best + 1 + 0.5 * (low - high) / (low - 2 * top + high)

f = h5py.File(f"{directory}/causality.h5")["granger"]
found = {name: f[name][()] for name in f if name.startswith("event_")}
assert (kind == "event") == ("event_sign" not in found), list(found)
count = 0
for i in range(N):
    x = np.array([design(i, first, t) for first, t in kept[i]])
    size = np.sqrt((x ** 2).sum(0))
    y = np.array([v[i, t] for _, t in kept[i]])
    r = np.linalg.qr(np.column_stack([x / np.where(size > 0, size, 1), y]), mode="r")
    columns = np.arange(x.shape[1])
    full, b, rank = rss(r, columns)
    b = b / np.where(size > 0, size, 1)
    for j in range(N):
        k = slice(j * K, (j + 1) * K)
        reduced, _, rest = rss(r, np.delete(columns, np.arange(j * K, (j + 1) * K)))
        whole = rank - rest == K and i != j
        gc = np.log(reduced / full) if whole else 0.0
        assert abs(found["event_gc"][i, j] - gc) < 1e-8 * max(1e-3, gc), (i, j, found["event_gc"][i, j], gc)
        count += whole
        if i != j and events[j] < 5:
            assert np.isnan(found["event_p_value"][i, j]), (i, j)
        elif not whole:
            assert found["event_p_value"][i, j] == 1, (i, j)
        elif K % 2 == 0:
            p = tail((reduced / full - 1) * (len(y) - rank) / K, K, len(y) - rank)
            assert abs(found["event_p_value"][i, j] / p - 1) < 1e-6, (i, j, found["event_p_value"][i, j], p)
        if kind != "event":
            weight = b[k].sum() if whole else 0.0
            assert abs(found["event_weight"][i, j] - weight) < 1e-7 * max(1, abs(weight)), (i, j, weight)
            assert found["event_sign"][i, j] == np.sign(weight), (i, j)
            latency = peak(b[k]) if whole else 0.0
            assert abs(found["event_latency"][i, j] - latency) < 1e-5, (i, j, found["event_latency"][i, j], latency)
        if reach < 3 and refractory > 1 and i == 2 and j in (3, 8, 9):
            assert not whole, (i, j)
print(directory, "pairs with a statistic", count, "events", events)
assert count > N * (N - 1) / 2
PYTHON

kicks=(granger -activity kicks.h5:/v -activity_spikes kicks.h5:/spikes/pop -activity_interval 1 -activity_trials kicks.h5:/trials
  -granger_statistics event)
compare() { # DIRECTORY KIND K MEMORY REFRACTORY ARGUMENT...
  expect_ok 2 "${kicks[@]}" -output "$1" "${@:6}"
  "$python" compare.py "${@:1:5}" || fail "$1: plain least squares give other numbers"
}
compare cosines cosine 2 20 3 -granger_basis cosine:2 -granger_memory 20
compare boxes box 4 9 0 -granger_basis box:4 -granger_memory 9 -granger_event_refractory 0
compare wide box 2 20 0 -granger_basis box:2 -granger_memory 20 -granger_event_refractory 0
compare narrow box 2 2 5 -granger_basis box:2 -granger_memory 2 -granger_event_refractory 5
compare single event 1 1 2 -granger_event_refractory 2
compare lags event 1 1 0

# ---- a simulated network, on any number of ranks

expect_ok 2 simulate -simulate_neuron lif_exp -network_excitatory 16 -network_inhibitory 4 -network_probability 0.1 \
  -network_weight_excitatory 100 -network_weight_inhibitory -300 -network_delay_excitatory 3 -network_delay_inhibitory 3 \
  -network_delay_spread 0.4 -network_delay_minimum 1 -synapse_tau_excitatory 3 -synapse_tau_inhibitory 5 \
  -simulate_input_mean 235 -simulate_input_variance 750000 -simulate_duration 60000 -record_interval 1 -output network
filtered=(granger -activity network/activity.h5 -truth network/network.h5 -granger_statistics event -granger_basis cosine:3)
for ranks in 1 2 3 4; do
  expect_ok "$ranks" "${filtered[@]}" -output "found$ranks"
done
for dataset in gc p_value weight sign latency; do
  for ranks in 2 3 4; do
    h5_close found1/causality.h5 "found$ranks/causality.h5" "/granger/event_$dataset" 1e-8 || fail "$dataset on $ranks ranks"
  done
done
"$python" - <<'PYTHON' || fail "the network is not found"
import h5py, json, numpy as np
score = next(s for s in json.load(open("found1/summary.json"))["scores"] if s["reading"] == "event_gc")
print({key: score[key] for key in ("auroc_offdiagonal", "auprc", "precision", "sign_accuracy")})
assert score["auroc_offdiagonal"] > 0.99 and score["auprc"] > 0.97
assert score["precision"] > 0.85 and score["sign_accuracy"] > 0.97
edges = h5py.File("network/network.h5")["edges/synapses"]
target, source, delay = (edges[name][()] for name in ("target_node_id", "source_node_id", "0/delay"))
late = h5py.File("found1/causality.h5")["granger/event_latency"][()][target, source] - delay
print("latency less delay", np.median(late))
assert 0.5 < np.median(late) < 3 and np.mean(np.abs(late - np.median(late)) < 2) > 0.9
PYTHON

# ---- nothing between independent neurons

expect_ok 2 simulate -simulate_neuron lif_exp -network_excitatory 20 -network_inhibitory 0 -network_probability 0 \
  -simulate_input_mean 235 -simulate_input_variance 750000 -simulate_duration 60000 -record_interval 1 -output apart
expect_ok 2 granger -activity apart/activity.h5 -granger_statistics event -granger_basis cosine:3 -output none_found
"$python" - <<'PYTHON' || fail "independent neurons seem connected"
import h5py, numpy as np
p = h5py.File("none_found/causality.h5")["granger/event_p_value"][()]
p = np.sort(p[~np.eye(len(p), dtype=bool)])
share, found = np.mean(p < 0.05), np.sum(p <= 0.05 * np.arange(1, len(p) + 1) / len(p))
print("share of p < .05", share, "significant", found)
assert 0.02 < share < 0.085 and found <= 2
PYTHON

# ---- mistakes

expect_mistake 'granger_event_refractory: has no effect' 1 granger -activity network/activity.h5 -granger_event_refractory 3 -output none
"$python" -c 'import h5py, numpy; a = numpy.load("kicks.npz"); h5py.File("bare.h5", "w")["v"] = a["v"]
f = a["fires"]; f[5] = f[6]; neuron, sample = numpy.nonzero(f)
g = h5py.File("twins.h5", "w").create_group("spikes/pop"); g["timestamps"] = sample * 1.0; g["timestamps"].attrs["units"] = "ms"
g["node_ids"] = neuron.astype("u8")'
expect_mistake 'sampling interval is unknown' 1 granger -activity bare.h5:/v -granger_statistics event -activity_event_threshold 2 \
  -granger_event_refractory 3 -output none
expect_mistake 'linear combination of those of other filters or neurons' 1 granger -activity kicks.h5:/v -activity_interval 1 \
  -activity_spikes twins.h5:/spikes/pop -granger_statistics event -granger_basis cosine:2 -output none
expect_mistake 'needs more than 3 samples' 1 granger -activity kicks.h5:/v -activity_spikes kicks.h5:/spikes/pop -activity_interval 1 \
  -activity_trials 3 -granger_statistics event -granger_basis box:2 -granger_memory 2 -output none
