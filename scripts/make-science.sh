#!/usr/bin/env bash
# Install what programs in the sandbox may import into .science/X.Y, for the Python X.Y that runs them.
#
# The sandbox binds that folder read-only where it exists; the application itself never imports from it. Usage:
# scripts/make-science.sh [PIP], where PIP is any pip 22 or newer, by default the environment's.
set -euo pipefail
cd "$(dirname "$0")/.."
pip=${1:-.venv/bin/pip}

version=$(PYTHONPATH=. .venv/bin/python -m app.sandbox.toolchains)
if [ -z "$version" ]; then
    echo "There is no Python for the sandbox on this machine: install python3." >&2
    exit 1
fi
place=.science/$version
if [ -f "$place/.made" ] && [ ! requirements/science.txt -nt "$place/.made" ]; then
    exit 0
fi

echo "Installing numpy, scipy and sympy for programs in the sandbox, Python $version"
rm -rf .science/new
"$pip" install -qq --disable-pip-version-check --no-input --require-hashes --no-deps --only-binary :all: \
    --python-version "$version" --target .science/new -r requirements/science.txt
chmod -R go+rX,go-w .science
touch .science/new/.made
rm -rf "$place"
mv .science/new "$place"
