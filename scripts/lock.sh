#!/usr/bin/env bash
# Write requirements/*.txt anew from pyproject.toml: every version and hash, no host. Usage: scripts/lock.sh [--upgrade]
#
# uv comes into a throw-away environment. Without --header and index lines the files install from whatever registry
# a machine is set up for; uv.lock and pylock.toml would name one and stay out of git.
set -euo pipefail
cd "$(dirname "$0")/.."

throw_away=$(mktemp -d)
trap 'rm -rf "$throw_away"' EXIT
"${PYTHON:-python3}" -m venv "$throw_away"
"$throw_away/bin/pip" install -qq uv

compile() {
    "$throw_away/bin/uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header "$@"
}
compile pyproject.toml "$@" -o requirements/runtime.txt
# The other files agree with the runtime's versions, so that tests run what is shipped.
# The runtime with the client of an S3 store, which the container image has.
compile pyproject.toml --extra s3 "$@" -c requirements/runtime.txt -o requirements/s3.txt
compile --group build "$@" -c requirements/runtime.txt -o requirements/build.txt
compile pyproject.toml --extra s3 --group dev "$@" -c requirements/runtime.txt -o requirements/dev.txt
compile --group node "$@" -o requirements/node.txt
compile --group science "$@" -c requirements/runtime.txt -o requirements/science.txt
echo torch >"$throw_away/excluded.txt"
compile --group trainers "$@" --excludes "$throw_away/excluded.txt" -o requirements/trainers.txt
compile --group engines "$@" -o requirements/engines.txt

if grep -n '://' requirements/*.txt; then
    echo "The lines above name a host; that must not be committed." >&2
    exit 1
fi
