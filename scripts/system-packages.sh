#!/usr/bin/env bash
# See to the programs that the whole test suite needs and that pip cannot install: Chromium, CJK fonts, curl.
# As root on Debian they are installed; otherwise one line says what is missing. PostgreSQL needs nothing here: where
# the machine has none of version 15 or newer, the tests use the one inside a Python package.
set -euo pipefail

missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v curl >/dev/null || missing+=(curl) # a page of commands is run as it stands
# Without these fonts Chinese, Japanese and Korean text is measured as boxes.
compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || missing+=(fonts-noto-cjk)

if [ ${#missing[@]} = 0 ]; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "The whole suite needs ${missing[*]}: install them, or run \`make test-fast\`, which does without." >&2
    exit 1
fi
echo "Installing ${missing[*]}"
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
