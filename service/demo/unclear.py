"""What the bot of the demo does not know yet: messages to label, topics to discover, a gap in the knowledge base."""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from service import desk
from service.domain.conversations import ConversationState
from service.domain.messages import InboundMessage
from service.domain.staff import StaffMember
from service.errors import SupportError
from service.inbox import Status, handle_message
from service.labelling import collect_due, weigh_due
from service.office import Office
from service.suggesting import OfferMaker, learn_due
from service.worker import answer_bursts

SCRIPT = Path(__file__).parent / "unclear.toml"
DAYS = 12


def seed_unclear(office: Office, people: Mapping[str, StaffMember]) -> None:
    """Let clients have asked all this within the last days, once; then collect it as the worker would."""
    script = tomllib.loads(SCRIPT.read_text(encoding="utf-8"))
    now = office.clock()
    for topic in script["topic"]:
        count = len(topic["messages"])
        for number, text in enumerate(topic["messages"]):
            # More and more of it: the later half came within the last third of the time.
            ago = timedelta(days=DAYS * (1 - (number + 1) / (count + 1)) ** 2, hours=1)
            if not _ask(f"demo-{topic['name']}-{number}", text, _at(office, now - ago)):
                return
    _gap(script["gap"], people, office, now)
    while collect_due(office) or learn_due(office):
        pass
    weigh_due(office)


def _at(office: Office, moment: datetime) -> Office:
    return replace(office, clock=lambda: moment)


def _ask(client: str, text: str, office: Office, *, button: str | None = None) -> int:
    """The client writes; the conversation, or 0 when that has happened already."""
    message = InboundMessage("web", f"{client}/{button or 0}", client, text, button, "ru")
    outcome = handle_message(message, office)
    if outcome.status is Status.DUPLICATE:
        return 0
    answer_bursts(_at(office, office.clock() + timedelta(seconds=5)))
    return outcome.message.conversation_id


def _gap(gap: Mapping[str, Any], people: Mapping[str, StaffMember], office: Office, now: datetime) -> None:
    """Clients ask, want a person, and an operator answers in her own words instead of what is suggested."""
    person = people[gap["operator"]]
    for number, text in enumerate(gap["messages"]):
        began = now - timedelta(days=2 * number + 1, hours=3)
        client = f"demo-gap-{number}"
        _ask(client, text, _at(office, began))
        later = _at(office, began + timedelta(minutes=2))
        conversation = _ask(client, text, later, button="command:operator")
        entry, _, _ = desk.read_conversation(conversation, person, later, limit=1)
        if entry.state is not ConversationState.QUEUED:
            continue
        try:
            desk.take(conversation, person, later)
            OfferMaker().make_due(later)
            desk.reply(conversation, person, later, key=f"{client}/reply", text=gap["reply"])
            desk.close(conversation, person, _at(office, began + timedelta(minutes=9)), resolution="resolved")
        except SupportError:
            continue  # somebody at the console was faster
