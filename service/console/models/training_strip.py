"""The training that goes on: what it does, how far it is, its log, and the way to end it; or how the last one ended."""

from nicegui import ui

from service import releases
from service.console.components.dialogs import ask, press
from service.console.dates import say_moment
from service.console.place import ME, Place
from service.domain.trainings import ENDED, Kind, Training, TrainingState


class TrainingStrip:
    """Drawn once, filled by `show` at each look."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._shown: Training | None = None
        with ui.element("section").classes("card training").props("data-testid=training") as self._box:
            with ui.element("div").classes("sheet-head"):
                self._words = ui.label().classes("card-title").props("role=status")
                self._cancel = press(place, "models.cancel", self._ask_to_cancel, look="bad", asks=True)
                self._cancel.props("data-testid=cancel")
            self._bar = ui.linear_progress(show_value=False).props("rounded instant-feedback")
            self._bar.props["aria-label"] = place.say("models.progress")
            self._problem = ui.label().classes("form-wrong")
            with ui.expansion(place.say("models.log")).classes("w-full") as self._log_box:
                self._log = ui.label().classes("mono training-log")
        self._box.visible = False

    @property
    def goes_on(self) -> bool:
        """Whether one waits or runs."""
        return self._shown is not None and self._shown.state not in ENDED

    def show(self, training: Training | None) -> None:
        """The newest training, or None when there was never any."""
        if training == self._shown:
            return
        self._shown = training
        self._box.visible = training is not None
        if training is None:
            return
        place = self._place
        self._words.set_text(self._sentence(training))
        self._bar.visible = self._cancel.visible = self.goes_on
        self._bar.set_value(training.share)
        self._problem.set_text(training.problem or "")
        self._problem.visible = training.state is TrainingState.FAILED
        self._log.set_text(training.log or place.say("models.log_empty"))
        self._log_box.visible = bool(training.log)

    def _sentence(self, training: Training) -> str:
        place = self._place
        who, when = training.started_by, say_moment(training.created_at, place)
        what = place.say(f"models.{'training' if training.kind is Kind.TRAIN else 'judging'}")
        if training.state is TrainingState.RUNNING:
            stage = place.say(f"models.stage_{_stage(training.stage)}")
            return place.say("models.running", what=what, percent=round(training.share * 100), stage=stage, who=who)
        key = f"models.{training.state.value}"
        return place.say(key, what=what, who=who, when=when, by=training.cancelled_by or "")

    async def _ask_to_cancel(self) -> None:
        place, training = self._place, self._shown
        if training is None or not self.goes_on:
            return
        if await ask(place, place.say("models.cancel"), place.say("models.cancel_ask"), place.say("models.cancel")):
            await place.do(releases.cancel_training, training.id, ME, place.office)


def _stage(words: str) -> str:
    """The stage as the texts know it; the commands name the encoder with it."""
    first = words.partition(" ")[0]
    return first if first in ("encoding", "fitting", "judging", "exporting", "done") else "starting"
