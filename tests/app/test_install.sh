#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# cmake --install, and a project of a user's own that finds the library by CMake, or fetches its source.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require cmake
build=$(cd "$(dirname "$CAUSEWAY")/.." && pwd)
cd "$work"

cmake --install "$build" --prefix "$work/prefix" >install.log 2>&1 || fail "$(cat install.log)"
CAUSEWAY=$work/prefix/bin/causeway
run_causeway 1 --version
[ "$run_status" -eq 0 ] || fail "the installed program: $(cat "$run_stderr")"

for file in share/man/man1/causeway.1 share/bash-completion/completions/causeway; do
  grep -q granger_estimator "prefix/$file" || fail "$file is not installed"
done

cat >main.c <<'EOF'
#include <causeway/causeway.h>
int main(int argc, char **argv)
{
  Network network;
  PetscCall(PetscInitialize(&argc, &argv, NULL, NULL));
  PetscCall(NetworkCreate(PETSC_COMM_WORLD, &network));
  PetscCall(NetworkSetUp(network));
  PetscCall(PetscPrintf(PETSC_COMM_WORLD, "%lld neurons\n",
                        (long long)NetworkPartition(network)->n_global));
  PetscCall(NetworkDestroy(&network));
  return PetscFinalize();
}
EOF
cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.18)
project(consumer LANGUAGES C)
find_package(causeway 0.1 REQUIRED)
add_executable(consumer main.c)
target_link_libraries(consumer PRIVATE causeway::causeway)
EOF
cmake -S . -B by_cmake -DCMAKE_PREFIX_PATH="$work/prefix" >cmake.log 2>&1 || fail "$(cat cmake.log)"
cmake --build by_cmake >cmake.log 2>&1 || fail "$(cat cmake.log)"
[ "$(by_cmake/consumer)" = "10 neurons" ] || fail "the program found by CMake"

# as a part of another project: its own folders, options and targets
cat >CMakeLists.txt <<EOF2
cmake_minimum_required(VERSION 3.18)
project(consumer LANGUAGES C)
include(FetchContent)
FetchContent_Declare(causeway SOURCE_DIR "$CAUSEWAY_SOURCE")
FetchContent_MakeAvailable(causeway)
add_executable(consumer main.c)
target_link_libraries(consumer PRIVATE causeway::causeway)
EOF2
cmake -S . -B fetched >cmake.log 2>&1 || fail "$(cat cmake.log)"
cmake --build fetched --target causeway_parallel >cmake.log 2>&1 || fail "$(cat cmake.log)"
[ ! -e fetched/bin ] || fail "the directory of programs is that of another project"

echo "installed library is usable"
