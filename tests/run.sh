#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Installs what is missing, builds into build/ and runs all tests. Options are passed on to ctest:
#   tests/run.sh -R granger        only tests with that name
#   tests/run.sh -j 1              one after the other
#   CAUSEWAY_LONG=1 tests/run.sh   the long ones too (label "long")
#   CAUSEWAY_CMAKE="-DCAUSEWAY_WERROR=ON" tests/run.sh
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=jobs/setup.sh
. jobs/setup.sh

install_packages "${causeway_packages[@]}" python3 python3-venv

# What draws reports, and reads exported files and the manual; without it their tests are skipped.
install_packages "${causeway_drawing[@]}" groff man-db python3-h5py python3-networkx python3-numpy python3-pandas ||
  echo "packages of some tests cannot be installed: these will be skipped"

# A SLURM of its own for the tests of the batch scripts; one that is there is not touched.
if ! command -v srun >/dev/null && command -v apt-get >/dev/null; then
  install_packages slurm-wlm munge ||
    echo "SLURM cannot be installed: tests/slurm/test_slurm.sh will be skipped"
fi
read -ra cmake_options <<<"${CAUSEWAY_CMAKE:-}"
configure_and_build -DCAUSEWAY_TESTS=ON "${cmake_options[@]}"

# The field's own reader of SONATA files, the writer of NWB and the tools to look at their numbers, in an environment of
# their own; without them (no network) the tests that need them are skipped.
venv=build/venv
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv" || rm -rf "$venv"
fi
if ! "$venv/bin/python" -c "import h5py, libsonata, numpy, pynwb" 2>/dev/null; then
  "$venv/bin/pip" install --quiet --disable-pip-version-check h5py libsonata numpy pynwb ||
    echo "libsonata or pynwb cannot be installed: tests/app/test_sonata.sh and test_recordings.sh will be skipped"
fi

[ -n "${CAUSEWAY_LONG:-}" ] || set -- -LE long "$@"
exec ctest --test-dir build --output-on-failure --parallel "$(nproc)" "$@"
