#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# From a clean clone to a first result: installs what is missing (Debian, Ubuntu), builds into build/ and
# runs the main job on 2 ranks. More options are passed on: jobs/quickstart.sh -output runs/again
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/.."
# shellcheck source=jobs/setup.sh
. jobs/setup.sh

install_packages "${causeway_packages[@]}"
install_packages "${causeway_drawing[@]}" || echo "gnuplot cannot be installed: reports will have no pictures"
configure_and_build -DCAUSEWAY_TESTS=OFF
# the default directory of this input; a second start replaces the first one's result
mpirun -n 2 build/bin/causeway run inputs/lu2023_n10.yaml -overwrite "$@"
