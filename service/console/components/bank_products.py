"""What the bank knows of a linked client, in brief: loaded after the card is there, again when asked."""

from collections.abc import Callable, Coroutine
from typing import Any

from nicegui import ui

from service import desk
from service.console.place import ME, Place
from service.domain.console import BankProducts, Product
from service.errors import SupportError


class BankPart:
    """The part of the card about the bank; what was read for a conversation stays while it is open."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._read: tuple[int, BankProducts] | None = None

    def show(self, conversation_id: int) -> None:
        """Into the present slot: what is known, or a line until it is."""
        with ui.element("div").classes("client-bank").props('data-testid="bank-products"') as part:
            known = self._read
            if known is not None and known[0] == conversation_id:
                _show(known[1], self._place)
                return
            ui.label(self._place.say("card.bank_loading")).classes("muted")
        ui.timer(0.01, lambda: self._load(conversation_id, part), once=True)

    async def _load(self, conversation_id: int, part: ui.element) -> None:
        away, found = await self._place.read(_look, conversation_id, ME, self._place.office) or (True, None)
        if part.is_deleted:
            return  # another conversation was opened meanwhile
        part.clear()
        with part:
            if found is not None:
                self._read = (conversation_id, found)
                _show(found, self._place)
            elif away:
                _say_away(self._place, lambda: self._load(conversation_id, part))


def _look(conversation_id: int, staff: Any, office: Any) -> tuple[bool, BankProducts | None]:
    """(bank is away, what it knows)."""
    try:
        return False, desk.read_bank_products(conversation_id, staff, office)
    except SupportError:
        return True, None


def _show(found: BankProducts, place: Place) -> None:
    ui.label(place.say("card.bank")).classes("side-title").props("role=heading aria-level=2")
    with ui.element("div").classes("client-head"):
        ui.label(found.name).classes("client-name")
        if found.segment:
            ui.label(found.segment).classes("pill")
    with ui.element("ul").classes("client-products"):
        for product in found.products:
            with ui.element("li"):
                ui.label(name_of(product, place.say))
                if product.state not in ("", "active"):
                    ui.label(place.say(f"card.product_{product.state}")).classes("pill warn")
    if not found.products:
        ui.label(place.say("card.bank_nothing")).classes("muted")


def name_of(product: Product, say: Callable[..., str]) -> str:
    """«Текущий счёт ··4417», «Карта Мир ··4821», «Кредит ··0441»."""
    return say(f"card.{product.what}_{product.kind}", tail=product.tail)


def _say_away(place: Place, again: Callable[[], Coroutine[Any, Any, None]]) -> None:
    ui.label(place.say("card.bank_away")).classes("muted")
    ui.button(place.say("card.bank_again"), on_click=again).props("flat no-caps dense")
