"""The container files keep what their comments promise: nothing privileged, one port published, secrets from files."""

import json
import os
import re
import stat
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source_files import ROOT, read

SERVICES = ["migrate", "postgres", "runner", "web", "worker"]


@cache
def composed(*beside: str, **variables: str) -> dict[str, Any]:
    """Let Docker Compose read the file, perhaps with others beside it, with no variable of this machine set."""
    program = Path(sys.executable).parent / "docker-compose"
    files = [word for name in ("docker-compose.yml", *beside) for word in ("--file", str(ROOT / name))]
    command = [str(program), *files, "config", "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent"} | variables
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, check=True)
    read_back: dict[str, Any] = json.loads(done.stdout)
    return read_back


def run_script(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run one of the scripts."""
    command = [str(ROOT / "scripts" / name), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_the_services_are_these_five():
    assert sorted(composed()["services"]) == SERVICES


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights_and_limited_means(name):
    service = composed()["services"][name]

    gibibytes, processes = (3, 512) if name == "runner" else (2, 256)
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"][0] == "no-new-privileges:true"
    assert (service["read_only"], service["init"]) == (True, True)
    assert int(service["mem_limit"]) <= gibibytes * 1024**3
    assert service["pids_limit"] <= processes
    assert {"privileged", "cap_add", "devices", "pid", "ipc", "network_mode"} & set(service) == set()


def test_only_the_runner_has_system_call_rules_of_its_own_and_reaches_only_the_database():
    services = composed()["services"]

    own = {name: service["security_opt"][1:] for name, service in services.items() if len(service["security_opt"]) > 1}
    assert [Path(rules.removeprefix("seccomp=")).name for rules in own.pop("runner")] == ["runner-seccomp.json"]
    assert own == {}
    assert list(services["runner"]["networks"]) == ["database"]


def test_the_runners_rules_allow_namespaces_and_refuse_what_reaches_out_of_them():
    rules = json.loads((ROOT / "deploy" / "runner-seccomp.json").read_text())

    refused = {name for rule in rules["syscalls"] for name in rule["names"]}
    assert {rule["action"] for rule in rules["syscalls"]} == {"SCMP_ACT_ERRNO"}
    assert {"clone", "unshare", "mount", "umount2", "pivot_root"} & refused == set()
    assert {"ptrace", "setns", "bpf", "keyctl", "open_by_handle_at", "io_uring_setup", "init_module"} <= refused


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_writes_only_to_volumes_and_memory(name):
    service = composed()["services"][name]

    assert [mount["type"] for mount in service["volumes"]] == ["volume"]
    assert all("size=" in mount for mount in service["tmpfs"])


def test_only_the_web_is_published_and_only_on_this_machine():
    published = {name: service.get("ports", []) for name, service in composed()["services"].items()}

    assert {name: [port["host_ip"] for port in ports] for name, ports in published.items() if ports} == {
        "web": ["127.0.0.1"]
    }


def test_postgresql_reaches_nothing_outside():
    assert list(composed()["services"]["postgres"]["networks"]) == ["database"]
    assert composed()["networks"]["database"]["internal"] is True


def test_no_secret_stands_in_the_environment():
    named = {
        (name, variable)
        for name, service in composed()["services"].items()
        for variable in service.get("environment", {})
        if re.search("PASSWORD|SECRET|KEY|TOKEN|DATABASE_URL", variable) and not variable.endswith("_FILE")
    }

    assert named == set()
    assert {name: set(entry) - {"name"} for name, entry in composed()["secrets"].items()} == {
        "database_url": {"file"},
        "postgres_password": {"file"},
    }


def test_a_store_of_files_is_known_to_those_who_handle_files_and_its_key_is_a_secret():
    store = composed("deploy/compose-s3.yml", WORKINGS_STORAGE_URL="s3://files/here")["services"]

    told = {name for name, service in store.items() if "STORAGE" in json.dumps(service).upper()}
    assert told == {"web", "worker"}
    for name in told:
        assert store[name]["environment"]["WORKINGS_STORAGE_URL"] == "s3://files/here"
        assert {secret["source"] for secret in store[name]["secrets"]} == {
            "database_url",
            "storage_access_key_id",
            "storage_secret_access_key",
        }
        secrets = [one for one in store[name]["environment"] if "KEY" in one and not one.endswith("_FILE")]
        assert secrets == []


def test_the_image_runs_as_a_numbered_user_without_rights():
    users = re.findall(r"^USER (.+)$", read("Dockerfile"), re.MULTILINE)

    assert users == ["10001:10001"]


def test_the_secrets_are_made_once_for_their_owner_and_fit_each_other(tmp_path):
    folder = tmp_path / "secrets"

    assert run_script("make-secrets.sh", str(folder)).returncode == 0

    password = (folder / "postgres_password").read_text().strip()
    assert re.fullmatch(r"[A-Za-z0-9]{43}", password)
    assert (folder / "database_url").read_text() == f"postgresql://workings:{password}@postgres/workings\n"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700

    again = run_script("make-secrets.sh", str(folder))

    assert again.returncode == 1
    assert "nothing was changed" in again.stderr
    assert (folder / "postgres_password").read_text().strip() == password
