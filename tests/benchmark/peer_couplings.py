#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Accuracy and time of established methods for couplings between spike trains, beside causeway granger -recipe spikes.

peer_couplings.py SPIKES.h5:/spikes/POP TRUTH.h5:/connectivity [--methods NAME ...]: needs h5py and scipy; transfer
entropy needs the package pyinform too. The truth has a row for each target and a column for each source; what is not 0
is a connection. causeway is started from $CAUSEWAY or PATH, without the truth. One evaluation serves all methods:
off-diagonal AUROC and average precision of the statistic, precision and recall of the pairs that are significant at a
false-discovery rate of 5 % (Benjamini & Hochberg). Times are processor seconds on one core.

ccg5, ccg20  cross-correlogram in bins of 1 ms, against its convolution with a hollow Gaussian of a standard deviation
             of 5 or 20 ms (Stark & Abeles 2009, J. Neurosci. Methods 179:90)
glm          Bernoulli GLM with raised-cosine filters over 20 ms for all sources and the target's own history (Pillow et
             al. 2008, Nature 454:995), Wald test per source
glm_slow     the same, with the rate of each neuron in a Gaussian window of 20 ms around the bin, for common drive
te           transfer entropy at delays of 1 to 6 ms, the largest (Ito et al. 2011, PLoS ONE 6:e27431), by pyinform
causeway     causeway granger -recipe spikes, without report
"""
import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[threads] = "1"
import h5py  # noqa: E402
import numpy as np  # noqa: E402
from scipy import sparse, stats  # noqa: E402
from scipy.ndimage import gaussian_filter1d  # noqa: E402
from scipy.special import expit  # noqa: E402

LEVEL = .05
CCG_LAGS, HOLLOW = 10, .6
MEMORY, FILTERS, SLOW = 20, 3, 20
ITERATIONS, TOLERANCE, LARGEST_STEP = 60, .01, 1.5  # in deviance, in the log odds
PRIOR = 1e-3  # precision of coefficients, which hinders those of pairs without coincidences from growing for ever
CHUNK, THINNED = 1 << 12, 8  # rows; the first fit takes one row in THINNED
TE_DELAYS = 6


class Skip(Exception):
    """The reason why a method cannot run here."""


def read_counts(name, n):
    """Spike counts in bins of 1 ms, (bins, n), sparse."""
    path, group = name.split(":")
    with h5py.File(path) as file:
        times, ids = file[group]["timestamps"][()], file[group]["node_ids"][()].astype(np.int64)
    bins = (times - times.min()).astype(np.int64)
    counts = sparse.coo_array((np.ones(len(bins), np.int32), (bins, ids)), shape=(bins.max() + 1, n)).tocsr()
    counts.sum_duplicates()
    return counts


def significant(p, pairs):
    """Benjamini & Hochberg over the pairs; one without a p-value counts as 1."""
    values = np.where(np.isnan(p[pairs]), 1, p[pairs])
    ordered = np.sort(values)
    below = np.flatnonzero(ordered <= LEVEL * np.arange(1, len(ordered) + 1) / len(ordered))
    return values <= ordered[below[-1]] if len(below) else np.zeros(len(values), bool)


def rank_accuracy(scores, edges):
    """AUROC and average precision, pairs of equal scores taken together."""
    positive, negative = edges.sum(), (~edges).sum()
    auroc = (stats.rankdata(scores)[edges].sum() - positive * (positive + 1) / 2) / (positive * negative)
    order = np.argsort(-scores)
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    hits = np.cumsum(edges[order])[last]
    return auroc, np.sum(np.diff(hits, prepend=0) / positive * hits / (last + 1))


def correlogram(counts, width):
    """Largest excess in standard deviations of the baseline, and the smallest p-value times lags and signs."""
    half, n = 3 * width, counts.shape[1]
    kernel = np.exp(-.5 * (np.arange(-half, half + 1) / width) ** 2)
    kernel[half] *= 1 - HOLLOW
    kernel /= kernel.sum()
    ccg = np.zeros((2 * (CCG_LAGS + half) + 1, n, n))  # lags, target after source
    middle = CCG_LAGS + half
    for lag in range(middle + 1):
        ccg[middle + lag] = (counts[lag:].T @ counts[:counts.shape[0] - lag]).toarray()
        ccg[middle - lag] = ccg[middle + lag].T
    statistic, p = np.zeros((n, n)), np.ones((n, n))
    for lag in range(1, CCG_LAGS + 1):
        observed = ccg[middle + lag]
        baseline = np.tensordot(kernel, ccg[lag + middle - half:lag + middle + half + 1], 1)
        excess = (observed - baseline) / np.sqrt(np.maximum(baseline, 1e-9))
        statistic = np.maximum(statistic, abs(excess))
        half_mass = stats.poisson.pmf(observed, baseline) / 2  # correction of Stark & Abeles for discrete counts
        above, below = stats.poisson.sf(observed, baseline), stats.poisson.cdf(observed - 1, baseline)
        p = np.minimum(p, np.minimum(above, below) + half_mass)
    return statistic, np.minimum(1, 2 * CCG_LAGS * p)


def raised_cosines():
    """(lags, filters): peaks from a tenth to a half of the memory, equally spaced in the logarithm of the lag."""
    lags = np.log(np.arange(1, MEMORY + 1))
    peaks = np.linspace(np.log(MEMORY / 10), np.log(MEMORY / 2), FILTERS)
    phase = (lags[:, None] - peaks) * np.pi / 2 / (peaks[1] - peaks[0])
    filters = (np.cos(np.clip(phase, -np.pi, np.pi)) + 1) / 2
    return (filters / filters.sum(0)).astype(np.float32)


def slow_rate(spikes):
    """log(1 + rate / mean rate), the rate from all bins but the one itself with Gaussian weights."""
    train = spikes.astype(np.float32)
    weight = 1 / (SLOW * np.sqrt(2 * np.pi))
    rate = np.maximum(gaussian_filter1d(train, SLOW, mode="nearest", truncate=3) - weight * train, 0)
    return np.log1p(rate / max(rate.mean(), 1e-9))


def design_matrix(spikes, slow):
    """(bins, head + n filters): a constant, with slow also the rate of each neuron, then its filtered past."""
    bins, n = spikes.shape
    head = 1 + n if slow else 1
    filters, x = raised_cosines(), np.zeros((bins, head + n * FILTERS), np.float32)
    x[:, 0] = 1
    for neuron in range(head - 1):
        x[:, 1 + neuron] = slow_rate(spikes[:, [neuron]].toarray()[:, 0])
    rows, columns = spikes.nonzero()
    for lag in range(1, MEMORY + 1):
        inside = rows < bins - lag
        for k in range(FILTERS):
            x[rows[inside] + lag, head + columns[inside] * FILTERS + k] += filters[lag - 1, k]
    return x, head


def likelihood_terms(x, y, b):
    """Hessian, gradient and deviance of the logistic regression, with a weak prior, summed in double precision."""
    hessian, gradient, deviance = PRIOR * np.eye(len(b)), -PRIOR * b, PRIOR * b @ b
    for start in range(0, len(x), CHUNK):
        block, spike = x[start:start + CHUNK], y[start:start + CHUNK]
        eta = block @ b.astype(np.float32)
        mean = expit(eta)
        weighted = block * np.sqrt(mean * (1 - mean))[:, None]
        hessian += weighted.T @ weighted
        gradient += block.T @ (spike - mean)
        deviance += 2 * np.sum(np.logaddexp(0, eta) - spike * eta, dtype=np.float64)
    return hessian, gradient, deviance


def bounded(step, head):
    """The step with every kernel changed by LARGEST_STEP at most, as Newton's overshoots far for rare spikes."""
    kernels = step[head:].reshape(-1, FILTERS) @ raised_cosines().T
    scale = np.minimum(1, LARGEST_STEP / np.maximum(abs(kernels).max(1), 1e-9))
    return np.append(np.clip(step[:head], -LARGEST_STEP, LARGEST_STEP), step[head:] * np.repeat(scale, FILTERS))


