# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# Sourced by what starts MPI programs in tests.

# own_session DIRECTORY: what Open MPI keeps while programs run goes there. Its programs that end remove the
# directory in which others of the same user have just begun (Open MPI 4), unless it holds one that is not theirs.
own_session() {
  local host
  export OMPI_MCA_orte_tmpdir_base=$1 PRTE_MCA_prte_tmpdir_base=$1
  for host in "$(uname -n)" "$(uname -n | cut -d . -f 1)"; do
    mkdir -p "$1/ompi.$host.$(id -u)/kept"
  done
}
