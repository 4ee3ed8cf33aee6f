#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cortical microcircuit of inputs/microcircuit.yaml in NEST, for comparison of speed, memory and rates.

peer_microcircuit.py [--scale S] [--threads T] ...: needs the package nest-simulator; 15 GB at full scale. Below scale 1
there are S times the neurons with S times the synapses each, weights are divided by sqrt(S), and a constant current
keeps the mean input, from the published rates (van Albada, Helias & Diesmann 2015, PLoS Comput. Biol. 11:e1004490).
Small networks without noise fall silent all the same: take --drive poisson for them. Times --time ms after --presim ms
without recording, then records as long again for rates and CVs of intervals; with --record the timed part is the
recorded one. Building ends when NEST's tables of connections are ready for the first step. Threads wait for each other
in every step by spinning: times need as many idle cores.
"""
import argparse
import os
import time

import numpy as np

os.environ["PYNEST_QUIET"] = "1"
import nest  # noqa: E402

NAMES = ["L23E", "L23I", "L4E", "L4I", "L5E", "L5I", "L6E", "L6I"]
SIZES = np.array([20683, 5834, 21915, 5479, 4850, 1065, 14395, 2948])
PROBABILITIES = np.array([  # rows targets, columns sources
    [.1009, .1689, .0437, .0818, .0323, .0, .0076, .0], [.1346, .1371, .0316, .0515, .0755, .0, .0042, .0],
    [.0077, .0059, .0497, .135, .0067, .0003, .0453, .0], [.0691, .0029, .0794, .1597, .0033, .0, .1057, .0],
    [.1004, .0622, .0505, .0057, .0831, .3726, .0204, .0], [.0548, .0269, .0257, .0022, .06, .3158, .0086, .0],
    [.0156, .0066, .0211, .0166, .0572, .0197, .0396, .2252], [.0364, .001, .0034, .0005, .0277, .008, .0658, .1443]])
OUTSIDE, OUTSIDE_RATE = np.array([1600, 1500, 2100, 1900, 2000, 1900, 2900, 2100]), 8.
MEAN_V = [-68.28, -63.16, -63.33, -63.45, -63.11, -61.66, -66.72, -61.43]
SPREAD_V = [5.36, 4.57, 4.74, 4.94, 4.94, 4.55, 5.46, 4.48]
RATES = np.array([.903, 2.965, 4.414, 5.876, 7.569, 8.633, 1.105, 7.829])  # published, Hz
WEIGHT, TAU, STEP = 87.81, 0.5, 0.1  # pA, ms, ms
DELAYS = [1.5, 0.75] * 4  # ms, by source


def memory(field):
    """Bytes of VmRSS or VmHWM."""
    with open("/proc/self/status") as file:
        return [int(line.split()[1]) * 1024 for line in file if line.startswith(field)][0]


def create(scale, drive, full, weights):
    """Populations with their input from outside and the current for what a smaller network lacks."""
    outside = OUTSIDE * OUTSIDE_RATE * WEIGHT * TAU * 1e-3  # mean current, pA
    lost = (1 - np.sqrt(scale)) * ((full / SIZES[:, None] * weights) @ RATES * TAU * 1e-3)
    constant = lost + (outside if drive == "current" else (1 - np.sqrt(scale)) * outside)
    populations = [nest.Create("iaf_psc_exp", max(1, round(scale * SIZES[k])), params={
        "C_m": 250., "tau_m": 10., "tau_syn_ex": TAU, "tau_syn_in": TAU, "t_ref": 2., "E_L": -65., "V_reset": -65.,
        "V_th": -50., "I_e": constant[k], "V_m": nest.random.normal(MEAN_V[k], SPREAD_V[k])}) for k in range(8)]
    if drive == "poisson":
        for k in range(8):
            generator = nest.Create("poisson_generator", params={"rate": OUTSIDE_RATE * OUTSIDE[k] * scale})
            nest.Connect(generator, populations[k], syn_spec={"weight": WEIGHT / np.sqrt(scale), "delay": DELAYS[0]})
    return populations


def build(scale, drive):
    """The network: populations and the number of synapses (targets, sources)."""
    weights = np.tile([WEIGHT, -4 * WEIGHT], (8, 4))
    weights[0, 2] *= 2
    full = np.round(np.log1p(-PROBABILITIES) / np.log1p(-1 / np.outer(SIZES, SIZES)))
    populations = create(scale, drive, full, weights)
    sizes = np.array([len(population) for population in populations])
    synapses = np.round(full / SIZES[:, None] * scale * sizes[:, None]).astype(int)
    for source in range(8):
        model = "from_" + NAMES[source]  # NEST counts up to 2^27 synapses of a model on a thread
        nest.CopyModel("static_synapse", model)
        for target in np.flatnonzero(synapses[:, source]):
            weight, delay = weights[target, source] / np.sqrt(scale), DELAYS[source]
            sign = {"min": 0.} if weight > 0 else {"max": 0.}
            nest.Connect(populations[source], populations[target],
                         {"rule": "fixed_total_number", "N": int(synapses[target, source]), "allow_autapses": True,
                          "allow_multapses": True},
                         {"synapse_model": model,
                          "weight": nest.math.redraw(nest.random.normal(weight, 0.1 * abs(weight)),
                                                     **{"min": -np.inf, "max": np.inf, **sign}),
                          "delay": nest.math.redraw(nest.random.normal(delay, 0.5 * delay),
                                                    min=0.5 * STEP, max=np.inf)})  # rounds to a step or more
    return populations, synapses


def record(populations):
    recorders = [nest.Create("spike_recorder") for _ in populations]
    for population, recorder in zip(populations, recorders):
        nest.Connect(population, recorder)
    return recorders


def mean_cv(events):
    """Mean over neurons with three spikes or more of the coefficient of variation of their intervals."""
    order = np.lexsort((events["times"], events["senders"]))
    times, starts = events["times"][order], np.flatnonzero(np.diff(events["senders"][order])) + 1
    intervals = [np.diff(train) for train in np.split(times, starts) if len(train) > 2]
    return np.mean([i.std() / i.mean() for i in intervals]) if intervals else np.nan


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scale", type=float, default=1.)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--presim", type=float, default=500., help="ms")
    parser.add_argument("--time", type=float, default=1000., help="ms")
    parser.add_argument("--drive", choices=["current", "poisson"], default="current")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", action="store_true", help="spikes of the timed part")
    arguments = parser.parse_args()
    nest.verbosity = nest.VerbosityLevel.ERROR
    nest.set(resolution=STEP, local_num_threads=arguments.threads, rng_seed=arguments.seed, print_time=False)
    before, start = memory("VmRSS"), time.perf_counter()
    populations, synapses = build(arguments.scale, arguments.drive)
    sizes, total = np.array([len(population) for population in populations]), synapses.sum()
    nest.Prepare()
    seconds, grown = time.perf_counter() - start, memory("VmRSS") - before
    print(f"build {seconds:.1f} s\n{total} synapses, {grown / total:.1f} bytes each", flush=True)
    nest.Run(arguments.presim)
    if arguments.record:
        nest.Cleanup()
        recorders = record(populations)
        nest.Prepare()
    start = time.perf_counter()
    nest.Run(arguments.time)
    seconds, spikes, peak = time.perf_counter() - start, nest.local_spike_counter, memory("VmHWM")
    nest.Cleanup()
    if not arguments.record:
        recorders = record(populations)
        nest.Simulate(arguments.time)
    counts = np.array([recorder.n_events for recorder in recorders])
    out_degree = (counts * synapses.sum(0) / sizes).sum() / max(1, counts.sum())  # mean over the recorded spikes
    print(f"NEST {nest.__version__}, {arguments.threads} threads, memory {peak / 1e6:.0f} MB at most\n"
          f"simulation {seconds:.2f} s, real-time factor {seconds / arguments.time * 1e3:.2f}, "
          f"{'with' if arguments.record else 'without'} recording\n"
          f"{spikes * out_degree / seconds:.3g} synaptic events/s\n"
          f"rates and CVs of {'the timed part' if arguments.record else 'a part recorded after the timed one'}:")
    for k, recorder in enumerate(recorders):
        print(f"{NAMES[k]:5s} {counts[k] / sizes[k] / arguments.time * 1e3:7.3f} Hz (published {RATES[k]:.3f}), "
              f"CV {mean_cv(recorder.events):.2f}")


if __name__ == "__main__":
    main()