def logistic(x, y, b, head):
    """Coefficients and their covariance by iteratively reweighted least squares from b; a step too long is halved."""
    least, step = np.inf, np.zeros(len(b))
    for _ in range(ITERATIONS):
        hessian, gradient, deviance = likelihood_terms(x, y, b + step)
        if deviance > least + TOLERANCE:
            step /= 2
            continue
        b, converged, least = b + step, least - deviance < TOLERANCE, min(least, deviance)
        if converged:
            return b, np.linalg.inv(hessian)
        step = bounded(np.linalg.solve(hessian, gradient), head)
    raise Skip(f"no convergence in {ITERATIONS} iterations, deviance {least:.6g}")


def glm(counts, slow):
    spikes, n = counts > 0, counts.shape[1]
    x, head = design_matrix(spikes, slow)
    wald, p = np.zeros((n, n)), np.ones((n, n))
    for target in range(n):
        y = spikes[:, [target]].toarray()[:, 0].astype(np.float32)
        if not y.any():
            continue
        start = np.zeros(x.shape[1])
        start[0] = np.log(y.mean() / (1 - y.mean()))
        start, _ = logistic(x[::THINNED], y[::THINNED], start, head)
        b, covariance = logistic(x, y, start, head)
        for source in range(n):
            k = slice(head + source * FILTERS, head + (source + 1) * FILTERS)
            wald[target, source] = b[k] @ np.linalg.solve(covariance[k, k], b[k])
    return wald, stats.chi2.sf(wald, FILTERS)


