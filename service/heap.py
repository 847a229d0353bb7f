"""How the C library keeps freed memory: by default generously, which doubles what a busy server holds."""

import ctypes
import gc
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

# Names and numbers of <malloc.h> (GNU C library).
_TRIM_THRESHOLD: Final = -1
_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8

KEPT_BYTES: Final = 2 * 2**20
"""Blocks from this size are mapped by themselves and go back when freed; so does as much free space at the end."""
ARENAS: Final = 2
"""Every thread would get an arena of its own, up to eight a core, each with its own free space."""


def give_back_memory() -> None:
    """Let this process, and those forked from it, return freed memory to the system. Elsewhere than on glibc: nothing.

    Costs about as much processor time as it saves in page faults of a larger heap: not measurable.
    """
    if platform.libc_ver()[0] != "glibc":
        return
    library = ctypes.CDLL(None)
    for option, value in ((_TRIM_THRESHOLD, KEPT_BYTES), (_MMAP_THRESHOLD, KEPT_BYTES), (_ARENA_MAX, ARENAS)):
        library.mallopt(option, value)


@contextmanager
def loading() -> Iterator[None]:
    """No collection of garbage while much is loaded that stays: each would look through all of it and find nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
