#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# The installed library from C and from C++, with what pkg-config says and nothing else; and the names that it exports.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/common.sh"
require cmake pkg-config cc c++ nm
build=$(cd "$(dirname "$CAUSEWAY")/.." && pwd)
cd "$work"

cmake --install "$build" --prefix "$work/prefix" >install.log 2>&1 || fail "$(cat install.log)"
[ ! -e prefix/include/causeway/internal ] || fail "headers between rooms are installed"
library=$(find "$work/prefix" -name 'libcauseway.so' | head -n 1)
[ -n "$library" ] || skip "the library is built as an archive"
PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name causeway.pc)")
export PKG_CONFIG_PATH
read -ra flags <<<"$(pkg-config --cflags --libs causeway)"
runtime=-Wl,-rpath,$(dirname "$library")

cc "$CAUSEWAY_SOURCE/tests/app/library.c" -o by_c "${flags[@]}" "$runtime" -lm 2>c.log || fail "$(cat c.log)"
c++ -x c++ "$CAUSEWAY_SOURCE/tests/app/library.c" -x none -o by_cxx "${flags[@]}" "$runtime" 2>cxx.log ||
  fail "$(cat cxx.log)"
for program in by_c by_cxx; do
  for ranks in 1 2 3; do
    "$MPIEXEC" -n "$ranks" "./$program" >printed 2>&1 || fail "$program on $ranks ranks: $(cat printed)"
    [ "$(cat printed)" = "as by elimination, some log lines" ] || fail "$program on $ranks ranks: $(cat printed)"
  done
done

# the program of the documentation
awk '/^```/ { inside = $0 == "```c"; next } inside' "$CAUSEWAY_SOURCE/docs/running.md" >documented.c
cc documented.c -o documented "${flags[@]}" "$runtime" -lm 2>documented.log || fail "$(cat documented.log)"
"$MPIEXEC" -n 2 ./documented >printed 2>errors || fail "the documented program: $(cat errors)"
grep -qE '^F of source 1 on target 0: [0-9.]+$' printed || fail "the documented program prints $(cat printed)"

# a resolver chooses between instruction sets for a function of its name
nm -D --defined-only "$library" | awk '{ sub(/\.resolver$/, "", $NF); print $NF }' |
  grep -vxE '_edata|__bss_start|_end|_init|_fini' | sort -u >exported
grep -ohE '\b[A-Za-z_]+[A-Za-z0-9_]*\b' prefix/include/causeway/*.h | sort -u >declared
undeclared=$(comm -23 exported declared)
[ -z "$undeclared" ] || fail "exported, but not declared: $undeclared"
echo "$(wc -l <exported) names are exported, all declared"
