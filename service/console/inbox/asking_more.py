"""More questions of the inbox, where one types to find: tags, topics, another conversation of the same client."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from nicegui import ui

from service import desk
from service.console.components.inbox_list import channel_name
from service.console.inbox.asking import Confirm, ask
from service.console.place import ME
from service.console.topics import topics_of
from service.domain.search import Search

if TYPE_CHECKING:
    from service.console.inbox.showing import Showing

MOST_OTHERS = 8


async def ask_tag(view: "Showing") -> str | None:
    """A tag to add, or one of the conversation's to remove."""
    place = view.place
    known = await place.do(desk.suggest_tags, "", ME, place.office, limit=30) or []
    present = view.opened.card.tags if view.opened else ()

    def build(dialog: ui.dialog, confirm: Confirm) -> Callable[[], Any]:
        box = ui.input(place.say("asking.tag"), autocomplete=[each for each in known if each not in present])
        box.classes("ask-field").props('outlined dense autofocus maxlength=40 data-testid="tag-box"')
        box.on("keydown.enter", confirm)
        if present:
            ui.label(place.say("asking.remove_tag")).classes("muted")
            with ui.element("div").classes("ask-tags"):
                for tag in present:
                    with ui.element("button").classes("small").props('type="button"') as button:
                        ui.label(f"#{tag} ×")
                    button.on("click", lambda tag=tag: dialog.submit(tag))
        return lambda: str(box.value or "").strip().removeprefix("#") or None

    answer: str | None = await ask(view, place.say("asking.tags"), build)
    return answer


async def ask_intents(view: "Showing") -> list[str] | None:
    """What a message was about: intents, out_of_scope, or [] to take a correction back."""
    place = view.place
    options = dict(topics_of(place)) | {"out_of_scope": place.say("timeline.out_of_scope")}

    def build(_dialog: ui.dialog, _confirm: Confirm) -> Callable[[], Any]:
        chosen = (
            ui.select(options, label=place.say("asking.intents"), multiple=True, with_input=True, clearable=True)
            .props('outlined dense use-chips autofocus data-testid="intents"')
            .classes("ask-field")
        )
        ui.label(place.say("asking.intents_hint")).classes("muted")
        return lambda: list(chosen.value or [])

    answer: list[str] | None = await ask(view, place.say("asking.correct"), build, keys="ctrl_enter")
    return answer


async def ask_other(view: "Showing") -> tuple[int, str] | None:
    """Another conversation whose client is the same person, and why one thinks so."""
    place, here = view.place, view.selected
    own = view.opened.card.client_id if view.opened else 0
    name = (view.opened.card.name if view.opened else "") or ""

    async def find(words: str) -> dict[int, str]:
        newest = await place.read(desk.search, ME, place.office, Search(), limit=200)
        called = (words or name).casefold()
        recent = newest.conversations if newest else ()
        named = [each for each in recent if called and called in (each.client_name or "").casefold()]
        said = await place.read(desk.search, ME, place.office, Search(text=words), limit=50) if words else newest
        both = {each.conversation_id: each for each in (*named, *(said.conversations if said else ()))}
        others = [each for each in both.values() if each.client_id != own]
        return {
            each.conversation_id: " · ".join((
                each.client_name or place.say("list.client", n=each.client_id),
                channel_name(each.channel, place.language),
                (each.hit.text if each.hit else topics_of(place).get(each.intent or "", ""))[:60],
            ))
            for each in others[:MOST_OTHERS]
            if each.conversation_id != here
        }  # fmt: skip

    offered = await find("")

    def build(_dialog: ui.dialog, confirm: Confirm) -> Callable[[], Any]:
        box = ui.input(place.say("asking.merge_find")).classes("ask-field")
        box.props('outlined dense autofocus debounce=250 data-testid="merge-find"')
        nobody = ui.label(place.say("asking.merge_nobody")).classes("muted").props("role=status")
        nobody.visible = False
        others = ui.select(offered, label=place.say("asking.merge_other")).classes("ask-field")
        others.props('outlined dense data-testid="merge-other"')
        why = ui.input(place.say("asking.merge_reason")).classes("ask-field")
        why.props('outlined dense maxlength=500 data-testid="merge-reason"').on("keydown.enter", confirm)
        ui.label(place.say("asking.merge_hint")).classes("muted")

        async def look() -> None:
            found = await find(str(box.value or "").strip())
            others.set_options(found, value=next(iter(found), None) if box.value else None)
            nobody.visible = not found

        box.on_value_change(look)

        def read() -> tuple[int, str] | None:
            if others.value is None or not str(why.value or "").strip():
                lacks = others if others.value is None else why
                lacks.props["error"] = True
                lacks.props["error-message"] = place.say("asking.merge_lacks")
                lacks.update()
                return None
            return int(others.value), str(why.value).strip()

        return read

    answer: tuple[int, str] | None = await ask(
        view, place.say("asking.merge"), build, says="asking.merge_it", keys="ctrl_enter"
    )
    return answer
