#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cortical microcircuit of inputs/microcircuit.yaml in NEST, for comparison of speed, memory and rates.

peer_microcircuit.py [--scale S] [--threads T]: needs the package nest-simulator. With a scale below 1 indegrees shrink
too, weights grow by 1 / sqrt(S) and a constant current keeps the mean input, and the input from outside is Poisson.
Times 1 s without recording, after 0.5 s; then records another second.
"""
import argparse
import time

import numpy as np
import nest

NAMES = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
PROBABILITIES = np.array([  # rows targets, columns sources
    [.1009, .1689, .0437, .0818, .0323, .0, .0076, .0], [.1346, .1371, .0316, .0515, .0755, .0, .0042, .0],
    [.0077, .0059, .0497, .135, .0067, .0003, .0453, .0], [.0691, .0029, .0794, .1597, .0033, .0, .1057, .0],
    [.1004, .0622, .0505, .0057, .0831, .3726, .0204, .0], [.0548, .0269, .0257, .0022, .06, .3158, .0086, .0],
    [.0156, .0066, .0211, .0166, .0572, .0197, .0396, .2252], [.0364, .001, .0034, .0005, .0277, .008, .0658, .1443]])
OUTSIDE = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100])
MEAN_V = [-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43]
SPREAD_V = [5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48]
RATES = np.array([.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829])
WEIGHT, TAU, H = 87.81, 0.5, 0.1


def memory(field):
    with open("/proc/self/status") as file:
        return [int(line.split()[1]) / 1024 for line in file if line.startswith(field)][0]


def build(scale):
    """Populations and the number of synapses."""
    weights = np.where(np.arange(8) % 2, -4 * WEIGHT, WEIGHT) * np.ones((8, 8))
    weights[0, 2] *= 2
    full = np.round(np.log1p(-PROBABILITIES) / np.log1p(-1 / np.outer(SIZES, SIZES)))
    lost = (1 - np.sqrt(scale)) * (full / SIZES[:, None] * weights) @ RATES * TAU * 1e-3
    constant = lost + (OUTSIDE * 8 * WEIGHT * TAU * 1e-3 if scale == 1 else 0)
    sizes, synapses = np.round(scale * SIZES).astype(int), 0
    populations = []
    for model in ("excitatory", "inhibitory"):  # NEST counts up to 2^27 synapses of a model and thread
        nest.CopyModel("static_synapse", model)
    for k in range(8):
        populations.append(nest.Create("iaf_psc_exp", int(sizes[k]), params={
            "C_m": 250., "tau_m": 10., "tau_syn_ex": TAU, "tau_syn_in": TAU, "t_ref": 2., "E_L": -65., "V_reset": -65.,
            "V_th": -50., "I_e": constant[k], "V_m": nest.random.normal(MEAN_V[k], SPREAD_V[k])}))
        if scale < 1:
            nest.Connect(nest.Create("poisson_generator", params={"rate": 8. * OUTSIDE[k]}), populations[k],
                         syn_spec={"weight": WEIGHT, "delay": H})
    for target in range(8):
        for source in range(8):
            n = int(round(full[target, source] * scale * sizes[target] / SIZES[target]))
            weight, delay = weights[target, source] / np.sqrt(scale), (1.5, 0.75)[source % 2]
            synapses += n
            if n:
                sign = {"min": 0., "max": 1e9} if weight > 0 else {"min": -1e9, "max": 0.}
                nest.Connect(populations[source], populations[target], {"rule": "fixed_total_number", "N": n}, {
                    "synapse_model": ("excitatory", "inhibitory")[source % 2],
                    "weight": nest.math.redraw(nest.random.normal(weight, abs(weight) * .1), **sign),
                    "delay": nest.math.redraw(nest.random.normal(delay, delay * .5), min=H - .5 * H, max=1e9)})
    return populations, synapses


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--scale", type=float, default=1.)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    nest.set_verbosity("M_ERROR")
    nest.set(resolution=H, local_num_threads=arguments.threads, rng_seed=1, print_time=False)
    before, start = memory("VmRSS"), time.time()
    populations, synapses = build(arguments.scale)
    nest.Prepare()
    print(f"build {time.time() - start:.1f} s, {synapses} synapses, {(memory('VmRSS') - before) * 2**20 / synapses:.1f} bytes each")
    nest.Run(500.)
    start = time.time()
    nest.Run(1000.)
    seconds = time.time() - start
    nest.Cleanup()
    recorders = [nest.Create("spike_recorder") for _ in populations]
    for population, recorder in zip(populations, recorders):
        nest.Connect(population, recorder)
    nest.Simulate(1000.)
    counts = np.array([recorder.n_events for recorder in recorders])
    print(f"real-time factor {seconds:.2f}, {counts.sum() * synapses / sum(map(len, populations)) / seconds:.3g} synaptic events/s, "
          f"at most {memory('VmHWM'):.0f} MB")
    for name, population, recorder in zip(NAMES, populations, recorders):
        events = recorder.events
        order = np.lexsort((events["times"], events["senders"]))
        same = np.diff(events["senders"][order]) == 0
        intervals = np.split(np.diff(events["times"][order])[same],
                             np.flatnonzero(np.diff(events["senders"][order][:-1][same])) + 1)
        cv = np.mean([i.std() / i.mean() for i in intervals if len(i) > 1])
        print(f"{name:5s} {recorder.n_events / len(population):7.3f} Hz, CV {cv:.2f}")


if __name__ == "__main__":
    main()
