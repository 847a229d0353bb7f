"""One article: its Markdown on the left; checks, preview, questions and versions on the right."""

from datetime import date

from nicegui import ui

from service import editing
from service.console.components.article_parts import validity_of, with_validity
from service.console.components.article_preview import CHANNELS, show_checks, show_hits, show_replies
from service.console.components.article_versions import ArticleVersions, settle
from service.console.components.date_field import DateField
from service.console.components.dialogs import Form, ask, press
from service.console.components.diff import Diff
from service.console.components.problems import show_problems
from service.console.components.sheet import sheet
from service.console.dates import iso_of, say_day
from service.console.live import Live
from service.console.place import ME, Place
from service.console.searching import read_day
from service.domain.staff import Role
from service.editing import Preview, Saved
from service.errors import Conflict
from service.events import KNOWLEDGE_TOPIC
from service.office import Office
from service.storage.articles import Version
from service.storage.staff import StaffMember

LOOK_AFTER_SECONDS = 0.6
"""After the last key, before the preview is drawn anew."""


class ArticleEditor:
    """`_base` is the newest version that this page knows; `_saved` its text."""

    def __init__(self, place: Place, article_id: str, language: str) -> None:
        self._place = place
        self._id, self._language = article_id, language
        self._decides = place.staff.role in (Role.SUPERVISOR, Role.ADMIN)
        self._versions: list[Version] = []
        self._found: Preview | None = None
        self._saved = ""
        self._shown: str | None = None
        self._typed = ""

    async def build(self) -> None:
        """Read the article and draw the page."""
        place = self._place
        found = await place.do(editing.read_versions, self._id, self._language, ME, place.office)
        title = (found[0].title or self._id) if found else ""
        with sheet(place, "knowledge", heading=title) as head:
            if not found:
                ui.label(place.say("knowledge.gone")).classes("empty")
                ui.link(place.say("knowledge.back"), "/console/knowledge")
                return
            self._versions, self._saved = found, found[0].source
            with head:
                self._head()
            self._news = ui.element("div").classes("banner").props("role=status")
            self._news.visible = False
            with ui.element("div").classes("article"):
                with ui.element("section").classes("article-text"):
                    self._text()
                with ui.element("section").classes("article-side"):
                    self._side()
        self._show_state()
        Live(place.office.events, lambda: (KNOWLEDGE_TOPIC,), self._look)
        ui.timer(LOOK_AFTER_SECONDS / 2, self._check_if_changed)

    @property
    def _base(self) -> int:
        return self._versions[0].number

    @property
    def _source(self) -> str:
        return str(self._editor.value or "")

    def _head(self) -> None:
        place = self._place
        with ui.link("", "/console/knowledge").classes("back") as back:
            back.props(f'aria-label="{place.say("knowledge.back")}"')
            ui.icon("arrow_back")
        back.move(target_index=0)
        self._state = ui.element("div").classes("row-pills")
        self._unsaved = ui.label(place.say("knowledge.unsaved")).classes("pill warn")
        press(place, "knowledge.validity", self._ask_validity)
        key = "save_draft" if self._decides else "propose"
        look = "flat" if self._decides else "main"
        self._save = press(place, f"knowledge.{key}", self._ask_save, look=look).props("data-testid=save-draft")
        if self._decides:
            self._withdraw = press(place, "knowledge.withdraw", self._ask_withdraw, look="bad", asks=True)
            press(place, "knowledge.publish", self._ask_publish, look="main").props("data-testid=publish")

    def _text(self) -> None:
        place = self._place
        self._editor = ui.codemirror(
            self._saved, language="Markdown", line_wrapping=True,
            theme="basicDark" if place.preferences.dark else "basicLight",
            keymap={"Ctrl-s": self._ask_save, "Cmd-s": self._ask_save},
        ).classes("article-editor").props(f'aria-label="{place.say("knowledge.text")}"')  # fmt: skip
        ui.label(place.say("knowledge.keys")).classes("muted small")

    def _side(self) -> None:
        place = self._place
        self._checks = ui.element("div")
        names = ("preview", "hits", "versions")
        with ui.tabs().props("dense no-caps align=left inline-label").classes("side-tabs") as tabs:
            for name in names:
                ui.tab(name, label=place.say(f"knowledge.tab_{name}"))
        with ui.tab_panels(tabs, value="preview", animated=False).classes("side-panels"):
            with ui.tab_panel("preview"):
                channels = {each: place.say(f"knowledge.channel_{each}") for each in CHANNELS}
                self._channel = ui.toggle(channels, value="web", on_change=self._draw_preview).props(
                    "no-caps dense unelevated toggle-color=primary"
                )
                self._preview = ui.element("div").classes("preview-box")
            with ui.tab_panel("hits"):
                ui.label(place.say("knowledge.hits_lead")).classes("card-lead")
                press(place, "knowledge.find_hits", self._find_hits).props("data-testid=find-hits")
                self._hits = ui.element("div").classes("hits-box")
            with ui.tab_panel("versions"):
                self._list = ArticleVersions(place, decides=self._decides, on_restored=self._adopt)

    async def _check_if_changed(self) -> None:
        source = self._source
        if source != self._typed and self._shown is not None:
            self._typed = source  # still being typed: look when nothing has come since
            self._unsaved.visible = source != self._saved
        elif source != self._shown:
            self._typed = self._shown = source
            await self._check()

    async def _check(self) -> None:
        """What is wrong with the text as it is, and how it looks."""
        source = self._source
        found = await self._place.read(editing.preview, self._id, self._language, source, ME, self._place.office)
        if found is None or source != self._source:
            return  # typed on meanwhile: the next look comes
        self._found = found
        wrong = {each.line for each in found.proof.errors if each.line <= source.count("\n") + 1}
        self._editor.decorations = [{"kind": "line", "line": line, "class": "cm-wrong"} for line in sorted(wrong)]
        self._checks.clear()
        with self._checks:
            show_checks(found, self._place, on_line=self._go_to)
        self._draw_preview()

    def _draw_preview(self) -> None:
        self._preview.clear()
        if self._found is not None:
            with self._preview:
                show_replies(self._found, str(self._channel.value), self._place)

    def _go_to(self, line: int) -> None:
        self._editor.reveal_line(line)

    async def _find_hits(self) -> None:
        place = self._place
        hits = await place.do(editing.find_hits, self._id, self._language, self._source, ME, place.office)
        if hits is not None:
            self._hits.clear()
            with self._hits:
                show_hits(hits, place)

    def _show_state(self) -> None:
        newest = self._versions[0]
        serving = next((each for each in self._versions if each.serving), None)
        say = self._place.say
        self._state.clear()
        with self._state:
            if serving is not None:
                ui.label(say("knowledge.serving", n=serving.number)).classes("pill good")
            else:
                ui.label(say("knowledge.state_withdrawn")).classes("pill")
            if newest.state == "draft":
                ui.label(say("knowledge.draft_of", n=newest.number, author=newest.author)).classes("pill warn")
            days = validity_of(newest.source)
            for key, day in days.items():
                ui.label(say(f"knowledge.{key}", day=_said_day(day, self._place.language))).classes("pill")
        self._unsaved.visible = self._source != self._saved
        if self._decides:
            self._withdraw.visible = serving is not None
        self._list.show(self._id, self._language, self._versions)

    async def _look(self) -> None:
        place = self._place
        found = await place.read(editing.read_versions, self._id, self._language, ME, place.office)
        if not found:
            return
        if found[0].number > self._base:
            self._news.clear()
            with self._news:
                ui.label(place.say("knowledge.newer", n=found[0].number, author=found[0].author))
                if self._source == self._saved:
                    press(place, "knowledge.show_newer", lambda: self._adopt(found))
            self._news.visible = True
        elif found != self._versions:
            self._versions = found
            self._show_state()

    async def _adopt(self, versions: list[Version] | None = None, *, text: bool = True) -> None:
        """Go on from what there is now; `text` puts the newest version into the editor."""
        place = self._place
        found = versions or await place.read(editing.read_versions, self._id, self._language, ME, place.office)
        if not found:
            return
        self._versions, self._saved = found, found[0].source
        self._news.visible = False
        if text:
            self._editor.set_value(self._saved)
        self._show_state()

    async def _ask_save(self, *_: object) -> None:
        if self._source == self._saved:
            ui.notify(self._place.say("knowledge.nothing_new"), position="top")
            return
        place = self._place
        form = Form(place, place.say("knowledge.save_draft" if self._decides else "knowledge.propose"))
        with form.fields():
            ui.label(place.say("knowledge.draft_hint")).classes("form-text")
            why = ui.input(place.say("knowledge.comment")).props("outlined dense autofocus maxlength=500 name=comment")

        async def save() -> bool:
            saved = await self._store(str(why.value or "") or None)
            if saved is not None:
                ui.notify(place.say("knowledge.saved", n=saved.version.number), type="positive", position="top")
            return saved is not None

        form.open(save)

    async def _store(self, comment: str | None) -> Saved | None:
        """Keep the text as the next version; None when it can't be kept, or a colleague's text was taken instead."""
        place, source, base = self._place, self._source, self._base
        while True:
            kept = await place.do(
                save_or_conflict, self._id, self._language, ME, place.office, source=source, base=base, comment=comment
            )
            if isinstance(kept, Saved):
                await self._adopt(text=False)
                return kept
            if kept is None:
                return None
            mine = await settle(place, kept, source)
            if mine is None:
                return None
            if not mine:
                await self._adopt()
                return None
            base = int(kept.fields["newest"])

    async def _ask_publish(self) -> None:
        place = self._place
        await self._check()
        found = self._found
        if found is None:
            return
        serving = next((each.source for each in self._versions if each.serving), "")
        form = Form(place, place.say("knowledge.publish_title"), action=place.say("knowledge.publish"), wide=True)
        with form.fields():
            errors = len(found.proof.errors)
            ui.label(place.say("knowledge.publish_errors" if errors else "knowledge.publish_text")).classes("form-text")
            if found.proof.problems:
                show_problems(found.proof.problems, place)
            Diff(place, editing.diff(serving, self._source))
        form.open(None if errors else self._publish)

    async def _publish(self) -> bool:
        place = self._place
        if self._source != self._saved and await self._store(None) is None:
            return False
        done = await place.do(editing.publish, self._id, self._language, self._base, ME, place.office)
        if done is not None:
            ui.notify(place.say("knowledge.published", n=done.version.number), type="positive", position="top")
            await self._adopt(text=False)
        return done is not None

    async def _ask_withdraw(self) -> None:
        place = self._place
        text = place.say("knowledge.withdraw_text")
        if not await ask(place, place.say("knowledge.withdraw_title"), text, place.say("knowledge.withdraw")):
            return
        broken = await place.do(editing.withdraw, self._id, self._language, ME, place.office, base=self._base)
        if broken is None:
            return
        await self._adopt(text=False)
        if broken:
            form = Form(place, place.say("knowledge.broken_title"))
            with form.fields():
                show_problems(broken, place)
            form.open(None)
        else:
            ui.notify(place.say("knowledge.withdrawn_done"), type="positive", position="top")

    async def _ask_validity(self) -> None:
        place, days = self._place, validity_of(self._source)
        form = Form(place, place.say("knowledge.validity"), action=place.say("knowledge.put"))
        with form.fields():
            ui.label(place.say("knowledge.validity_hint")).classes("form-text")
            with ui.element("div").classes("form-pair"):
                ends = [
                    DateField(place, place.say(f"knowledge.{key}_label"), read_day(days.get(key, "")))
                    .props(f"clearable name={key}")
                    for key in ("valid_from", "valid_to")
                ]  # fmt: skip

        async def put() -> bool:
            changed = with_validity(self._source, *(iso_of(each.day) for each in ends))
            self._editor.set_value(changed)
            return True

        form.open(put)


def save_or_conflict(
    article_id: str, language: str, staff: StaffMember, office: Office, *, source: str, base: int, comment: str | None
) -> Saved | Conflict:
    """`editing.save_draft`, with the colleague's newer version as a result instead of an error."""
    try:
        return editing.save_draft(article_id, language, staff, office, source=source, base=base, comment=comment)
    except Conflict as error:
        if "newest_source" in error.fields:
            return error
        raise


def _said_day(day: str, language: str) -> str:
    try:
        return say_day(date.fromisoformat(day), language)
    except ValueError:
        return day
