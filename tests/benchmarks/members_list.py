"""`zitadel-tui members list --json` against the seed's way: a token by a Python script, the list by curl.

Both on the served demo, one after the other, each from the start of its first process to the end of its
last. With a token that was kept ours is measured against the whole of the seed's way, too. The seed's script
uses requests, or, where that is not installed, the standard library.

python tests/benchmarks/members_list.py [--times 11] [--members 100 4000]
"""

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.served_apart import ROOT, compile_package, served_demo

SIGN = """
import json, os, time
import jwt
from dotenv import load_dotenv
load_dotenv(".env")
domain = os.environ["ZITADEL_DOMAIN"]
key = json.load(open(os.environ["CLIENT_PRIVATE_KEY_FILE_PATH"]))
now = int(time.time())
claims = {"iss": key["userId"], "sub": key["userId"], "aud": domain, "iat": now, "exp": now + 3600}
form = {
    "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "scope": f"openid profile email urn:zitadel:iam:org:project:id:{os.environ['PROJECT_ID']}:aud",
    "assertion": jwt.encode(claims, key["key"], "RS256", headers={"kid": key["keyId"]}),
}
url = os.environ["ZITADEL_TOKEN_URL"]
"""
BY_REQUESTS = "import requests\nanswer = requests.post(url, data=form).json()\n"
BY_URLLIB = """
from urllib.parse import urlencode
from urllib.request import urlopen
answer = json.load(urlopen(url, urlencode(form).encode()))
"""
SHOW = 'print("Access token:", answer["access_token"])\n'
SHELL = """
export ZITADEL_PAT=$("$PYTHON" generator.py | grep "Access token:" | awk '{print $3}')
curl -s -L -k -X POST "$ZITADEL_URL/management/v1/orgs/me/members/_search" \
  -H 'Content-Type: application/json' -H 'Accept: application/json' \
  -H "Authorization: Bearer $ZITADEL_PAT" \
  --data-raw '{"query": {"offset": "0", "limit": '"$LIMIT"', "asc": true}, "queries": []}'
"""


class Taken(NamedTuple):
    """Milliseconds: by the clock, and of the processor, all processes together."""

    clock: float
    processor: float


def run(command: list[str], folder: Path, environment: dict[str, str]) -> Taken:
    """The list must have been printed."""
    before, start = _processor(), perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True
    )
    taken = Taken((perf_counter() - start) * 1000, (_processor() - before) * 1000)
    if b"ORG_OWNER" not in done.stdout:
        raise RuntimeError(f"no list: {done.stdout[:200]!r}")
    return taken


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def seeds_way(folder: Path, limit: int) -> Taken:
    environment = {"PYTHON": sys.executable, "ZITADEL_URL": _address(folder), "LIMIT": str(limit)}
    return run(["sh", "-c", SHELL], folder, environment)


def _address(folder: Path) -> str:
    found = re.search(r'ZITADEL_DOMAIN = "(.*)"', (folder / ".env").read_text())
    assert found is not None
    return found[1]


def ours(folder: Path, *form: str, kept: bool = False) -> Taken:
    """With a token that an earlier command ``kept``, or else with signing in."""
    command = [sys.executable, "-m", "zitadel_tui", "members", "list", *form]
    cache = {"XDG_CACHE_HOME": str(folder / "cache")}
    return run([*command, *(() if kept else ("--no-cache",))], folder, {"PYTHONPATH": str(ROOT), **cache})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=11)
    parser.add_argument("--members", type=int, nargs="+", default=[100, 4000])
    options = parser.parse_args()
    compile_package()
    has_requests = find_spec("requests") is not None
    print(f"median of {options.times}; the seed's script uses {'requests' if has_requests else 'urllib'}")
    for number in options.members:
        with served_demo(number) as folder:
            script = SIGN + (BY_REQUESTS if has_requests else BY_URLLIB) + SHOW
            (folder / "generator.py").write_text(script, encoding="utf-8")
            show(number, compare(folder, number, options.times))


def compare(folder: Path, number: int, times: int) -> dict[str, list[Taken]]:
    taken: dict[str, list[Taken]] = {}
    for turn in range(times + 1):
        of_turn = {
            "the seed's way": seeds_way(folder, number),
            "members list --json": ours(folder, "--json"),
            "… with a token kept": ours(folder, "--json", kept=True),
            "members list": ours(folder),
        }
        for name, one in of_turn.items():
            taken.setdefault(name, []).extend([one] if turn else [])  # the first turn warms up
    return taken


def show(number: int, taken: dict[str, list[Taken]]) -> None:
    seed = taken["the seed's way"]
    print(f"{f'{number:,} members':<26} {'clock':>9}  ratio {'processor':>12}  ratio")
    for name, runs in taken.items():
        clock, processor = (statistics.median(column) for column in zip(*runs, strict=True))
        pairs = list(zip(runs, seed, strict=True))
        by_clock = statistics.median(mine.clock / its.clock for mine, its in pairs)
        by_processor = statistics.median(mine.processor / its.processor for mine, its in pairs)
        print(f"{name:<26} {clock:>6.0f} ms  {by_clock:.2f} {processor:>9.0f} ms  {by_processor:.2f}")


if __name__ == "__main__":
    main()
