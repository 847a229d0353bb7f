"""A version goes from candidate to live and back; what it may not do it doesn't, and nothing damaged ever answers."""

from pathlib import Path
from uuid import uuid4

import pytest

from models.artifact import ARRAYS, MANIFEST
from models.errors import ArtifactError
from service import releases
from service.accounts import COMMAND_LINE
from service.domain.messages import InboundMessage
from service.domain.releases import Stage
from service.domain.staff import Role, StaffMember
from service.errors import Conflict, Forbidden, InvalidInput, NotFound
from service.inbox import handle_message
from service.office import Office
from service.releases.comparing import compare
from service.settings import Settings
from service.storage import models
from service.storage.models import Verdict
from service.storage.tables import AuditRow, MessageRow
from service.understanding import Context
from tests.service.conftest import NOON, Clock
from tests.service.releases.conftest import Artifacts, open_with
from tests.service.small_office import hire

SNOW = "снежинка 3"


def meant(office: Office, key: str = "") -> str | None:
    """What the service takes the new word for, in the conversation of this name."""
    return office.reader.understand(SNOW, Context(key=key), NOON).intent


def promote(version: str, staff: StaffMember, office: Office) -> None:
    """Promote, the gate having found it better than whatever is live."""
    live = office.models.in_use.plan.live
    assert live
    with office.database.write() as connection:
        name = models.get(connection, version).version
        models.keep_verdict(connection, Verdict(name, live, True, {"checks": []}, office.clock()))
    releases.promote(version, staff, office)


def versions(office: Office, artifacts: Artifacts) -> tuple[str, str, str]:
    """All three models in the registry: first, rate, lost."""
    rate = releases.add_model(artifacts.rate, COMMAND_LINE, office).version
    lost = releases.add_model(artifacts.lost, COMMAND_LINE, office, notes="второй").version
    live = office.models.live
    assert live
    return live.version, rate, lost


def test_the_model_of_the_settings_is_the_first_version_and_live(office: Office, artifacts: Artifacts) -> None:
    first, rate, lost = versions(office, artifacts)
    cards = releases.list_models(COMMAND_LINE, office)
    assert [(card.version, card.stage) for card in cards] == [
        (lost, Stage.CANDIDATE), (rate, Stage.CANDIDATE), (first, Stage.LIVE),
    ]  # fmt: skip
    assert [card.model.notes for card in cards] == ["второй", "", ""]
    assert {path.name for path in office.settings.registry.iterdir()} == {first, rate, lost}


def test_promoted_it_answers_and_rolled_back_the_former_does(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember
) -> None:
    first, rate, lost = versions(office, artifacts)
    promote(rate, mlstaff, office)
    assert meant(office) == "rate"
    promote(lost[:6], mlstaff, office)
    assert meant(office) == "card_lost"
    assert releases.roll_back(mlstaff, office).live == rate
    assert meant(office) == "rate"
    history = releases.read_history(mlstaff, office)
    assert [(each.action, each.version, each.actor) for each in history] == [
        ("rollback", rate, "marta"), ("promote", lost, "marta"), ("promote", rate, "marta"),
        ("begin", first, "otklik-cli"),
    ]  # fmt: skip
    with office.database.read() as connection:
        lines = connection.execute(AuditRow.__table__.select()).all()
    assert [(each.actor, each.action, each.object_id) for each in lines][-1] == ("marta", "model_rollback", rate)


def test_the_shadow_is_written_down_and_never_answers(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember
) -> None:
    first, rate, _ = versions(office, artifacts)
    releases.start_shadow(rate, mlstaff, office)
    alone = office.reader.understand(SNOW, Context(), NOON)
    assert alone.model_version == first
    assert alone.shadow is not None
    assert (alone.shadow.version, alone.shadow.intent) == (rate, "rate")
    handle_message(InboundMessage("web", uuid4().hex, "visitor", SNOW, None, "ru"), office)
    with office.database.read() as connection:
        kept = connection.execute(MessageRow.__table__.select()).first()
    assert kept is not None
    assert kept.understanding["shadow"]["intent"] == "rate"
    releases.stop_trial(rate, mlstaff, office)
    assert office.reader.understand(SNOW, Context(), NOON).shadow is None


