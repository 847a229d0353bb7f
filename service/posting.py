"""Letters go out after the commit that wrote them; one that no server takes is kept and tried again for two days."""

import logging
from datetime import timedelta

from service.mail.base import NotNow, Refused
from service.office import Office
from service.storage import letters
from service.storage.letters import Parcel

log = logging.getLogger(__name__)

RETRY_SECONDS = (2, 10, 30, 60, 120, 300, 900, *(3600,) * 47)
AT_ONCE = 20


def post_due(office: Office) -> int:
    """Send the letters that are due; returns how many left."""
    if office.postman is None:
        return 0
    now = office.clock()
    with office.database.read() as connection:
        if not letters.is_anything_due(connection, now):
            return 0
    with office.database.write() as connection:
        parcels = letters.claim_due(connection, now, AT_ONCE)
    return sum(_post(parcel, office) for parcel in parcels)


def _post(parcel: Parcel, office: Office) -> bool:
    letter, now = parcel.letter, office.clock()
    error, retry = "", False
    if letter.until is not None and now >= letter.until:
        error = "too late"
    else:
        try:
            assert office.postman is not None  # noqa: S101 - looked at before
            office.postman.send(letter)
        except NotNow as problem:
            error, retry = str(problem), parcel.attempts <= len(RETRY_SECONDS)
        except Refused as refusal:
            error = str(refusal)
        except Exception as bug:
            log.exception("a letter failed unexpectedly", extra={"what": letter.kind})
            error, retry = type(bug).__name__, parcel.attempts <= len(RETRY_SECONDS)
    with office.database.write() as connection:
        if retry:
            until = now + timedelta(seconds=RETRY_SECONDS[parcel.attempts - 1])
            letters.put_off(connection, parcel, until, error)
        else:
            letters.end(connection, parcel, letters.FAILED if error else letters.SENT, office.clock(), error or None)
    if error:
        log.warning("a letter was not sent", extra={"what": letter.kind, "problem": error, "again": retry})
    outcome = "again" if retry else "failed" if error else "sent"
    office.metrics.letters.labels(letter.kind, outcome).inc()
    return not error
