"""The last days of the demo: a roster, presence, conversations that people served, marks and score cards.

Everything goes through the same doors as the real thing, on an office whose clock is set back.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from service import desk, suggesting
from service.domain.conversations import ConversationState
from service.domain.intents import Priority
from service.domain.messages import InboundMessage
from service.domain.presence import PresenceState
from service.domain.rosters import Shift
from service.domain.routes import AssignmentMode, Route
from service.domain.staff import Role, StaffMember
from service.domain.targets import Target, TargetRule
from service.errors import SupportError
from service.inbox import Status, handle_message
from service.office import Office
from service.policies.roster_files import read_minutes
from service.shifts import presence, quality, rosters, routing, surveys, targets
from service.shifts.statistics import Period
from service.suggesting import OfferMaker
from service.worker import answer_bursts

SCRIPT = Path(__file__).parent / "history.toml"
DAYS = 6
CALL = "demo-call"


def seed_history(office: Office, people: Mapping[str, StaffMember]) -> None:
    """Let the last days have happened, once; `people` by login. Does nothing when there is a roster already."""
    lead = people["sofia"]
    if rosters.read_board(lead, office).roster.shifts:
        return
    script = tomllib.loads(SCRIPT.read_text(encoding="utf-8"))
    zone, now = ZoneInfo(office.settings.staff_zone), office.clock()
    _rules(script, lead, office, now.year)
    for back in range(DAYS, -1, -1):
        day = now.astimezone(zone).date() - timedelta(days=back)
        for login in ("anna", "boris", "dina", "egor"):
            _be_there(people[login], day, office, now)
        for number, case in enumerate(script["case"]):
            if (number * 5 + back * back) % 8 < 4 + back * 3 % 5:  # not every question every day
                begins = datetime.combine(day, time(case["hour"], (7 * number + 11 * back) % 60), tzinfo=zone)
                _happen(case, begins, case["names"][back], people, office, now)
    _judge(lead, office, Period(now.astimezone(zone).date() - timedelta(days=DAYS), now.astimezone(zone).date()))


def _at(office: Office, moment: datetime) -> Office:
    """The office as it was at `moment`."""
    return replace(office, clock=lambda: moment)


def _rules(script: Mapping[str, Any], lead: StaffMember, office: Office, year: int) -> None:
    for each in script["shift"]:
        zone = each.get("zone", office.settings.staff_zone)
        shifts = [
            Shift(0, read_minutes(begins), read_minutes(ends), zone, "RU", weekday)
            for weekday in each["days"]
            for begins, ends in (hours.split("-") for hours in each["hours"])
        ]
        rosters.save_shifts(each["login"], shifts, (), lead, office)
    named = {
        date.fromisoformat(f"{some_year}-{day}"): name
        for some_year in (year, year + 1)
        for day, name in script["holidays"].items()
    }
    rosters.save_holidays("RU", named, lead, office)
    targets.save_targets(
        [
            TargetRule(
                Target(*each["minutes"]), each.get("department"),
                Priority(each["priority"]) if "priority" in each else None,
            )
            for each in script["target"]
        ],
        lead, office,
    )  # fmt: skip
    known = office.rules.intents
    routing.save_routes(
        [
            Route(**(each | ({"mode": AssignmentMode(each["mode"])} if "mode" in each else {})))
            for each in script["route"]
            if each.get("intent") is None or each["intent"] in known
        ],
        lead, office,
    )  # fmt: skip


def _be_there(person: StaffMember, day: date, office: Office, now: datetime) -> None:
    """A working day as it is: a little late, a break, a call, then home. What lies ahead has not happened yet."""
    begins, hours = {"anna": (9, 9), "boris": (12, 9), "dina": (9, 8), "egor": (0, 8)}[person.login]
    start = datetime.combine(day, time(begins), tzinfo=ZoneInfo(office.settings.staff_zone))
    start += timedelta(minutes=(day.toordinal() * len(person.login)) % 17)
    if day.weekday() == 6 and person.login in ("anna", "boris"):
        return
    steps = (
        (0.0, PresenceState.ONLINE), (0.28, PresenceState.BUSY), (0.36, PresenceState.ONLINE),
        (0.48, PresenceState.BREAK), (0.57, PresenceState.ONLINE), (1.0, PresenceState.OFFLINE),
    )  # fmt: skip
    for share, state in steps:
        moment = start + timedelta(hours=hours * share)
        if moment < now:
            presence.set_presence(person, _at(office, moment), state)
    call = start + timedelta(hours=hours * 0.7)
    if call + timedelta(minutes=25) < now:
        presence.start_call(person.id, _at(office, call), f"{CALL}-{person.login}-{day}")
        presence.end_call(_at(office, call + timedelta(minutes=25)), f"{CALL}-{person.login}-{day}")


def _happen(
    case: Mapping[str, Any], begins: datetime, name: str, people: Mapping[str, StaffMember], office: Office,
    now: datetime,
) -> None:  # fmt: skip
    """One conversation from the first word to the mark."""
    ends = begins + timedelta(minutes=case["closed"] + 5)
    if ends >= now:
        return
    client = f"demo-{begins:%m%d}-{case['hour']}-{case['operator']}"
    found = _write(client, name, case["text"], _at(office, begins), case)
    if found is None:
        return
    conversation, department = found
    person = people[case["operator"]]
    person = person if person.may_see(department) else people["anna"]
    minutes, words = case["answer"]
    replied = _at(office, begins + timedelta(minutes=minutes))
    desk.take(conversation, person, _at(office, begins + timedelta(minutes=minutes * 0.6)))
    if not (case.get("accepted") and _accept(conversation, person, replied)):
        desk.reply(conversation, person, replied, key=f"{client}/1", text=words)
    closed = _at(office, begins + timedelta(minutes=case["closed"]))
    desk.close(conversation, person, closed, resolution=case["resolution"])
    if not surveys.ask_closed(closed):
        return  # nobody who is angry is asked for a mark
    mark = InboundMessage("web", f"{client}/mark", client, str(case["mark"]), None, case["language"])
    handle_message(mark, _at(office, ends))


def _write(client: str, name: str, text: str, office: Office, case: Mapping[str, Any]) -> tuple[int, str | None] | None:
    """The client writes and, if the bot goes on talking, asks for a person; the conversation and its department."""
    for number, (words, button) in enumerate(((text, None), (text, "command:operator"))):
        message = InboundMessage("web", f"{client}/{number}", client, words, button, case["language"], client_name=name)
        outcome = handle_message(message, office)
        if outcome.status is Status.DUPLICATE:
            return None
        later = _at(office, office.clock() + timedelta(seconds=5))
        answer_bursts(later)
        entry, _, _ = desk.read_conversation(outcome.message.conversation_id, _anybody(office), office, limit=1)
        if entry.state is ConversationState.QUEUED:
            return outcome.message.conversation_id, entry.department
        office = later
    return None


def _anybody(office: Office) -> StaffMember:
    return StaffMember(0, "demo", "demo", Role.ADMIN, ())


def _accept(conversation: int, person: StaffMember, office: Office) -> bool:
    """Send the best suggestion that is news to the client, if there is one."""
    OfferMaker().make_due(office)
    offer = suggesting.current_offer(conversation, person, office)
    if offer is None or offer.stale or not offer.suggestions or offer.suggestions[0].sent:
        return False
    try:
        suggesting.accept(offer.id, 1, person, office, key=f"demo-{conversation}", seconds=11.0)
    except SupportError:
        return False
    return True


def _judge(lead: StaffMember, office: Office, period: Period) -> None:
    """Some score cards, not all of them perfect."""
    for number, each in enumerate(quality.sample_closed(period, lead, office, size=9, seed="demo")):
        points = dict.fromkeys(quality.criteria("ru"), 2)
        points |= {name: (number + place) % 3 for place, name in enumerate(points) if (number * 5 + place) % 4 == 0}
        comment = "Хорошо, но не сказано, чего ждать дальше." if points["closing"] < 2 else ""
        quality.save_score(each.id, points, comment, lead, office)
