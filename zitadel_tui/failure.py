"""The base of everything that either front end shows as a failure."""


class Failure(Exception):
    """One sentence of what went wrong and one of what to do next; never holds a secret.

    ``summary`` and ``hint`` are our own words; what they quote from outside has passed ``text.shown``.
    """

    def __init__(self, summary: str, hint: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.hint = hint

    def __str__(self) -> str:
        return self.summary


class UsageFailure(Failure):
    """Settings, key file or usage are wrong; a command ends with exit status 2."""
