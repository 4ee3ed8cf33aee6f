#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Izhikevich neurons of bench_simulate in Brian2's C++ standalone mode on one core: neuron-steps per second.

peer_izhikevich.py [N] [--synapses K]: needs the package brian2 (2.5 with numpy 1, or newer) and g++. Unconnected
neurons, four in five excitatory, the published scheme with a step of 1 ms, with white noise and with a constant input;
with --synapses also neurons with noise and K random synapses each, of weight 1 or -5. The time is that of the compiled
program for --steps steps after --warmup, the least of three runs.
"""
import argparse
import tempfile

import numpy as np
import brian2 as b

REPEATS = 3
# not i, which is the index of a neuron in Brian2, an integer
SCHEME = """current = 5 + {noise} + arrived
v += 0.5 * (0.04 * v**2 + 4.1 * v + 108 - u + current)
v += 0.5 * (0.04 * v**2 + 4.1 * v + 108 - u + current)
u += a * (-0.1 * v - u)
"""


def connect(neurons, n, each, rng):
    """Each neuron with the same number of targets, drawn with replacement; what arrives counts in the next step."""
    synapses = b.Synapses(neurons, neurons, "w : 1", on_pre="arrived_post += w")
    sources = np.repeat(np.arange(n), each)
    synapses.connect(i=sources, j=rng.integers(0, n, n * each))
    synapses.w = np.where(sources < n * 4 // 5, 1., -5.)
    return synapses


def bench(n, noise, synapses, arguments):
    b.device.reinit()
    b.device.activate()
    b.set_device("cpp_standalone", build_on_run=False)
    b.defaultclock.dt = 1 * b.ms
    b.seed(arguments.seed)
    rng = np.random.default_rng(arguments.seed)
    neurons = b.NeuronGroup(n, "v : 1\nu : 1\na : 1\nc : 1\nd : 1\narrived : 1\nfired : integer",
                            threshold="v >= 30", reset="v = c; u += d; fired += 1")
    excitatory, r = np.arange(n) < n * 4 // 5, rng.random(n)
    neurons.v = rng.uniform(-65, -35, n)
    neurons.u = "-0.1 * v"
    neurons.a = np.where(excitatory, 0.02, 0.02 + 0.08 * r)
    neurons.c = np.where(excitatory, -65 + 15 * r**2, -65)
    neurons.d = np.where(excitatory, 8 - 6 * r**2, 2)
    code = SCHEME.format(noise="2.23606797749979 * randn()" if noise else "0")
    neurons.run_regularly(code + "arrived = 0" if synapses else code.replace(" + arrived", ""))
    objects = [neurons] + ([connect(neurons, n, synapses, rng)] if synapses else [])
    network = b.Network(objects)
    network.run(arguments.warmup * b.ms)
    neurons.fired = 0
    network.run(arguments.steps * b.ms)
    with tempfile.TemporaryDirectory() as folder:
        b.device.build(directory=folder, with_output=False)
        seconds = [b.device._last_run_time]
        while len(seconds) < REPEATS:
            b.device.run(folder, with_output=False, run_args=[])
            seconds.append(b.device._last_run_time)
        spikes, best = int(np.sum(neurons.fired[:])), min(seconds)
    print(f"{n} neurons, {'white noise' if noise else 'constant input'}, {synapses} synapses each: "
          f"{n * arguments.steps / best:.3g} neuron-steps/s, "
          + (f"{spikes * synapses / best:.3g} synaptic events/s, " if synapses else "")
          + f"{spikes / n / arguments.steps * 1e3:.1f} Hz", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("neurons", type=int, nargs="?", default=10000)
    parser.add_argument("--synapses", type=int, default=0, help="of each neuron, in a third run")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--warmup", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fast-math", action="store_true", help="-ffast-math too, as Brian2 by default")
    arguments = parser.parse_args()
    flags = ["-w", "-std=c++11", "-O3", "-march=native"]
    if arguments.fast_math:
        flags += ["-ffast-math", "-fno-finite-math-only"]
    b.prefs.codegen.cpp.extra_compile_args_gcc = flags
    b.prefs.devices.cpp_standalone.openmp_threads = 0
    print(f"Brian2 {b.__version__}, {' '.join(flags[2:])}")
    for noise in (True, False):
        bench(arguments.neurons, noise, 0, arguments)
    if arguments.synapses:
        bench(arguments.neurons, True, arguments.synapses, arguments)


if __name__ == "__main__":
    main()
