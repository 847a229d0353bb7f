"""Does this conversation go to the canary? The same answer for a conversation as long as the canary is the same one."""

import hashlib
from typing import Final

SMALLEST_SHARE: Final = 0.01
LARGEST_SHARE: Final = 0.5
"""A canary for more than half of the clients is no canary."""


def takes_part(key: str, version: str, share: float) -> bool:
    """Whether the conversation named `key` is among the `share` (0 to 1) that the canary `version` answers.

    The version is part of the draw, so that it isn't always the same clients who meet what is new. A larger share
    keeps all who took part in a smaller one. What has no key (a trial, a suggestion) never takes part.
    """
    if not key or share <= 0.0:
        return False
    drawn = hashlib.sha256(f"{version}\n{key}".encode("utf-8", "replace")).digest()
    return int.from_bytes(drawn[:8], "big") / 2**64 < share
