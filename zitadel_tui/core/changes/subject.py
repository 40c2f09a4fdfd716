"""What changes to a known user have in common."""

from dataclasses import dataclass, field

from zitadel_tui.text import shown


@dataclass(frozen=True, slots=True)
class OfUser:
    """``who`` is how the user is called in sentences."""

    user_id: str
    who: str = field(default="", kw_only=True)

    @property
    def subject(self) -> str:
        return self.user_id

    @property
    def called(self) -> str:
        return shown(self.who or self.user_id)
