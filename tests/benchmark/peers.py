#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of all pairs by causeway, by one reduced regression per source (numpy), and by statsmodels' VAR.test_causality.

peers.py CAUSEWAY: needs Debian's python3-h5py and python3-statsmodels; one core each. The F of all three must agree.
"""
import os
import subprocess
import sys
import tempfile
import time

os.environ["OPENBLAS_NUM_THREADS"] = "1"
import h5py  # noqa: E402
import numpy as np  # noqa: E402
from statsmodels.tsa.api import VAR  # noqa: E402

SAMPLES, ORDER, SAMPLED_PAIRS = 5000, 2, 20


def simulate(n, rng):
    """A stable VAR(1) of which one pair in five is coupled."""
    a = 0.3 * np.eye(n) + 0.1 * (rng.random((n, n)) < 0.2)
    a *= 0.8 / max(abs(np.linalg.eigvals(a)))
    x = np.zeros((SAMPLES, n))
    for t in range(1, SAMPLES):
        x[t] = a @ x[t - 1] + rng.standard_normal(n)
    return x


def run_causeway(program, x, folder):
    with h5py.File(folder + "/x.h5", "w") as file:
        file["x"] = x.T
    out = subprocess.run(
        [program, "granger", "-activity", folder + "/x.h5:/x", "-granger_order", str(ORDER), "-output",
         folder + "/out", "-overwrite"], check=True, capture_output=True, text=True).stdout
    seconds = float(out.split("regression ")[1].split(" s")[0])
    with h5py.File(folder + "/out/causality.h5") as file:
        return seconds, file["granger/f_statistic"][()]


def brute_force(x):
    n = x.shape[1]
    y = x[ORDER:]
    past = np.hstack([x[ORDER - k:-k] for k in range(1, ORDER + 1)] + [np.ones((len(y), 1))])
    source_of = np.append(np.tile(np.arange(n), ORDER), -1)

    def residual(columns):
        design = past[:, columns]
        return ((y - design @ np.linalg.lstsq(design, y, rcond=None)[0]) ** 2).sum(0)

    full, f = residual(source_of >= -1), np.zeros((n, n))
    for source in range(n):
        f[:, source] = (residual(source_of != source) - full) / full * (len(y) - n * ORDER - 1) / ORDER
    np.fill_diagonal(f, 0)
    return f


def run_statsmodels(x, rng, f):
    """All pairs, from the fit and a sample of the tests."""
    n = x.shape[1]
    start = time.perf_counter()
    fit = VAR(x).fit(ORDER)
    fitted = time.perf_counter() - start
    start = time.perf_counter()
    for _ in range(SAMPLED_PAIRS):
        target, source = rng.choice(n, 2, replace=False)
        value = fit.test_causality(int(target), int(source), kind="f").test_statistic
        assert abs(value - f[target, source]) < 1e-6 * max(1, value), (value, f[target, source])
    return fitted + (time.perf_counter() - start) / SAMPLED_PAIRS * n * (n - 1)


def main():
    rng = np.random.default_rng(1)
    print(f"All pairs, order {ORDER}, {SAMPLES} samples, one core [s]; statsmodels from {SAMPLED_PAIRS} pairs\n"
          "| N | causeway | one regression per source, numpy | statsmodels |\n|---|---|---|---|")
    for n in 20, 40:
        x = simulate(n, rng)
        with tempfile.TemporaryDirectory() as folder:
            ours, f = min((run_causeway(sys.argv[1], x, folder) for _ in range(3)), key=lambda r: r[0])
        start = time.perf_counter()
        reduced = brute_force(x)
        brute = time.perf_counter() - start
        assert np.allclose(f, reduced, rtol=1e-8, atol=1e-8)
        print(f"| {n} | {ours:.4f} | {brute:.2f} | {run_statsmodels(x, rng, f):.1f} |", flush=True)


main()
