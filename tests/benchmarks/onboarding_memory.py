"""Memory and time of whole onboarding runs by the command, by rows: the plan, then plan and run, against a
served demo. Each user gets a role and a passkey link.

python -m tests.benchmarks.onboarding_memory [--rows 20000 40000]
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.served_apart import compile_package, served_demo
from tests.benchmarks.users_file import onboard, write_users


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[20_000, 40_000])
    options = parser.parse_args()
    compile_package()
    print("     rows         plan                  plan and run      rows/s")
    for rows in options.rows:
        with served_demo(20) as folder:
            write_users(folder / "people.csv", rows)
            check = onboard(folder, "check", "people.csv")
            apply = onboard(folder, "apply", "people.csv", "--yes")
        print(
            f"{rows:9,}  {check.clock:5.1f} s {check.memory:5} MB   {apply.clock:7.1f} s {apply.memory:5} MB "
            f"{rows / apply.clock:9.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
