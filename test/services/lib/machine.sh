# shellcheck shell=bash
#
# What this machine has: folders, ports, programs. Whoever uses it sets label, the
# name under which it speaks, and folder, its own below $state.

set -euo pipefail
export LC_ALL=C.UTF-8
PATH=$PATH:/usr/sbin:/sbin # mariadbd is there, and only root has it in its PATH

here=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
root=$(cd "$here/../.." && pwd)
state=$root/.cache/services                           # data, settings, logs; ignored by git
cache=${XDG_CACHE_HOME:-$HOME/.cache}/simplest_script # downloads, shared by all clones

say() { printf '%s: %s\n' "$label" "$*" >&2; }

fail() {
  say "$*"
  exit 1
}

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
