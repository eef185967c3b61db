# shellcheck shell=bash
#
# A server as a process of this machine.

# process prints the server's pid, if it lives. A pid file outlives its process,
# and the number is used again: only a process that names our folder is ours.
process() {
  local pid
  pid=$(cat "$folder/pid" 2>/dev/null) || return 1
  tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF -- "$folder/" || return 1
  echo "$pid"
}

# first_port prints where the search for a port begins. A second server takes one
# at random: while it is stopped for a test, another one that is started must not
# come upon its port and be taken for it.
first_port() { echo $((wanted_port + (${#instance} > 0 ? 100 + RANDOM % 6000 : 0))); }

# launch starts the server and waits until it answers, or ends: then answered stays empty.
launch() {
  port=$(free_port "$(cat "$folder/port" 2>/dev/null || first_port)")
  echo "$port" >"$folder/port"
  prepare
  : >"$folder.log" # what the server said at its last start is no answer of this one
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

# still tells that each thread of a process is stopped (T).
still() { ! grep -qs '^State:.*[^T] (' /proc/"$1"/task/*/status; }

# halt_process stops the server's process and waits until it stands still: the signal
# is sent to the process, and a thread of it may yet answer somebody.
halt_process() {
  local pid end
  pid=$(process) || return 0
  kill -STOP "$pid"
  end=$((SECONDS + patience))
  until still "$pid"; do
    [ "$SECONDS" -lt "$end" ] || fail "pid $pid does not stand still within $patience s"
    sleep 0.01
  done
}
