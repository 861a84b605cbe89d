#!/usr/bin/env bash
# Let the real Docker Compose read the container files; no engine is needed and nothing is started.
set -euo pipefail
cd "$(dirname "$0")/.."
docker-compose --file docker-compose.yml config --quiet
WORKINGS_STORAGE_URL=s3://files docker-compose --file docker-compose.yml --file deploy/compose-s3.yml config --quiet
docker-compose --file docker-compose.yml --file scripts/compose-without-health-checks.yml config --quiet
