"""All attacks, and a program that lets them loose on the machine it is started on and prints what was not held."""

import json
from concurrent.futures import ThreadPoolExecutor

from app.sandbox.sandbox import Sandbox
from tests.sandbox.attack import Attack, complaint, run
from tests.sandbox.attacks_in_c import COMPILED
from tests.sandbox.attacks_on_resources import RESOURCES
from tests.sandbox.attacks_on_the_machine import MACHINE

ATTACKS = (*RESOURCES, *MACHINE, *COMPILED)


def main() -> None:
    """Print the isolation, the number of attacks, and the complaints by name of attack; many only wait for a limit."""

    def let_loose(attack: Attack) -> str | None:
        return complaint(attack, run(sandbox, attack))

    with Sandbox() as sandbox, ThreadPoolExecutor(2) as pool:
        heard = dict(zip([attack.name for attack in ATTACKS], pool.map(let_loose, ATTACKS), strict=True))
        details = sandbox.isolation.details
    told = {"details": details, "attacks": len(heard), "complaints": {k: v for k, v in heard.items() if v}}
    print(json.dumps(told))  # noqa: T201 - read by who started it


if __name__ == "__main__":
    main()
