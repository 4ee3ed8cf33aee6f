#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Izhikevich neurons of bench_simulate in Brian2's C++ standalone mode on one core: neuron-steps per second.

peer_izhikevich.py [N]: needs the package brian2 and a compiler. Unconnected neurons, the published scheme with a step of
1 ms, with white noise and without; the time is that of the compiled run.
"""
import sys

import brian2 as b

N = int(sys.argv[1]) if len(sys.argv) > 1 else 10000
STEPS = 20000000 // N
b.prefs.codegen.cpp.extra_compile_args_gcc = ["-w", "-O3", "-march=native", "-ffast-math"]
for noise in (True, False):
    b.device.reinit()
    b.device.activate()
    b.set_device("cpp_standalone", directory=None, build_on_run=False)
    b.defaultclock.dt = 1 * b.ms
    neurons = b.NeuronGroup(N, "v : 1\nu : 1\na : 1\nc : 1\nd : 1", threshold="v >= 30", reset="v = c; u += d")
    neurons.v, neurons.u = "-65 + 30 * rand()", 6.5
    neurons.a, neurons.c, neurons.d = 0.02, "-65 + 15 * rand()**2", "8 - 6 * rand()**2"
    current = "5 + 2.2360679775 * randn()" if noise else "5"
    neurons.run_regularly(f"i = {current}\nv += 0.5 * (0.04 * v**2 + 4.1 * v + 108 - u + i)\n"
                          "v += 0.5 * (0.04 * v**2 + 4.1 * v + 108 - u + i)\nu += a * (-0.1 * v - u)")
    b.run(STEPS * b.ms)
    b.device.build(run=True)
    print(f"{N} neurons, {'with' if noise else 'without'} noise: {N * STEPS / b.device._last_run_time:.3g} neuron-steps/s")
