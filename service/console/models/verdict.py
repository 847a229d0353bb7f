"""What the gate says of a candidate, in words."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from nicegui import ui

from service.console.amounts import exact_percent
from service.console.components.intent_choice import title_of
from service.console.dates import say_moment
from service.console.place import Place
from service.storage.models import Verdict

SHOWN_FALLS = 6
SHOWN_CHANGES = 12


def show_verdict(place: Place, verdict: Verdict | None, *, is_live: bool) -> None:
    """The verdict and each of its reasons."""
    with ui.element("section").classes("card").props("data-testid=verdict"):
        if verdict is None:
            key = "verdict_live" if is_live else "verdict_none"
            ui.label(place.say(f"models.{key}")).classes("card-title").props("role=heading aria-level=2")
            return
        head = place.say("models.verdict_yes" if verdict.passed else "models.verdict_no")
        ui.label(head).classes("card-title").props("role=heading aria-level=2")
        with ui.element("ul").classes("conditions"):
            for check in verdict.verdict["checks"]:
                with ui.element("li").classes("check"):
                    mark = ui.icon("check_circle" if check["passed"] else "cancel")
                    mark.classes("check-yes" if check["passed"] else "check-no")
                    mark.props["aria-label"] = place.say("models.met" if check["passed"] else "models.not_met")
                    ui.label(sentence(place, check["name"], check["figures"]))
        if verdict.verdict.get("replay"):
            _show_replay(place, verdict.verdict["replay"])


def _show_replay(place: Place, replay: Mapping[str, Any]) -> None:
    """What would have been served otherwise of the messages of the last days."""
    language = place.language
    before, after = (exact_percent(replay[key], language) for key in ("before", "after"))
    since = say_moment(datetime.fromisoformat(replay["since"]), place) if replay.get("since") else ""
    words = place.say("models.replayed", n=replay["n"], changed=replay["changed"], before=before, after=after)
    with ui.element("div").props("data-testid=replay"):
        ui.label(words).classes("form-text")
        if since:
            ui.label(place.say("models.replayed_since", since=since)).classes("row-sub")
    if replay["changes"]:
        with ui.expansion(place.say("models.replay_changes")).classes("w-full"), ui.element("ul").classes("checks"):
            for each in replay["changes"][:SHOWN_CHANGES]:
                quotes = " / ".join(each["examples"])
                change = f"{_decided(place, each['before'])} → {_decided(place, each['after'])} · {each['count']}"
                with ui.element("li"):
                    ui.label(change)
                    ui.label(quotes).classes("row-sub")


def _decided(place: Place, said: str) -> str:
    """One end of a change, as `training/replay.py` writes it, in words."""
    intent, _, fate = said.partition(": ")
    if not fate:
        return place.say("labelling.out_of_scope")
    words = place.say("models.fate_alone" if fate == "answered" else "models.fate_person")
    return f"{title_of(intent, place)} ({words})"


def sentence(place: Place, name: str, figures: Mapping[str, Any]) -> str:
    """A condition of the gate with its figures."""
    language = place.language

    def share(key: str) -> str:
        return exact_percent(figures[key], language)

    if name == "intents":
        falls = figures["falls"]
        if not falls:
            return place.say("models.check_intents", n=figures["looked_at"])
        worst = ", ".join(
            f"{each['intent']} {each['before']:.2f} → {each['after']:.2f}" for each in falls[:SHOWN_FALLS]
        )
        return place.say("models.check_intents_fall", n=len(falls), of=figures["looked_at"], worst=worst)
    if name == "scope" and (figures["before"] is None or figures["after"] is None):
        return place.say("models.check_scope_none")
    if name in ("scope", "calibration"):
        before, after = f"{figures['before']:.3f}", f"{figures['after']:.3f}"
        return place.say(f"models.check_{name}", before=before, after=after)
    if name == "promise":
        return place.say("models.check_promise", wrong=share("error_rate"), promised=share("promised"),
                         n=figures["answers"])  # fmt: skip
    if name == "ranking":
        before, after = f"{figures['before']:.3f}", f"{figures['after']:.3f}"
        return place.say("models.check_ranking", before=before, after=after, n=figures["n"])
    why = figures.get("why")
    if why == "new_intents":
        new = ", ".join(f"{title_of(e['intent'], place)} {e['right']}/{e['n']}" for e in figures["new"])
        return place.say("models.check_new", new=new, lost=figures["others_lost"], gained=figures["others_gained"])
    if why == "ranking":
        return place.say("models.check_ranking_won")
    return place.say("models.check_better", before=share("before"), after=share("after"), gained=figures["gained"],
                     lost=figures["lost"], luck=share("p"))  # fmt: skip
