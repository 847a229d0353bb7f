"""Candidate, shadow, canary, live, and back: each is one new plan, in force in every process about a second later."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import Connection

from models.artifact import read_artifact
from models.errors import ArtifactError
from service.acts import storable
from service.domain.releases import Plan, Release, Stage
from service.domain.staff import StaffMember
from service.errors import Conflict, InvalidInput
from service.events import MODELS_TOPIC
from service.office import Office
from service.permits import must
from service.policies.canary import LARGEST_SHARE, SMALLEST_SHARE
from service.policies.permissions import Action
from service.releases.registry import acting
from service.storage import models
from service.storage.audit import record_audit

LONGEST_REASON = 500

Changing = Callable[[Connection, Plan, str], Plan]
"""From the plan in force and a version to the next plan; raises Conflict when that can't be."""


def start_shadow(version: str, staff: StaffMember, office: Office) -> Plan:
    """Let a candidate read what the live model reads; it never answers. Another one in the shadow makes room."""
    must(staff, Action.RELEASE_MODELS)

    def change(_connection: Connection, plan: Plan, found: str) -> Plan:
        _refuse_live(plan, found)
        was_canary = plan.canary == found
        return replace(
            plan, shadow=found, canary=None if was_canary else plan.canary, share=0.0 if was_canary else plan.share
        )

    return _change("shadow", version, staff, office, change)


def start_canary(version: str, share: float, staff: StaffMember, office: Office) -> Plan:
    """Let a candidate answer this share (0.01 to 0.5) of the conversations, always the same ones."""
    must(staff, Action.RELEASE_MODELS)
    if not SMALLEST_SHARE <= share <= LARGEST_SHARE:
        raise InvalidInput(
            f"a canary takes {SMALLEST_SHARE:.0%} to {LARGEST_SHARE:.0%} of the conversations, not {share:.0%}",
            reason="bad_share", least=round(SMALLEST_SHARE * 100), most=round(LARGEST_SHARE * 100),
        )  # fmt: skip

    def change(_connection: Connection, plan: Plan, found: str) -> Plan:
        _refuse_live(plan, found)
        return replace(plan, canary=found, share=share, shadow=None if plan.shadow == found else plan.shadow)

    return _change("canary", version, staff, office, change)


def stop_trial(version: str, staff: StaffMember, office: Office) -> Plan:
    """Take a version out of the shadow, or the canary's share away from it."""
    must(staff, Action.RELEASE_MODELS)

    def change(_connection: Connection, plan: Plan, found: str) -> Plan:
        match plan.stage_of(found):
            case Stage.SHADOW:
                return replace(plan, shadow=None)
            case Stage.CANARY:
                return replace(plan, canary=None, share=0.0)
        raise Conflict(f"model {found} is neither in the shadow nor a canary", reason="not_on_trial")

    return _change("stop", version, staff, office, change)


def promote(version: str, staff: StaffMember, office: Office, *, override: str | None = None) -> Plan:
    """Let a version answer everybody, when the gate has found it better than the live one.

    `override`: an administrator's reason to do it against the gate; it stands in the history and the audit trail.
    Raises Conflict with the reason `not_judged` or `gate_refuses` and the checks that failed.
    """
    must(staff, Action.RELEASE_MODELS)
    if override is not None:
        must(staff, Action.OVERRIDE_GATE)
        if not 1 <= len(override.strip()) <= LONGEST_REASON:
            raise InvalidInput(f"say why, in at most {LONGEST_REASON} letters", reason="no_reason_given")

    def change(connection: Connection, plan: Plan, found: str) -> Plan:
        _refuse_live(plan, found)
        if override is None and plan.live is not None:
            _ask_the_gate(connection, found, plan.live)
        return _with_live(plan, found)

    return _change("promote", version, staff, office, change, override=override)


def _ask_the_gate(connection: Connection, candidate: str, live: str) -> None:
    verdict = models.verdict_of(connection, candidate, live)
    if verdict is None:
        raise Conflict(
            f"model {candidate} was not compared with the live one yet: otklik model judge {candidate}",
            reason="not_judged",
        )
    if not verdict.passed:
        failed = [check["name"] for check in verdict.verdict["checks"] if not check["passed"]]
        raise Conflict(
            f"the gate does not let model {candidate} go live: {', '.join(failed)}; see otklik model show {candidate}",
            reason="gate_refuses", failed=failed,
        )  # fmt: skip


def roll_back(staff: StaffMember, office: Office) -> Plan:
    """Let the version answer that was live before; what is tried ends. Conflict when there is none that is sound."""
    must(staff, Action.RELEASE_MODELS)
    with office.database.read() as connection:
        formers = models.was_live(connection)
    former = next((each for each in formers if _problem(each, office) is None), None)
    if former is None:
        raise Conflict("no other model was live before, so there is nothing to go back to", reason="nothing_before")

    def change(_connection: Connection, plan: Plan, found: str) -> Plan:
        return replace(plan, live=found, shadow=None, canary=None, share=0.0)

    return _change("rollback", former, staff, office, change)


def _change(
    action: str, version: str, staff: StaffMember, office: Office, change: Changing, *, override: str | None = None
) -> Plan:
    """One new plan, with its line in the trail, in use in this process when this returns."""
    with office.database.read() as connection:
        found = models.get(connection, version).version
    problem = _problem(found, office)
    if problem is not None:
        raise Conflict(
            f"model {found} is damaged and can't be used: {problem}", reason="model_damaged", problem=problem
        )
    now = office.clock()
    with office.database.write() as connection:
        actor = acting(connection, staff)
        must(actor, Action.RELEASE_MODELS)
        before = models.plan(connection)
        plan = replace(change(connection, before, found), number=before.number + 1)
        why = storable(override or "").strip()
        models.release(connection, Release(plan, action, found, actor.login, why, override is not None, now))
        data = {"live": plan.live, "shadow": plan.shadow, "canary": plan.canary, "share": plan.share}
        data |= {"overridden": True, "reason": why} if override is not None else {}
        record_audit(connection, actor.login, f"model_{action}", "model", found, data, now)
    office.models.load()
    office.events.publish(MODELS_TOPIC)
    return plan


def _with_live(plan: Plan, version: str) -> Plan:
    stays = plan.canary if plan.canary != version else None
    return replace(
        plan, live=version, canary=stays, share=plan.share if stays else 0.0,
        shadow=plan.shadow if plan.shadow != version else None,
    )  # fmt: skip


def _refuse_live(plan: Plan, version: str) -> None:
    if plan.live == version:
        raise Conflict(f"model {version} is live already", reason="model_live")


def _problem(version: str, office: Office) -> str | None:
    """Why a version can't be used, seen from here."""
    try:
        manifest, _, _ = read_artifact(office.settings.registry / version)
    except ArtifactError as error:
        return str(error)
    return None if manifest.version == version else f"its folder holds {manifest.version}"
