#!/usr/bin/env bash
# Make .venv, unless a working one is there. Usage: scripts/make-venv.sh [PYTHON]
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}

# pip's first line names this folder: a checkout that was moved has an environment that no longer works.
if .venv/bin/pip --version >/dev/null 2>&1 && .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    exit 0
fi

if ! command -v "$python" >/dev/null; then
    echo "There is no $python here: install Python 3.11 or newer, or name one with PYTHON=…" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Workings needs Python 3.11 or newer, and $python is $("$python" --version 2>&1): name a newer one with PYTHON=…" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip' 2>/dev/null; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing python3-venv"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv >/dev/null
    else
        echo "This Python cannot make environments: install the package python3-venv, then run make again." >&2
        exit 1
    fi
fi
rm -rf .venv
"$python" -m venv .venv
