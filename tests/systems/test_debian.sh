#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# test_debian.sh SUITE: a clean copy of the source in a fresh minimal root of a Debian release. jobs/quickstart.sh
# installs, builds and computes the first result there, tests/run.sh builds and runs some tests.
# shellcheck source=tests/app/common.sh
. "$(dirname "${BASH_SOURCE[0]}")/../app/common.sh"
suite=${1:?the code name of a release of Debian}
# one test or two for each library, and what is known to differ between releases
tests=${CAUSEWAY_SYSTEM_TESTS:-'io/test_datafile-2|test_elementary|checkpoint/test_snapshot-2|granger/test_qr-2|\
granger/test_identity-3|granger/test_event-2|forecast/test_kernels|forecast/test_ring-3|network/test_network-3|\
simulate/test_spiking_network-2|app/test_files|app/test_json|app/test_install'}
tests=${tests//$'\\\n'/}

[ "$(id -u)" -eq 0 ] || skip "only root can make a root directory of Debian"
require mmdebstrap unshare apt-get git
unshare --mount --pid --fork true 2>/dev/null || skip "this system has no mount namespaces for root"

# What apt of this system fetches packages from, of whatever release, has this one too if it is a mirror of Debian.
find_mirror() {
  local address
  # shellcheck disable=SC2016  # expanded by apt
  apt-get indextargets --format '$(COMPONENT) $(REPO_URI)' 2>/dev/null | sed -n 's/^main //p' | sort -u |
    while read -r address; do
      if /usr/lib/apt/apt-helper download-file "${address%/}/dists/$suite/InRelease" "$scratch/release" \
        >/dev/null 2>&1 && grep -qx "Origin: Debian" "$scratch/release"; then
        echo "$address"
        break
      fi
    done
}
mirror=$(find_mirror)
[ -n "$mirror" ] || skip "no source of apt on this system has Debian $suite, or there is no network"

# The root is removed when this script ends, also when it is killed: the janitor, which is no child of it, waits for
# the end of a pipe. What is mounted there is mounted in a namespace of its own, and gone with its last process.
place=$(mktemp -d "${TMPDIR:-/var/tmp}/causeway_$suite.XXXXXX")
root=$place/root
mkdir "$root"
mkfifo "$place/alive"
# shellcheck disable=SC2016  # expanded by the janitor
setsid --fork bash -c '
  trap "" HUP INT TERM
  cat "$1/alive" >/dev/null
  [ ! -s "$1/process" ] || kill -KILL "$(cat "$1/process")" 2>/dev/null
  while [ -s "$1/process" ] && kill -0 "$(cat "$1/process")" 2>/dev/null; do sleep 0.1; done
  rm -rf --one-file-system "$1"' janitor "$place" </dev/null >/dev/null 2>&1
exec {alive}>"$place/alive"

echo "== Debian $suite from $mirror"
mmdebstrap --quiet --variant=minbase "$suite" "$root" "$mirror" {alive}>&- ||
  skip "mmdebstrap cannot make a root of $suite here"
cp /etc/resolv.conf /etc/hosts "$root/etc/"
mkdir "$root/causeway"
(cd "$CAUSEWAY_SOURCE" && git ls-files -z | tar -c --null --ignore-failed-read -T - 2>/dev/null) |
  tar -x -C "$root/causeway"
[ -f "$root/causeway/CMakeLists.txt" ] || skip "the source is no checkout of git"

cat >"$place/enter.sh" <<'EOF'
set -eu
root=$1
mount -t proc proc "$root/proc"
mount --rbind -o ro /sys "$root/sys"
mkdir -p "$root/dev/shm" "$root/dev/pts"
mount -t tmpfs tmpfs "$root/dev/shm"
for device in null zero full random urandom; do
  [ -e "$root/dev/$device" ] || : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
  bash -euc "cd /causeway; shift; \"\$@\"" - - "${@:2}"
EOF
inside() { # COMMAND...
  local status=0
  unshare --mount --pid --fork --kill-child bash "$place/enter.sh" "$root" "$@" </dev/null {alive}>&- &
  echo $! >"$place/process"
  wait $! || status=$?
  : >"$place/process"
  return $status
}

echo "== first result"
inside jobs/quickstart.sh || fail "jobs/quickstart.sh on Debian $suite"
[ -f "$root/causeway/runs/lu2023_n10/causality.h5" ] || fail "there is no first result"
echo "== tests"
inside tests/run.sh -R "$tests" || fail "tests on Debian $suite"
echo "Debian $suite: first result and tests are right"
