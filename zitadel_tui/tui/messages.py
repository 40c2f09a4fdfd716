"""Messages from features to the app."""

from textual.message import Message


class ShowView(Message):
    """Switch to a view; ``to`` is what that view's ``jump`` understands, such as ``query`` or ``user_id``."""

    def __init__(self, view_id: str, **to: str) -> None:
        super().__init__()
        self.view_id = view_id
        self.to = to
