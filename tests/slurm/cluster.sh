#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A private SLURM cluster of four virtual nodes on this machine, for tests: munged, slurmctld and four
# slurmd of the same user, on 127.0.0.1 only, without systemd and without a line in /etc.
#   cluster.sh start DIR         returns when all nodes are idle
#   eval "$(cluster.sh env DIR)" points sbatch, srun, squeue ... at it
#   cluster.sh stop DIR          cancels all jobs, ends the daemons, removes what killed jobs leave
# DIR is made; its path must be short, since sockets lie in it.
set -euo pipefail
export PATH=$PATH:/usr/sbin:/sbin

nodes=4
wait_limit=30 # seconds to start, and to empty the queue
verb=${1:-}
dir=${2:-}

# Open MPI's segments of this cluster, apart from those of other programs on this machine.
shared_memory() {
  echo "/dev/shm/causeway$(tr -c 'a-zA-Z0-9\n' _ <<<"$dir")"
}

die() { # MESSAGE
  echo "cluster.sh: $*" >&2
  exit 1
}

# The first of a run of free ports for slurmctld and all slurmd.
free_ports() {
  local first port
  for first in $(seq $((16817 + ($$ % 400) * 10)) 10 28000); do
    for port in $(seq "$first" $((first + nodes))); do
      if (: </dev/tcp/127.0.0.1/"$port") 2>/dev/null; then
        continue 2
      fi
    done
    echo "$first"
    return
  done
  die "no free ports"
}

# A daemon that has ended may stay a zombie for a while.
alive() { # PID
  [ -r "/proc/$1/stat" ] && ! grep -q '^[0-9]* (.*) [ZX]' "/proc/$1/stat" 2>/dev/null
}

write_configuration() {
  local host user port
  host=$(hostname -s)
  user=$(id -un)
  port=$(free_ports)
  cat >"$dir/etc/slurm.conf" <<CONF
ClusterName=lab
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$user
SlurmdUser=$user
AuthType=auth/munge
AuthInfo=socket=$dir/munge/munge.sock
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPort=$port
SlurmctldPidFile=$dir/run/slurmctld.pid
SlurmdPidFile=$dir/run/slurmd.%n.pid
SlurmdSpoolDir=$dir/spool/%n
StateSaveLocation=$dir/state
TmpFS=$dir/tmp/%n
SlurmctldLogFile=$dir/log/slurmctld.log
SlurmdLogFile=$dir/log/slurmd.%n.log
MailProg=/bin/true
MpiDefault=pmix
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc=$dir/log/jobcomp.log
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=30
MinJobAge=3600
SchedulerParameters=bf_interval=2,sched_interval=2,batch_sched_delay=0
NodeName=n[1-$nodes] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + nodes))] CPUs=4 Boards=1 SocketsPerBoard=1 CoresPerSocket=4 ThreadsPerCore=1 RealMemory=4000 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
}

start() {
  local k pids
  pids=$(find "$dir/run" -name '*.pid' 2>/dev/null || true)
  [ -z "$pids" ] || die "$dir/run has pid files: stop that cluster first"
  mkdir -p "$dir"/{etc,log,run,munge,state,tmp/mpi} "$(shared_memory)"
  chmod 755 "$dir" "$dir/munge"
  for k in $(seq "$nodes"); do
    mkdir -p "$dir/spool/n$k" "$dir/tmp/n$k"
  done
  write_configuration
  (
    umask 077
    head -c 1024 /dev/urandom >"$dir/etc/munge.key"
  )
  # --force: the directories above may not be what munge asks of a system service
  munged --force --socket="$dir/munge/munge.sock" --key-file="$dir/etc/munge.key" \
    --pid-file="$dir/run/munged.pid" --log-file="$dir/log/munged.log" \
    --seed-file="$dir/munge/seed" >"$dir/log/start.log" 2>&1 || die "munged: $(cat "$dir/log/start.log")"
  slurmctld >>"$dir/log/start.log" 2>&1 || die "slurmctld: $(tail "$dir/log/slurmctld.log")"
  for k in $(seq "$nodes"); do
    slurmd -N "n$k" >>"$dir/log/start.log" 2>&1 || die "slurmd: $(tail "$dir/log/slurmd.n$k.log")"
  done
  for k in $(seq $((wait_limit * 5))); do
    if [ "$(timeout 5 sinfo -h -r -p main -t idle -o %D 2>/dev/null)" = "$nodes" ]; then
      return
    fi
    sleep 0.2
  done
  die "the nodes are not idle after $wait_limit s, see $dir/log"
}

# Jobs outlive their daemons, so they go first.
empty_queue() {
  local k squeue
  timeout 10 scancel --user="$(id -un)" 2>/dev/null || return 0
  for k in $(seq $((wait_limit * 5))); do
    # a job in its last breath (CG) is waited for too, a requeued one is cancelled again
    if ! squeue=$(timeout 5 squeue -h 2>/dev/null) || [ -z "$squeue" ]; then
      return 0
    fi
    [ $((k % 10)) -ne 0 ] || timeout 10 scancel --user="$(id -un)" 2>/dev/null || true
    sleep 0.2
  done
}

end_daemons() {
  local file pid k pids=()
  for file in "$dir"/run/slurmd.*.pid "$dir"/run/slurmctld.pid "$dir"/run/munged.pid; do
    if [ -r "$file" ] && pid=$(cat "$file") && [ -n "$pid" ]; then
      pids+=("$pid")
      kill -TERM "$pid" 2>/dev/null || true
    fi
  done
  for pid in "${pids[@]}"; do
    for k in $(seq 50); do
      alive "$pid" || continue 2
      sleep 0.1
    done
    kill -KILL "$pid" 2>/dev/null || true
  done
}

# What is left of jobs that scancel could not end, and what Open MPI's killed ranks left.
remove_remains() {
  local file pid
  for file in /proc/[0-9]*/environ; do
    pid=${file//[!0-9]/}
    if grep -qzxF "SLURM_CONF=$SLURM_CONF" "$file" 2>/dev/null &&
      { grep -qz '^SLURM_JOB_ID=' "$file" || grep -qx slurmstepd "/proc/$pid/comm"; } 2>/dev/null; then
      kill -KILL "$pid" 2>/dev/null || true
    fi
  done
  rm -rf "$(shared_memory)" "$dir/tmp/mpi"
}

stop() {
  [ -f "$dir/etc/slurm.conf" ] || return 0
  empty_queue
  end_daemons
  remove_remains
  rm -f "$dir"/run/*.pid
}

case $verb in
  start | stop | env) [ -n "$dir" ] || die "which directory?" ;;
  *) die "start DIR, stop DIR or env DIR" ;;
esac
[ "$verb" != start ] || mkdir -p "$dir"
[ -d "$dir" ] || exit 0
dir=$(cd "$dir" && pwd)
[ ${#dir} -le 80 ] || die "the path $dir is too long for sockets"
export SLURM_CONF=$dir/etc/slurm.conf
case $verb in
  start) start ;;
  stop) stop ;;
  env)
    echo "export SLURM_CONF='$SLURM_CONF' OMPI_MCA_orte_tmpdir_base='$dir/tmp/mpi'"
    echo "export OMPI_MCA_btl_vader_backing_directory='$(shared_memory)'"
    ;;
esac
