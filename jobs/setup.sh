# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Sourced by jobs/quickstart.sh and tests/run.sh: installs what is missing, sets the environment of
# mpirun, configures and builds into build/.

causeway_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What the program itself needs: Debian and Ubuntu package names, and what they are called as modules.
# shellcheck disable=SC2034  # for the scripts that source this file
causeway_packages=(gcc g++ make ninja-build cmake pkg-config git
  libopenmpi-dev openmpi-bin petsc-dev libscalapack-openmpi-dev libhdf5-openmpi-dev hdf5-tools
  libopenblas-dev libgsl-dev librandom123-dev libjansson-dev libyaml-dev zlib1g-dev)
# What draws the pictures of reports, which have their tables without it.
# shellcheck disable=SC2034
causeway_drawing=(gnuplot-nox)
causeway_modules="cmake, openmpi, petsc (real, 3.18 or newer), scalapack, hdf5 (parallel), BLAS (openblas, mkl, blis or another), gsl,
  random123, jansson, libyaml, zlib"

# Packages of the arguments that dpkg does not know as installed.
missing_packages() {
  local package
  for package in "$@"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" ||
      echo "$package"
  done
}

# Runs a command as root: directly, or with sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "error: installing packages needs root or sudo; ask for: $*" >&2
    return 1
  fi
}

# install_packages NAME ...: nothing is done, and nobody is asked for a password, when all are there
install_packages() {
  local missing
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    echo "No apt on this system; going on with what is loaded. Needed modules:"
    echo "  $causeway_modules"
    return 0
  fi
  mapfile -t missing < <(missing_packages "$@")
  if [ "${#missing[@]}" -eq 0 ]; then
    return 0
  fi
  echo "Installing ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
    "${missing[@]}"
}

# configure_and_build [cmake options]: into build/, or ${CAUSEWAY_BUILD}
configure_and_build() {
  local build=${CAUSEWAY_BUILD:-$causeway_root/build} generator=()
  if [ ! -f "$build/CMakeCache.txt" ] && command -v ninja >/dev/null; then
    generator=(-G Ninja)
  fi
  cmake "${generator[@]}" -S "$causeway_root" -B "$build" "$@"
  cmake --build "$build" --parallel
}

# Open MPI refuses to run as root, and to start more ranks than cores, unless told otherwise. From version 5 on its
# launcher, PRRTE, has names of its own.
export OMPI_MCA_rmaps_base_oversubscribe=${OMPI_MCA_rmaps_base_oversubscribe:-1}
export PRTE_MCA_rmaps_default_mapping_policy=${PRTE_MCA_rmaps_default_mapping_policy:-:oversubscribe}
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
  export PRTE_ALLOW_RUN_AS_ROOT=1 PRTE_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
