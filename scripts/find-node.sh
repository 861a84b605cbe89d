#!/usr/bin/env bash
# Succeed when this machine has npm and Node.js 20 or newer; otherwise say that they will be installed into .venv.
set -euo pipefail

if command -v npm >/dev/null && command -v node >/dev/null; then
    version=$(node --version)
    major=${version#v}
    major=${major%%.*}
    if [ "$major" -ge 20 ]; then
        exit 0
    fi
    echo "Node.js here is $version, 20 or newer is needed: installing one into .venv (200 MB)"
else
    echo "There is no Node.js here: installing it into .venv (200 MB)"
fi
exit 1
