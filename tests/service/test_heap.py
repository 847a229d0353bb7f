"""Freed memory goes back to the system, and loading is not held up by looking for garbage."""

import gc
import platform
import subprocess
import sys

import pytest

from service.heap import loading

# Once a large block was freed, glibc takes smaller ones from the heap, where one that stays holds all before it.
_GROW_AND_SHRINK = """
import re, sys
def held():
    return int(re.search(r"VmRSS:\\s+(\\d+)", open("/proc/self/status").read())[1]) // 1024
if sys.argv[1] == "given":
    from service.heap import give_back_memory
    give_back_memory()
before = held()
bytearray(30_000_000)
blocks = [b"x" * 3_000_000 + bytes([number]) for number in range(60)]
del blocks[:-1]
print(held() - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library is told")
def test_freed_memory_is_given_back() -> None:
    assert _held_after("kept") > 100, "otherwise this test shows nothing"
    assert _held_after("given") < 40


def _held_after(how: str) -> int:
    """Megabytes."""
    command = [sys.executable, "-c", _GROW_AND_SHRINK, how]
    return int(subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout)


def test_no_garbage_is_looked_for_while_something_is_loaded_even_if_that_fails() -> None:
    with pytest.raises(OSError, match="no file"), loading():
        assert not gc.isenabled()
        raise OSError("no file")
    assert gc.isenabled()
