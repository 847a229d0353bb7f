"""Every key that the help names is pressed by some test in a browser."""

import re
from pathlib import Path

import pytest

from service.console.inbox.keys import KEYS

TESTS = Path(__file__).parents[2] / "browser" / "console"
AS_PLAYWRIGHT_SAYS = {
    "↓": "ArrowDown", "↑": "ArrowUp", "Esc": "Escape", "Ctrl+Enter": "Control+Enter", "PgUp": "PageUp",
    "PgDn": "PageDown", "←": "ArrowLeft", "→": "ArrowRight",
}  # fmt: skip


@pytest.mark.parametrize("key", [key for keys, _ in KEYS for key in keys.split()])
def test_a_browser_test_presses_it(key: str) -> None:
    written = "\n".join(file.read_text(encoding="utf-8") for file in TESTS.glob("test_inbox*.py"))
    pressed = {each.casefold() for each in re.findall(r'press\("([^"]+)"\)', written)}
    assert AS_PLAYWRIGHT_SAYS.get(key, key).casefold() in pressed
