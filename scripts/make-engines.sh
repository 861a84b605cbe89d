#!/usr/bin/env bash
# Install the engines that large exports are read with into .engines. Usage: scripts/make-engines.sh [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}

if [ -f .engines/.made ] && [ ! requirements/engines.txt -nt .engines/.made ]; then
    exit 0
fi
echo "Installing DuckDB, Polars and datasets, to read exports with (a minute the first time)"
rm -rf .engines
"$python" -m venv .engines
.engines/bin/pip install -qq --disable-pip-version-check --no-input --require-hashes --no-deps -r requirements/engines.txt
touch .engines/.made
