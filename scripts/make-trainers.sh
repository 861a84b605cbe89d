#!/usr/bin/env bash
# Install the trainers that exports are tried on into .trainers. Usage: scripts/make-trainers.sh [PYTHON]
#
# Which build of PyTorch fits is a question of the machine: pip takes what it is set up for, and WORKINGS_TORCH names
# another, for example a path to the wheel of the CPU build, which is a tenth of the size of the one for GPUs.
set -euo pipefail
cd "$(dirname "$0")/.."
python=${1:-python3}

if [ -f .trainers/.made ] && [ ! requirements/trainers.txt -nt .trainers/.made ]; then
    exit 0
fi
echo "Installing PyTorch and TRL, to try exports on (some minutes the first time)"
rm -rf .trainers
"$python" -m venv .trainers
install=(.trainers/bin/pip install -qq --disable-pip-version-check --no-input)
"${install[@]}" --require-hashes --no-deps -r requirements/trainers.txt
"${install[@]}" -c <(sed -n 's/^\([A-Za-z0-9_.-]*==[^ ;]*\).*/\1/p' requirements/trainers.txt) "${WORKINGS_TORCH:-torch==2.13.0}"
touch .trainers/.made
