"""One version of the model: the gate's verdict, its figures beside the live one's, and what can be done with it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from nicegui import ui

from service import releases
from service.console.components.dialogs import Form, ask, press
from service.console.components.sheet import sheet
from service.console.frame import console_page
from service.console.live import Live
from service.console.models.beside import show_beside
from service.console.models.training_strip import TrainingStrip
from service.console.models.verdict import show_verdict
from service.console.place import ME, Place
from service.console.style import wear
from service.domain.releases import Plan, Stage
from service.domain.staff import StaffMember
from service.domain.trainings import Training
from service.events import MODELS_TOPIC
from service.office import Office
from service.policies.canary import LARGEST_SHARE, SMALLEST_SHARE
from service.policies.permissions import Action, may
from service.releases import ModelCard
from service.releases.comparing import Comparison, compare
from service.storage.models import Verdict


@dataclass(frozen=True)
class _Known:
    """What the page shows; drawn anew when any of it changed."""

    card: ModelCard
    verdict: Verdict | None
    comparison: Comparison
    others: tuple[str, ...]
    has_report: bool


@console_page("models", "/models/{version}")
async def model_page(place: Place, version: str) -> None:
    """The version, or a word that there is none."""
    wear("supervisor")
    ModelPage(place, version).build()


class ModelPage:
    """The version as it was read last."""

    def __init__(self, place: Place, version: str) -> None:
        self._place = place
        self._version = version
        self._against: str | None = None
        self._known: _Known | None = None

    def build(self) -> None:
        """Draw the page; the rest comes with the first look."""
        place = self._place
        with sheet(place, "models", heading=place.say("models.version", version=self._version)) as head:
            with head, ui.element("a").props('href="/console/models" data-testid=back'):
                ui.label(place.say("models.back"))
            self._strip = TrainingStrip(place)
            self._box = ui.element("div").classes("stack")
        Live(place.office.events, lambda: (MODELS_TOPIC,), self._look, pause=0.5)

    async def _look(self) -> None:
        place = self._place
        trainings = await place.read(releases.list_trainings, ME, place.office, limit=1)
        newest: Training | None = trainings[0] if trainings else None
        mine = newest is not None and newest.version == self._version
        self._strip.show(newest if mine else None)
        known = await place.read(_know, self._version, self._against, ME, place.office)
        if known is None or known == self._known:
            return
        self._known = known
        self._box.clear()
        with self._box:
            self._draw(known)

    def _draw(self, known: _Known) -> None:
        place, card = self._place, known.card
        with ui.element("section").classes("card").props("data-testid=stage"):
            words = place.say(f"models.is_{card.stage.value}", percent=round(card.share * 100))
            ui.label(words).classes("card-title").props("role=heading aria-level=2")
            if card.model.notes:
                ui.label(card.model.notes).classes("form-text")
            with ui.element("div").classes("card-foot"):
                self._buttons(known)
        show_verdict(place, known.verdict, is_live=card.stage is Stage.LIVE)
        if known.others:
            chosen = ui.select(
                list(known.others), value=known.comparison.before.version, label=place.say("models.compare_with"),
                on_change=lambda event: self._compare_with(event.value),
            )  # fmt: skip
            chosen.props("outlined dense data-testid=other").classes("other-version")
        show_beside(place, known.comparison)

    async def _compare_with(self, version: str) -> None:
        self._against = version
        await self._look()

    def _buttons(self, known: _Known) -> None:
        place, stage = self._place, known.card.stage
        if stage is not Stage.LIVE:
            self._button("promote", self._promote, look="main")
            self._button("judge", self._judge)
            if stage is not Stage.SHADOW:
                self._button("shadow", self._shadow)
            self._button("canary", self._canary)
            if stage is not Stage.CANDIDATE:
                self._button("stop", self._stop)
            if may(place.staff.role.value, Action.OVERRIDE_GATE) and known.verdict and not known.verdict.passed:
                self._button("override", self._override, look="bad")
        if known.has_report:
            self._button("report", self._download)
        self._button("note", self._note)

    def _button(self, name: str, work: Callable[[], Awaitable[object]], *, look: str = "flat") -> None:
        press(self._place, f"models.do_{name}", work, look=look, asks=True).props(f"data-testid={name}")

    async def _judge(self) -> None:
        await self._place.do(releases.start_judging, self._version, ME, self._place.office)

    async def _shadow(self) -> None:
        await self._release(releases.start_shadow, "shadow")

    async def _stop(self) -> None:
        await self._release(releases.stop_trial, "stop")

    async def _promote(self) -> None:
        await self._release(releases.promote, "promote")

    async def _release(self, work: Callable[..., Plan], name: str) -> None:
        place = self._place
        words = place.say(f"models.do_{name}")
        if await ask(place, words, place.say(f"models.ask_{name}"), words, bad=False):
            await self._tell(await place.do(work, self._version, ME, place.office))

    async def _canary(self) -> None:
        place = self._place
        form = Form(place, place.say("models.do_canary"), action=place.say("models.do_canary"))
        with form.fields():
            ui.label(place.say("models.ask_canary")).classes("form-text")
            least, most = round(SMALLEST_SHARE * 100), round(LARGEST_SHARE * 100)
            share = ui.number(place.say("models.share"), value=10, min=least, max=most, step=1).props(
                "outlined dense autofocus name=share suffix=%"
            )

        async def save() -> bool:
            done = await place.do(releases.start_canary, self._version, float(share.value or 0) / 100, ME, place.office)
            return await self._tell(done)

        form.open(save)

    async def _override(self) -> None:
        place = self._place
        form = Form(place, place.say("models.do_override"), action=place.say("models.do_override"), bad=True)
        with form.fields():
            ui.label(place.say("models.ask_override")).classes("form-text")
            reason = ui.textarea(place.say("models.reason")).props("outlined dense autogrow autofocus name=reason")

        async def save() -> bool:
            words = str(reason.value or "")
            return await self._tell(await place.do(releases.promote, self._version, ME, place.office, override=words))

        form.open(save)

    async def _note(self) -> None:
        place = self._place
        form = Form(place, place.say("models.do_note"))
        now = self._known.card.model.notes if self._known else ""
        with form.fields():
            notes = ui.textarea(place.say("models.notes"), value=now).props(
                "outlined dense autogrow autofocus name=notes"
            )

        async def save() -> bool:
            words = str(notes.value or "")
            return await place.do(releases.note_model, self._version, words, ME, place.office) is not None

        form.open(save)

    async def _download(self) -> None:
        place = self._place
        page = await place.do(releases.read_report, self._version, ME, place.office)
        if page is not None:
            ui.download.content(page, f"otklik-model-{self._version}.html", "text/html; charset=utf-8")

    async def _tell(self, plan: Plan | None) -> bool:
        if plan is not None:
            words = self._place.say("models.now_live", version=plan.live or "—")
            ui.notify(words, type="positive", position="top")
        return plan is not None


def _know(version: str, against: str | None, staff: StaffMember, office: Office) -> _Known:
    card = releases.read_model(version, staff, office)
    cards = releases.list_models(staff, office)
    live = next((each for each in cards if each.stage is Stage.LIVE), None)
    others = tuple(each.version for each in cards if each.version != card.version)
    beside = against if against in others else live.version if live and live.version in others else None
    comparison = compare(beside or next(iter(others), card.version), card.version, staff, office)
    verdict = releases.read_verdict(version, staff, office) if card.stage is not Stage.LIVE else None
    return _Known(card, verdict, comparison, others, releases.has_report(card.version, office))
