"""What breaks decoders: numbers without end, half characters, nesting, dates that never were."""

from hypothesis import strategies as st

_DIGITS = "9" * 5000
NUMBERS = (
    _DIGITS,
    "-" + _DIGITS,
    _DIGITS + ".0",
    "0." + _DIGITS,
    "1e400",
    "-1e999999999",
    "1e-999999999",
    "NaN",
    "Infinity",
    "-Infinity",
    "18446744073709551616",
    "-9223372036854775809",
    f'"{_DIGITS}"',
    f'"{"9" * 21}"',
    '"1\\n"',
    '"\u0663"',
    '"-1"',
)
JSON_VALUES = (
    *NUMBERS,
    '"\\ud800"',
    '"\\udfff\\ud800"',
    '"\\u0000"',
    '"\ud83d\ude00"',
    '"9999-12-31T23:59:59-23:59"',
    '"0001-01-01T00:00:00"',
    '"0000-00-00T00:00:00Z"',
    '"2026-02-30T00:00:00Z"',
    '"2026-01-01T24:60:60Z"',
    '"+99999-01-01T00:00:00Z"',
    '"1e400s"',
    "[" * 300 + "]" * 300,
    "[" * 900 + "]" * 900,
    "[" * 3000,
    '{"a":' * 300 + "1" + "}" * 300,
    '{"a":' * 3000,
    '{"a":1,"a":2}',
    "null",
    "true",
    "[]",
    "{}",
    '""',
)
"""Texts of JSON values, valid or not, that a decoder stumbles over."""

TOML_VALUES = (
    *JSON_VALUES,
    "9" * 5000,
    "0x" + "f" * 5000,
    "1e999999999",
    "nan",
    "-inf",
    "2026-02-30",
    "9999-12-31T23:59:59-23:59",
    "24:61:00",
    '"\\uD800"',
    "'''",
    "a." * 3000 + "b",
)
"""The same of TOML values."""

json_values = st.sampled_from(JSON_VALUES)


def json_text(value: str) -> bytes:
    """The bytes of ``value``, half characters kept as they are: three bytes that are not UTF-8."""
    return value.encode("utf-8", "surrogatepass")
