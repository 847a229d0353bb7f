"""What kinds of channels there are, and what one can do, as data: the policies read it, nobody asks the name."""

from dataclasses import dataclass
from enum import StrEnum


class ChannelKind(StrEnum):
    """What a channel is for the policies: secure topics are never served in a messenger."""

    WEB = "web"
    MESSENGER = "messenger"
    EMAIL = "email"


class LengthUnit(StrEnum):
    """What a platform counts when it limits a text."""

    CHARACTERS = "characters"
    UTF16 = "utf16"
    BYTES = "bytes"


class ButtonKind(StrEnum):
    """How buttons look in a channel. `NUMBERED`: there are none, so the choices are a list and «2» is typed back."""

    INLINE = "inline"
    QUICK_REPLY = "quick_reply"
    NUMBERED = "numbered"


@dataclass(frozen=True)
class ButtonRules:
    """Buttons under one message: at most `most`, titles of `title_length` characters.

    `links`: a button may open an address; where it may not, the address is written under the text. More buttons than
    `most` become a numbered list as a whole.
    """

    kind: ButtonKind = ButtonKind.NUMBERED
    most: int = 0
    title_length: int = 0
    links: bool = False


@dataclass(frozen=True)
class ChannelRules:
    """The limits of a platform.

    A text is at most `text_length` of `unit`. A text of up to `caption_length` travels together with up to
    `files_at_once` files; otherwise each file is a request of its own. `file_bytes` is the largest file taken.
    `per_second` and `chat_per_second` are requests a second to the platform and to one client. `has_idempotency_key`:
    the platform deduplicates on `Delivery.key`, so an unknown fate may be sent again. `window_hours`: how long after
    the client's last message we may write (None: always); `human_window_hours`: how long a person may, with the
    platform's human-only tag (`Delivery.late`). `typing_seconds`: how long the platform shows that somebody types after
    it was told so (0: it can't be told).
    """

    text_length: int = 4096
    unit: LengthUnit = LengthUnit.CHARACTERS
    caption_length: int = 0
    files_at_once: int = 1
    file_bytes: int = 20 * 2**20
    buttons: ButtonRules = ButtonRules()
    per_second: float = 20.0
    chat_per_second: float = 1.0
    slots: int = 4
    has_idempotency_key: bool = False
    window_hours: float | None = None
    human_window_hours: float | None = None
    typing_seconds: float = 0.0
