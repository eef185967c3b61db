# shellcheck shell=bash
#
# The commands that all services share. Each script sets
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

# shellcheck source-path=SCRIPTDIR
. "$(dirname "${BASH_SOURCE[0]}")/machine.sh"
. "$(dirname "${BASH_SOURCE[0]}")/process.sh"
. "$(dirname "${BASH_SOURCE[0]}")/container.sh"

instance=${SERVICE_INSTANCE:-}   # a second server of the same kind, for one test alone
patience=${SERVICE_PATIENCE:-90} # seconds to wait for a start or a stop
readonly absent=3                # exit code: this machine can neither install nor contain the service

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
      STOP) halt_process ;;
      CONT) kill -CONT "$(process)" ;;
    esac
  elif [ -e "$folder/container" ]; then
    local -A verbs=([TERM]=stop [KILL]=kill [STOP]=pause [CONT]=unpause)
    compose "${verbs[$1]}" "$name" >&2
  fi
}

remove() {
  signal TERM
  if [ -e "$folder/container" ]; then compose down -v >&2; fi
  rm -rf "$folder"
  [ -z "$instance" ] || rm -f "$folder".{log,install.log,lock}
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
