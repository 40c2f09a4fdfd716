"""The columns of Members. Their content, in ``rows.py``, is imported once there is a row."""

from zitadel_tui.tui.widgets.table import Column

COLUMNS = (
    Column("name", "NAME", 20, min_width=16, grow=1, middle=True),
    Column("login", "LOGIN", 18, min_width=13, grow=2, middle=True),
    Column("email", "EMAIL", 26, priority=1, grow=1, dim=True, middle=True),
    Column("roles", "ROLES", 29, min_width=22, grow=2),
    Column("since", "SINCE", 10, min_width=10, align="right", dim=True, expendable=True),
)
