#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Prints for this machine, on 1 and 2 ranks: the tables of docs/speed.md, false positives (docs/accuracy.md), the cost of a
# regression (docs/cost.md).
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."
# shellcheck source=jobs/setup.sh
. jobs/setup.sh

install_packages "${causeway_packages[@]}" python3-h5py python3-statsmodels
configure_and_build -DCAUSEWAY_TESTS=ON >/dev/null
lscpu | sed -n 's/^Model name: */CPU: /p'
mpirun -n 2 build/bin/bench_calibration
/usr/bin/python3 tests/benchmark/peers.py build/bin/causeway
mpirun -n 4 --oversubscribe build/bin/bench_cost
tests/benchmark/microcircuit.sh
for program in bench_checkpoint bench_granger bench_ridge bench_simulate bench_spikes bench_train; do
  for ranks in 1 2; do
    mpirun -n "$ranks" "build/bin/$program"
  done
done