def transfer_entropy(counts):
    """Largest over the delays; p-value of 2 N TE [nats] by chi-square with 2 degrees of freedom, times the delays."""
    try:
        import pyinform
    except ImportError as error:
        raise Skip("the package pyinform is missing: pip install pyinform") from error
    trains = np.ascontiguousarray((counts > 0).toarray().T, np.int32)
    bins, n = trains.shape[1], len(trains)
    te = np.zeros((n, n))
    for target in range(n):
        for source in range(n):
            if source != target:
                te[target, source] = max(
                    pyinform.transfer_entropy(trains[source, :bins - delay + 1], trains[target, delay - 1:], k=1)
                    for delay in range(1, TE_DELAYS + 1))
    p = stats.chi2.sf(2 * bins * np.log(2) * te, 2)
    return te, np.minimum(1, TE_DELAYS * p)


def run_causeway(spikes):
    program = os.environ.get("CAUSEWAY") or shutil.which("causeway")
    if not program:
        raise Skip("no program: set CAUSEWAY, or put causeway on the PATH")
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run([program, "granger", "-recipe", "spikes", "-activity", spikes, "-report", "false",
                               "-output", folder + "/out"], capture_output=True, text=True)
        if done.returncode:
            raise Skip(done.stderr.strip() or done.stdout.strip())
        with h5py.File(folder + "/out/causality.h5") as file:
            return file["granger/f_statistic"][()], file["granger/p_value"][()]


METHODS = {
    "ccg5": ("cross-correlogram, 5 ms", lambda name, counts: correlogram(counts, 5)),
    "ccg20": ("cross-correlogram, 20 ms", lambda name, counts: correlogram(counts, 20)),
    "te": ("transfer entropy, pyinform", lambda name, counts: transfer_entropy(counts)),
    "glm": ("Bernoulli GLM", lambda name, counts: glm(counts, False)),
    "glm_slow": ("Bernoulli GLM with slow rates", lambda name, counts: glm(counts, True)),
    "causeway": ("causeway -recipe spikes", lambda name, counts: run_causeway(name)),
}


def processor_seconds():
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("spikes", help="SPIKES.h5:/spikes/POPULATION, SONATA, times in ms")
    parser.add_argument("truth", help="TRUTH.h5:/DATASET, rows are targets")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=list(METHODS), metavar="NAME",
                        help=", ".join(METHODS) + " (default: all)")
    arguments = parser.parse_args()
    path, dataset = arguments.truth.split(":")
    with h5py.File(path) as file:
        truth = file[dataset][()]
    pairs = ~np.eye(len(truth), dtype=bool)
    edges = truth[pairs] != 0
    counts = read_counts(arguments.spikes, len(truth))
    print(f"{len(truth)} neurons, {edges.sum()} connections, {counts.sum()} spikes in {counts.shape[0]} bins of 1 ms\n"
          "| method | AUROC / AP | precision / recall | significant | seconds |\n|---|---|---|---|---|", flush=True)
    for name in arguments.methods:
        title, method = METHODS[name]
        start = processor_seconds()
        try:
            statistic, p = method(arguments.spikes, counts)
        except Skip as reason:
            print(f"{name} is skipped: {reason}", flush=True)
            continue
        seconds = processor_seconds() - start
        auroc, average = rank_accuracy(np.nan_to_num(statistic[pairs]), edges)
        found = significant(p, pairs)
        precision = f"{edges[found].mean():.2f}" if found.any() else "n/a"
        print(f"| {title} | {auroc:.3f} / {average:.3f} | {precision} / {found[edges].mean():.2f} | {found.sum()} | "
              f"{seconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
