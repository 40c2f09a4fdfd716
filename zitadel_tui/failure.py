"""The base of all failures that a front end shows."""


class Failure(Exception):
    """What went wrong and what to do next, one sentence each; never contains a secret.

    ``summary`` and ``hint`` are our own texts; quotes from outside have passed ``text.shown``.
    """

    def __init__(self, summary: str, hint: str = "") -> None:
        super().__init__(summary)
        self.summary = summary
        self.hint = hint

    def __str__(self) -> str:
        return self.summary


class UsageFailure(Failure):
    """Settings, key file or usage are wrong; a command ends with exit status 2."""
