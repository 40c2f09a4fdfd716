"""`zitadel-tui members list` against the seed's way: a token by a Python script, then the list by curl.

Both on the served demo, one after the other, each from the start of its first process to the end of its last.
The seed's script is measured with httpx and, as the least it could be, with the standard library.

python tests/benchmarks/members_list.py [--times 11] [--members 100]
"""

import argparse
import os
import statistics
import subprocess
import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.served_apart import ROOT, served_demo

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
BY_HTTPX = "import httpx\nanswer = httpx.post(url, data=form).json()\n"
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


def run(command: list[str], folder: Path, environment: dict[str, str]) -> float:
    """Milliseconds; the list must have been printed."""
    start = perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, stdout=subprocess.PIPE, check=True
    )
    taken = (perf_counter() - start) * 1000
    if b"ORG_OWNER" not in done.stdout:
        raise RuntimeError(f"no list: {done.stdout[:200]!r}")
    return taken


def seeds_way(folder: Path, request: str, limit: int) -> float:
    (folder / "generator.py").write_text(SIGN + request + SHOW, encoding="utf-8")
    url = (folder / ".env").read_text().split("ZITADEL_DOMAIN")[1].split('"')[1]
    environment = {"PYTHON": sys.executable, "ZITADEL_URL": url, "LIMIT": str(limit)}
    return run(["sh", "-c", SHELL], folder, environment)


def ours(folder: Path, *form: str) -> float:
    command = [sys.executable, "-m", "zitadel_tui", "members", "list", *form]
    return run(command, folder, {"PYTHONPATH": str(ROOT)})


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--times", type=int, default=11)
    parser.add_argument("--members", type=int, default=100)
    options = parser.parse_args()
    taken = []
    with served_demo(options.members) as folder:
        for _ in range(options.times + 1):
            taken.append(
                (
                    ours(folder),
                    ours(folder, "--json"),
                    seeds_way(folder, BY_HTTPX, options.members),
                    seeds_way(folder, BY_URLLIB, options.members),
                )
            )
    table, as_json, by_httpx, by_urllib = (
        statistics.median(column[1:]) for column in zip(*taken, strict=True)
    )
    print(f"median of {options.times}, {options.members} members")
    print(f"{'':<40} {'':>8}  against `members list --json`")
    for name, milliseconds in (
        ("zitadel-tui members list", table),
        ("zitadel-tui members list --json", as_json),
        ("the seed's way, its script on httpx", by_httpx),
        ("the seed's way, its script on urllib", by_urllib),
    ):
        print(f"{name:<40} {milliseconds:>5.0f} ms  {milliseconds / as_json:.2f}")


if __name__ == "__main__":
    main()
