#!/usr/bin/env bash
# Let the real Docker Compose read docker-compose.yml; no engine is needed and nothing is started.
set -euo pipefail
cd "$(dirname "$0")/.."
docker-compose --file docker-compose.yml config --quiet
