"""Who else is at work in the demo: colleagues whose consoles nobody has open."""

import logging
import threading
from collections.abc import Mapping

from service import desk
from service.domain.presence import PresenceState
from service.domain.staff import StaffMember
from service.errors import SupportError
from service.office import Office
from service.shifts import presence

log = logging.getLogger(__name__)

AT_WORK = {"anna": PresenceState.ONLINE, "egor": PresenceState.ONLINE, "boris": PresenceState.BREAK}
ON_THE_PHONE = "dina"
CALL = "demo-call-now"
HEARTBEAT_SECONDS = 15.0


def be_at_work(office: Office, people: Mapping[str, StaffMember]) -> None:
    """Set the presence of the demo's operators and go on saying that they are there. Whoever signs in decides anew."""
    for login, state in AT_WORK.items():
        presence.set_presence(people[login], office, state, source="demo")
    presence.set_presence(people[ON_THE_PHONE], office, PresenceState.ONLINE, source="demo")
    presence.start_call(people[ON_THE_PHONE].id, office, CALL)
    entries = desk.list_inbox(people["egor"], office).entries
    free = [each for each in entries if each.operator_id is None]
    if free and len(free) == len(entries):  # at the first start only
        desk.take(free[-1].conversation_id, people["egor"], office)
    staying = [people[login] for login in (*AT_WORK, ON_THE_PHONE)]
    threading.Thread(target=_stay, args=(office, staying), name="demo-colleagues", daemon=True).start()


def _stay(office: Office, people: list[StaffMember]) -> None:
    pause = threading.Event()
    while not pause.wait(HEARTBEAT_SECONDS):
        for person in people:
            try:
                presence.heartbeat(person, office, source="demo")
            except SupportError as error:
                log.warning("demo colleague is away", extra={"problem": error.detail})
