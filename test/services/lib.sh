# shellcheck shell=bash
#
# What the service scripts have in common. Each script sets
#
#   name, wanted_port   what the service is called, and the port that it takes if it is free
#
# and defines
#
#   installed   succeeds if this machine has what the server needs
#   install     fetches what is missing
#   prepare     writes the settings into $folder, and the first data where there is none;
#               sets the array server: the command line. It must name $folder/, by which
#               the process is recognised as ours.
#   answers     succeeds once the server does its work
#   variables   prints what the tests are told, as NAME=value lines
#
# and ends with: service "$@"

set -euo pipefail
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin # mariadbd is there, and only root has it in its PATH

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
state=$root/.cache/services                               # data, settings, logs; ignored by git
cache=${XDG_CACHE_HOME:-$HOME/.cache}/simplest_script     # downloads, shared by all clones
instance=${SERVICE_INSTANCE:-}                            # a second server of the same kind, for one test alone
patience=${SERVICE_PATIENCE:-90}                          # seconds to wait for a start or a stop

readonly absent=3 # exit code: this machine can neither install nor contain the service

say() { printf '%s: %s\n' "$label" "$*" >&2; }
fail() {
  say "$*"
  exit 1
}

# --- machine -----------------------------------------------------------------

# have succeeds if all of these programs are there.
have() {
  local program
  for program; do command -v "$program" >/dev/null || return 1; done
}

# apt_install installs Debian packages, where there is apt-get and the right to use it.
apt_install() {
  local as_root=()
  have apt-get || return 1
  if [ "$(id -u)" != 0 ]; then
    sudo -n true 2>/dev/null || return 1
    as_root=(sudo -n)
  fi
  local get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  say "installing $*"
  logged "${get[@]}" update && logged "${get[@]}" install --no-install-recommends "$@"
}

# logged runs a command whose output is only of interest when it fails.
logged() {
  "$@" </dev/null >"$folder.install.log" 2>&1 && return
  say "failed: $*"
  tail -n 20 "$folder.install.log" >&2
  return 1
}

listening() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }

# free_port prints the first port from $1 on where nobody listens.
free_port() {
  local p=$1
  while listening "$p"; do p=$((p + 1)); done
  echo "$p"
}

docker_answers() { docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }

# --- a server as a process of this machine -----------------------------------

# process prints the server's pid, if it lives. A pid file outlives its process,
# and the number is used again: only a process that names our folder is ours.
process() {
  local pid
  pid=$(cat "$folder/pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$folder/" || return 1
  echo "$pid"
}

# launch starts the server and waits until it answers, or ends: then answered stays empty.
launch() {
  port=$(free_port "$(cat "$folder/port" 2>/dev/null || echo "$wanted_port")")
  echo "$port" >"$folder/port"
  prepare
  # A session of its own: Ctrl-C on the tests is not for the server. The lock is not for it either.
  setsid "${server[@]}" </dev/null >"$folder.log" 2>&1 9>&- &
  echo $! >"$folder/pid"
  local end=$((SECONDS + patience))
  while [ -z "$answered" ] && [ -e "/proc/$!" ]; do
    [ "$SECONDS" -lt "$end" ] || fail "no answer within $patience s, see $folder.log"
    if answers 2>/dev/null; then answered=yes; else sleep 0.1; fi
  done
}

start_process() {
  answered=
  while [ -z "$answered" ]; do
    launch
    # Somebody else may have taken the port since we looked: then try the next.
    if [ -z "$answered" ] && ! listening "$port"; then
      tail -n 20 "$folder.log" >&2
      fail "does not start, see $folder.log"
    fi
  done
  say "started on 127.0.0.1:$port, pid $(cat "$folder/pid")"
}

# gone tells that a process holds nothing any more, neither files nor ports: each of
# its threads has ended. Its command line vanishes earlier, and an entry that nobody
# has asked for its exit code stays longer (Z).
gone() { ! grep -qs '^State:.*[^Z] (' /proc/"$1"/task/*/status; }

# end_process sends a signal and waits until the process is gone.
end_process() {
  local pid end
  pid=$(process) || return 0
  kill "-$1" "$pid"
  kill -CONT "$pid" # one that was paused must wake up to end
  end=$((SECONDS + patience))
  until gone "$pid"; do
    if [ "$SECONDS" -ge "$end" ]; then
      say "pid $pid does not end within $patience s, killing it"
      kill -KILL "$pid"
      end=$((SECONDS + patience))
    fi
    sleep 0.1
  done
}

# --- a server as a container --------------------------------------------------

compose() {
  local upper=${name^^}
  env "TEST_${upper}_PORT=$(cat "$folder/port")" \
    docker compose -p "simplest_script_${label//[^a-z0-9]/_}" -f "$root/compose.yaml" "$@"
}

contained() { [ -e "$folder/container" ] && [ -n "$(compose ps -q --status running "$name" 2>/dev/null)" ]; }

start_container() {
  [ -e "$folder/port" ] || free_port "$wanted_port" >"$folder/port"
  compose up -d --wait "$name" >&2
  touch "$folder/container"
  say "started in a container on 127.0.0.1:$(cat "$folder/port")"
}

# --- commands -------------------------------------------------------------------

running() { process >/dev/null || contained; }

start() {
  if running; then
    say "already runs on 127.0.0.1:$(cat "$folder/port")"
  elif [ ! -e "$folder/container" ] && { installed || install; }; then
    start_process
  elif docker_answers; then
    start_container
  else
    say "cannot be installed here, and there is no Docker that answers"
    exit $absent
  fi
}

# signal sends TERM, KILL, STOP or CONT, to the process or to its container.
signal() {
  if process >/dev/null; then
    case $1 in
      TERM | KILL) end_process "$1" ;;
      *) kill "-$1" "$(process)" ;;
    esac
  elif [ -e "$folder/container" ]; then
    local -A verb=([TERM]=stop [KILL]=kill [STOP]=pause [CONT]=unpause)
    compose "${verb[$1]}" "$name" >&2
  fi
}

remove() {
  signal TERM
  if [ -e "$folder/container" ]; then compose down -v >&2; fi
  rm -rf "$folder"
}

environment() {
  running || return 1
  port=$(cat "$folder/port")
  variables | sed "s/=\(.*\)/='\1'/; s/^/export /"
}

service() {
  label=$name${instance:+-$instance}
  folder=$state/$label
  local verb=${1:-help}
  case $verb in
    start | stop | restart | kill | remove)
      mkdir -p "$folder" "$cache"
      exec 9>"$folder.lock"
      flock 9
      ;;
  esac
  case $verb in
    start) start ;;
    stop) signal TERM ;;
    restart)
      signal TERM
      start
      ;;
    kill) signal KILL ;;
    pause) signal STOP ;;
    resume) signal CONT ;;
    remove) remove ;;
    running) running ;;
    pid) process ;;
    env) environment ;;
    *)
      echo "usage: $0 start|stop|restart|kill|pause|resume|remove|running|pid|env (see $here/README.md)" >&2
      exit 2
      ;;
  esac
}
