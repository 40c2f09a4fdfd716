"""Parts that are laid out as lines: nothing is lost, nothing is broken inside."""

from hypothesis import given
from hypothesis import strategies as st

from zitadel_tui.text import cells
from zitadel_tui.tui.format.lines import flow

WIDTH, INDENT = 30, 8
words = st.lists(st.text("abcdef_", min_size=1, max_size=20), max_size=12)


@given(words)
def test_parts_flow_into_lines_without_being_broken(roles: list[str]) -> None:
    parts = ["then".ljust(INDENT)]
    for role in roles:
        parts += ["  ", f"+ {role}"]
    lines = [
        "".join(part if isinstance(part, str) else part[0] for part in line)
        for line in flow((*parts,), WIDTH, INDENT)
    ]
    assert all(cells(line.rstrip()) <= WIDTH for line in lines)
    assert all(line.startswith(" " * INDENT) for line in lines[1:])
    assert " ".join(" ".join(lines).split()) == " ".join(["then", *(f"+ {role}" for role in roles)])
    assert not any(line.rstrip().endswith("+") for line in lines)
