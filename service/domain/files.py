"""Files and pictures that clients and operators send each other."""

from dataclasses import dataclass

SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp")


@dataclass(frozen=True)
class AttachedFile:
    """A file as a message refers to it: its random key, its cleaned name, its true type, its size in bytes."""

    key: str
    name: str
    media_type: str
    size: int

    @property
    def may_be_shown(self) -> bool:
        """Whether a browser may show it in the page; everything else is only ever saved."""
        return self.media_type in SHOWN_INLINE
