# shellcheck shell=bash
#
# A server as a container, from compose.yaml.

docker_answers() { docker info >/dev/null 2>&1 && docker compose version >/dev/null 2>&1; }

# compose works on a project of this clone and this server alone.
compose() {
  local upper=${name^^} clone
  clone=$(cksum <<<"$root")
  env "TEST_${upper}_PORT=$(cat "$folder/port")" \
    docker compose -p "simplest_script_${clone%% *}_${label//[^a-z0-9]/_}" -f "$root/compose.yaml" "$@"
}

contained() { [ -e "$folder/container" ] && [ -n "$(compose ps -q --status running "$name" 2>/dev/null)" ]; }

start_container() {
  [ -e "$folder/port" ] || free_port "$wanted_port" >"$folder/port"
  compose up -d --wait "$name" >&2
  touch "$folder/container"
  say "started in a container on 127.0.0.1:$(cat "$folder/port")"
}
