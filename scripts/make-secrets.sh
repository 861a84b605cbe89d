#!/usr/bin/env bash
# Make the secrets that docker-compose.yml reads, once. Usage: scripts/make-secrets.sh [FOLDER]
#
# Only the owner of the folder can enter it; inside, the files are readable by all, since the services in the
# containers run as users of their own and see the files but not the folder.
set -euo pipefail
folder=${1:-secrets}

for name in postgres_password database_url; do
    if [ -e "$folder/$name" ]; then
        echo "$folder/$name is there already. A new password would lock Workings out of its database: nothing was changed." >&2
        exit 1
    fi
done

mkdir -p "$folder"
chmod 0700 "$folder"
# Letters and digits need no escaping inside an address.
password=$(python3 -c 'import secrets, string; print("".join(secrets.choice(string.ascii_letters + string.digits) for _ in range(43)))')
printf '%s\n' "$password" >"$folder/postgres_password"
printf 'postgresql://workings:%s@postgres/workings\n' "$password" >"$folder/database_url"
chmod 0444 "$folder"/*
echo "Wrote $folder/postgres_password and $folder/database_url."
