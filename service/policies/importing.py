"""What does an import do to an article that may have been edited in the console?"""

from enum import StrEnum


class Fate(StrEnum):
    """What becomes of an article. `KEPT`: it was written, edited or withdrawn here, and stays as it is."""

    ADDED = "added"
    REPLACED = "replaced"
    SAME = "same"
    REMOVED = "removed"
    KEPT = "kept"
    ABSENT = "absent"


def decide_import(
    incoming: str | None, served: str | None, imported: str | None, *, withdrawn: bool = False, overwrite: bool = False
) -> Fate:
    """A three-way decision on hashes of content: what comes in, what is served, what the last import brought.

    What nobody touched since the last import follows the files. What was changed here is kept, unless `overwrite`.
    """
    if served is None:
        if incoming is None:
            return Fate.ABSENT
        return Fate.KEPT if withdrawn and not overwrite else Fate.ADDED
    if incoming == served:
        return Fate.SAME
    if served != imported and not overwrite:
        return Fate.KEPT
    return Fate.REMOVED if incoming is None else Fate.REPLACED
