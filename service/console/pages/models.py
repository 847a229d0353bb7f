"""The versions of the model: which of them answers, which is tried, a training that goes on, and the way back."""

from collections.abc import Mapping
from typing import Any

from nicegui import ui

from service import releases
from service.console.amounts import exact_percent
from service.console.components.dialogs import Form, ask, press
from service.console.components.rows import Rows, cell
from service.console.components.sheet import sheet, title
from service.console.dates import say_moment
from service.console.frame import console_page
from service.console.live import Live
from service.console.models.training_strip import TrainingStrip
from service.console.place import ME, Place
from service.domain.releases import Release, Stage
from service.events import MODELS_TOPIC
from service.releases import ModelCard

TONES = {Stage.LIVE: "good", Stage.CANARY: "warn", Stage.SHADOW: "", Stage.CANDIDATE: ""}
HISTORY_SHOWN = 15


@console_page("models", "/models")
async def models_page(place: Place) -> None:
    """The list, the training, the history."""
    ModelsPage(place).build()


class ModelsPage:
    """What is drawn, filled at each look."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def build(self) -> None:
        """Draw the page; everything in it comes with the first look."""
        place = self._place
        with sheet(place, "models", place.say("models.lead")) as head:
            with head:
                self._back = press(place, "models.roll_back", self._ask_to_roll_back, look="bad", asks=True)
                self._back.props("icon=undo data-testid=roll-back")
                self._train = press(place, "models.train", self._ask_to_train, look="main", asks=True)
                self._train.props("icon=model_training data-testid=train")
            self._strip = TrainingStrip(place)
            columns = ("version", "stage", "made", "right", "alone", "notes")
            self._rows = Rows(
                place, place.say("pages.models"), [place.say(f"models.column_{each}") for each in columns],
                empty=place.say("models.empty"), icon="model_training",
                on_open=lambda version: ui.navigate.to(f"/models/{version}"),
            )  # fmt: skip
            title(place.say("models.history")).classes("history-title")
            done = ("when", "what", "version", "who", "reason")
            self._history = Rows(
                place, place.say("models.history"), [place.say(f"models.column_{each}") for each in done],
                empty=place.say("models.history_empty"), icon="history",
            )  # fmt: skip
        Live(place.office.events, lambda: (MODELS_TOPIC,), self._look, pause=0.5)

    async def _look(self) -> None:
        place = self._place
        cards = await place.read(releases.list_models, ME, place.office)
        trainings = await place.read(releases.list_trainings, ME, place.office, limit=1)
        history = await place.read(releases.read_history, ME, place.office, limit=HISTORY_SHOWN)
        if cards is None or trainings is None or history is None:
            return
        self._strip.show(trainings[0] if trainings else None)
        self._train.set_enabled(not self._strip.goes_on)
        self._back.visible = len({each.plan.live for each in history if each.plan.live}) > 1
        self._rows.show([self._row(card) for card in cards])
        self._history.show([self._line(number, each) for number, each in enumerate(history)])

    def _row(self, card: ModelCard) -> dict[str, Any]:
        place, manifest = self._place, card.model.manifest
        words = place.say(f"models.stage_of_{card.stage.value}")
        if card.share:
            words += f" {exact_percent(card.share, place.language)}"
        report: Mapping[str, Any] = (card.model.figures or {}).get("report", {})
        wrong = exact_percent(report.get("error_rate"), place.language)
        return {
            "id": card.version,
            "cells": [
                cell(card.version, look="mono", sub=place.say("models.data", examples=manifest["examples"],
                                                              intents=len(manifest["intents"]))),
                cell(pills=[(words, TONES[card.stage])]),
                cell(say_moment(card.model.made_at, place), sub=card.model.added_by),
                cell(exact_percent(report.get("gated_accuracy"), place.language)),
                cell(exact_percent(report.get("coverage"), place.language),
                     sub=place.say("models.wrong", wrong=wrong) if report else ""),
                cell(card.model.notes),
            ],
        }  # fmt: skip

    def _line(self, number: int, entry: Release) -> dict[str, Any]:
        place = self._place
        what = place.say(f"models.did_{entry.action}")
        pills = [(place.say("models.overridden"), "warn")] if entry.overridden else []
        return {
            "id": number,
            "cells": [
                cell(say_moment(entry.created_at, place)), cell(what, pills=pills), cell(entry.version, look="mono"),
                cell(entry.actor), cell(entry.reason),
            ],
        }  # fmt: skip

    async def _ask_to_train(self) -> None:
        place = self._place
        form = Form(place, place.say("models.train"), action=place.say("models.train_start"))
        with form.fields():
            ui.label(place.say("models.train_lead")).classes("form-text")
            notes = ui.textarea(place.say("models.notes")).props("outlined dense autogrow autofocus name=notes")
            allowed = ui.number(place.say("models.error_rate"), value=5, min=0.1, max=50, step=0.1).props(
                "outlined dense name=error-rate suffix=%"
            )
            quick = ui.switch(place.say("models.quick")).props("data-testid=quick")

        async def save() -> bool:
            rate = float(allowed.value or 0) / 100
            words = str(notes.value or "")
            started = await place.do(
                releases.start_training, ME, place.office, notes=words, error_rate=rate, quick=bool(quick.value)
            )
            return started is not None

        form.open(save)

    async def _ask_to_roll_back(self) -> None:
        place = self._place
        words = place.say("models.roll_back")
        if not await ask(place, words, place.say("models.roll_back_ask"), words):
            return
        plan = await place.do(releases.roll_back, ME, place.office)
        if plan is not None:
            ui.notify(place.say("models.now_live", version=plan.live), type="positive", position="top")
