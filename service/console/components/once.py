"""A double click does nothing twice."""

from collections.abc import Awaitable, Callable

from nicegui import ui


def once(button: Callable[[], ui.button], work: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
    """`work` for a button and for Enter: while it runs the button is grey, and whatever else asks for it is ignored."""
    running = False

    async def run() -> None:
        nonlocal running
        if running:
            return
        running = True
        button().disable()
        try:
            await work()
        finally:
            running = False
            if not button().is_deleted:
                button().enable()

    return run
