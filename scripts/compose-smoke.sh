#!/usr/bin/env bash
# Start the stack of docker-compose.yml beside everything else, go the whole way through it, restart it, take it down.
# Usage: scripts/compose-smoke.sh [OPTION OF UP…]      for example: scripts/compose-smoke.sh --build
#
# COMPOSE is how Compose is called (`docker compose`). HEALTH_CHECKS=no is for an engine that runs none. The images are
# those of docker-compose.yml or what WORKINGS_IMAGE and POSTGRES_IMAGE name. Volumes and secrets are thrown away.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD
folder=$(mktemp -d)
PASSWORD="seven grey herons wait"

WORKINGS_PORT=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
export WORKINGS_PORT WORKINGS_SECRETS=$folder/secrets WORKINGS_PUBLIC_URL=http://127.0.0.1:$WORKINGS_PORT
export BASE=$WORKINGS_PUBLIC_URL
files=(--file "$root/docker-compose.yml")
[ "${HEALTH_CHECKS:-yes}" = yes ] || files+=(--file "$root/scripts/compose-without-health-checks.yml")

compose() { ${COMPOSE:-docker compose} --project-name "workings-smoke-$WORKINGS_PORT" "${files[@]}" "$@"; }
workings() { compose exec -T web workings "$@"; }
say() { printf '\n== %s\n' "$*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
same() { [ "$2" = "$3" ] || fail "$1: expected “$3”, found “$2”"; }

take_down() {
    status=$?
    [ $status = 0 ] || compose logs --tail 40 || true
    compose down --volumes --timeout 30 >/dev/null 2>&1 || true
    rm -rf "$folder"
    exit $status
}
trap take_down EXIT

wait_until_ready() {
    for _ in $(seq 120); do
        [ "$(curl -s "$BASE/readyz")" != ready ] || return 0
        sleep 0.5
    done
    fail "not ready after a minute"
}
# post PATH FIELD=VALUE…: send a form as a browser does; print the status.
post() {
    local path=$1 field
    shift
    local fields=()
    for field in "$@"; do fields+=(--data-urlencode "$field"); done
    curl -s -o /dev/null -w '%{http_code}' -H 'Sec-Fetch-Site: same-origin' -c "$folder/cookies" "${fields[@]}" "$BASE$path"
}

say "Start"
scripts/make-secrets.sh "$WORKINGS_SECRETS" >/dev/null
compose up --detach "$@"
wait_until_ready

say "The runner locks programs in"
compose exec -T runner workings doctor | grep '^ok .*Sandbox' || fail "the runner cannot lock programs in"

say "The first admin, by the code in the log, which works once"
code=$(compose logs web | grep -o '/setup/[A-Za-z0-9_-]*' | tail -1)
me=("name=Ada" "email=ada@example.org" "password=$PASSWORD")
same "the code" "$(post "$code" "${me[@]}")" 303
same "the code again" "$(post "$code" "${me[@]}")" 404
same "a wrong password" "$(post /sign-in email=ada@example.org "password=eight grey herons wait")" 422
same "the password" "$(post /sign-in email=ada@example.org "password=$PASSWORD")" 303
same "a page for admins" "$(curl -s -b "$folder/cookies" -o /dev/null -w '%{http_code}' "$BASE/admin/health")" 200

say "The whole loop: project, import, work, review, snapshot, export (docs/how-to/whole-loop-with-curl.md)"
sed -n '/^```sh$/,/^```$/{//!p}' docs/how-to/whole-loop-with-curl.md >"$folder/loop.sh"
mkdir "$folder/loop"
cd "$folder/loop"
# shellcheck source=/dev/null
source "$folder/loop.sh"
cd "$root"

say "What the web container may do"
inside() { compose exec -T web sh -c "$1"; }
same "its user" "$(inside 'id -u')" 10001
same "its capabilities" "$(inside 'grep CapEff /proc/self/status' | cut -f 2)" 0000000000000000
same "new rights" "$(inside 'grep NoNewPrivs /proc/self/status' | tr -dc 0-9)" 1
same "its root" "$(inside 'touch /srv/workings/x 2>&1' | grep -c 'Read-only file system' || true)" 1
same "its files" "$(inside 'stat -c %a /var/lib/workings')" 700
same "passwords in its environment" "$(inside env | grep -c "$(cat "$WORKINGS_SECRETS/postgres_password")" || true)" 0

say "Restart: everything is still there"
compose restart
wait_until_ready
same "the session" "$(curl -s -b "$folder/cookies" -o /dev/null -w '%{http_code}' "$BASE/admin/health")" 200
same "the work" "$(send "$ED" "$API/work/$WORK" | pick state)" approved
send "$MONA" -o "$folder/again.jsonl" "$API/exports/$EXPORT/files/sft/train.jsonl"
cmp "$folder/again.jsonl" "$folder/loop/sft/train.jsonl"
workings doctor
workings audit verify

say "Well"