def test_a_shadow_that_fails_harms_nobody(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, rate, _ = versions(office, artifacts)
    releases.start_shadow(rate, mlstaff, office)
    shadow = office.models.in_use.shadow
    assert shadow

    def broken(_prepared: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(shadow, "classify", broken)
    understood = office.reader.understand("потерял карту", Context(), NOON)
    assert (understood.intent, understood.model_version, understood.shadow) == ("card_lost", first, None)
    assert office.metrics.registry.get_sample_value("otklik_model_failures_total", {"stage": "shadow"}) == 1


def test_the_canary_answers_its_share_and_always_the_same_conversations(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember
) -> None:
    _, rate, lost = versions(office, artifacts)
    promote(lost, mlstaff, office)
    releases.start_canary(rate, 0.25, mlstaff, office)
    keys = [f"web:{number}" for number in range(400)]
    drawn = [meant(office, key) == "rate" for key in keys]
    assert 60 < sum(drawn) < 140
    assert [meant(office, key) == "rate" for key in keys] == drawn
    assert meant(office) == "card_lost"
    promote(rate, mlstaff, office)
    assert {meant(office, key) for key in keys[:20]} == {"rate"}


def test_a_conversation_stays_with_its_model_from_the_first_message_on(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember
) -> None:
    _, rate, _ = versions(office, artifacts)
    releases.start_canary(rate, 0.5, mlstaff, office)
    for visitor in range(8):
        for number in range(2):
            message = InboundMessage("web", f"{visitor}-{number}", f"visitor {visitor}", SNOW, None, "ru")
            handle_message(message, office)
    with office.database.read() as connection:
        rows = connection.execute(MessageRow.__table__.select()).all()
    by_conversation: dict[int, set[str]] = {}
    for row in rows:
        if row.understanding:
            by_conversation.setdefault(row.conversation_id, set()).add(row.understanding["model_version"])
    assert len(by_conversation) == 8
    assert all(len(each) == 1 for each in by_conversation.values())
    assert len(set().union(*by_conversation.values())) == 2


@pytest.mark.parametrize("damage", ["arrays", "manifest", "gone"])
def test_a_damaged_version_is_refused_and_the_live_one_stays(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember, damage: str
) -> None:
    first, rate, _ = versions(office, artifacts)
    spoil(office.settings.registry / rate, damage)
    with pytest.raises(Conflict, match="damaged") as refused:
        releases.promote(rate, mlstaff, office)
    assert refused.value.fields["reason"] == "model_damaged"
    assert office.reader.understand("потерял карту", Context(), NOON).model_version == first


def test_a_live_version_found_damaged_at_the_start_is_replaced_by_the_one_before(
    office: Office, artifacts: Artifacts, settings: Settings, clock: Clock, mlstaff: StaffMember
) -> None:
    _, rate, lost = versions(office, artifacts)
    promote(rate, mlstaff, office)
    promote(lost, mlstaff, office)
    spoil(settings.registry / lost, "arrays")
    again = open_with(settings, clock)
    assert meant(again) == "rate"
    assert again.reader.trouble is not None
    assert lost in again.reader.trouble
    assert releases.roll_back(mlstaff, again).live == rate
    assert again.reader.trouble is None
    again.close()


def test_nothing_of_a_damaged_model_gets_into_the_registry(
    office: Office, artifacts: Artifacts, tmp_path: Path, mlstaff: StaffMember
) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    for name in (ARRAYS, MANIFEST):
        (broken / name).write_bytes((artifacts.rate / name).read_bytes())
    with pytest.raises(ArtifactError, match=r"vocabulary\.json"):
        releases.add_model(broken, mlstaff, office)
    assert releases.list_models(mlstaff, office) == []
    assert not (office.settings.registry / "broken").exists()


def test_a_registry_that_cannot_be_written_is_said_and_nothing_is_half_there(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("service.releases.registry.shutil.copytree", full)
    with pytest.raises(InvalidInput, match="No space left on device"):
        releases.add_model(artifacts.rate, mlstaff, office)
    assert releases.list_models(mlstaff, office) == []
    assert list(office.settings.registry.iterdir()) == []


def test_what_cannot_be_is_refused_with_its_reason(office: Office, artifacts: Artifacts, mlstaff: StaffMember) -> None:
    first, rate, _ = versions(office, artifacts)
    for attempt, reason in (
        (lambda: releases.promote(first, mlstaff, office), "model_live"),
        (lambda: releases.start_shadow(first, mlstaff, office), "model_live"),
        (lambda: releases.stop_trial(rate, mlstaff, office), "not_on_trial"),
        (lambda: releases.roll_back(mlstaff, office), "nothing_before"),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert refused.value.fields["reason"] == reason
    with pytest.raises(NotFound):
        releases.promote("nothing", mlstaff, office)
    for share in (0.0, 0.9):
        with pytest.raises(InvalidInput):
            releases.start_canary(rate, share, mlstaff, office)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR])
def test_only_who_makes_models_releases_them(office: Office, artifacts: Artifacts, role: Role) -> None:
    _, rate, _ = versions(office, artifacts)
    other = hire(office, "other", role=role)[0]
    for attempt in (
        lambda: releases.promote(rate, other, office),
        lambda: releases.start_canary(rate, 0.1, other, office),
        lambda: releases.roll_back(other, office),
        lambda: releases.list_models(other, office),
    ):
        with pytest.raises(Forbidden):
            attempt()


def test_two_versions_are_compared_by_data_thresholds_and_figures(office: Office, artifacts: Artifacts) -> None:
    first, rate, _ = versions(office, artifacts)
    found = compare(first, rate, COMMAND_LINE, office)
    assert not found.same_data
    assert {each.name: (each.before, each.after) for each in found.counts} == {"rate": (25, 45)}
    assert {each.name for each in found.metrics} >= {"accuracy", "coverage", "error_rate"}
    assert next(each for each in found.settings if each.name == "examples").after == 120
    assert compare(first, first, COMMAND_LINE, office).thresholds == ()


def spoil(folder: Path, damage: str) -> None:
    """Damage a version in the registry."""
    if damage == "gone":
        for path in folder.iterdir():
            path.unlink()
    else:
        path = folder / (ARRAYS if damage == "arrays" else MANIFEST)
        path.write_bytes(path.read_bytes()[:-20])


def test_what_the_gate_has_not_seen_or_refuses_is_not_promoted(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember
) -> None:
    first, rate, _ = versions(office, artifacts)
    with pytest.raises(Conflict) as refused:
        releases.promote(rate, mlstaff, office)
    assert refused.value.fields["reason"] == "not_judged"
    checks = [{"name": "scope", "passed": True}, {"name": "better", "passed": False}]
    with office.database.write() as connection:
        models.keep_verdict(connection, Verdict(rate, first, False, {"checks": checks}, office.clock()))
    with pytest.raises(Conflict) as refused:
        releases.promote(rate, mlstaff, office)
    assert refused.value.fields == {"reason": "gate_refuses", "failed": ["better"]}
    assert office.models.live
    assert office.models.live.version == first


def test_an_administrator_may_go_against_the_gate_and_it_is_written_down(
    office: Office, artifacts: Artifacts, mlstaff: StaffMember
) -> None:
    _, rate, _ = versions(office, artifacts)
    with pytest.raises(Forbidden):
        releases.promote(rate, mlstaff, office, override="очень надо")
    admin = hire(office, "olga", role=Role.ADMIN)[0]
    with pytest.raises(InvalidInput):
        releases.promote(rate, admin, office, override=" ")
    releases.promote(rate, admin, office, override="новый тариф с завтрашнего дня")
    newest = releases.read_history(admin, office)[0]
    assert (newest.overridden, newest.reason, newest.actor) == (True, "новый тариф с завтрашнего дня", "olga")
    with office.database.read() as connection:
        line = connection.execute(AuditRow.__table__.select()).all()[-1]
    assert line.data["overridden"] is True
