"""Targets and routes while they are edited: what stands in the fields, and what a row of them becomes."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.domain.intents import Priority
from service.domain.routes import AssignmentMode, Route
from service.domain.targets import Target, TargetRule

ANY = ""


@dataclass
class TargetDraft:
    """A row of targets as its fields have it; minutes and percent may be anything until they are read."""

    department: str = ANY
    priority: str = ANY
    first: float | None = 15
    next: float | None = 30
    resolution: float | None = 480
    warn_percent: float | None = 80


def target_draft(rule: TargetRule) -> TargetDraft:
    """The fields of a target."""
    target = rule.target
    return TargetDraft(
        rule.department or ANY, rule.priority.value if rule.priority else ANY, target.first_minutes,
        target.next_minutes, target.resolution_minutes, round(100 * target.warn_share, 2),
    )  # fmt: skip


def read_targets(drafts: Sequence[TargetDraft], longest: int) -> list[TargetRule] | tuple[str, int]:
    """The targets, or the key of what is wrong and the row (from 1)."""
    rules: list[TargetRule] = []
    for number, draft in enumerate(drafts, 1):
        minutes = (draft.first, draft.next, draft.resolution)
        if any(each is None or each != int(each) or not 1 <= each <= longest for each in minutes):
            return "minutes", number
        if (draft.resolution or 0) < (draft.first or 0):
            return "order", number
        if draft.warn_percent is None or not 0 < draft.warn_percent < 100:
            return "warn", number
        first, following, resolution = (int(each or 0) for each in minutes)
        rule = TargetRule(
            Target(first, following, resolution, draft.warn_percent / 100), draft.department or None,
            Priority(draft.priority) if draft.priority else None,
        )  # fmt: skip
        if any((each.department, each.priority) == (rule.department, rule.priority) for each in rules):
            return "same", number
        rules.append(rule)
    return rules


@dataclass
class RouteDraft:
    """A row of the routing table as its fields have it; ANY means any, or that nothing changes."""

    intent: str = ANY
    department: str = ANY
    language: str = ANY
    segment: str = ""
    verified: str = ANY
    channel: str = ANY
    queue: str = ANY
    raise_by: int = 0
    mode: str = ANY
    skill: str = ""


CONDITIONS = ("intent", "department", "language", "segment", "verified", "channel")


def route_draft(route: Route) -> RouteDraft:
    """The fields of a route."""
    return RouteDraft(
        route.intent or ANY, route.department or ANY, route.language or ANY, route.segment or "",
        ANY if route.verified is None else "yes" if route.verified else "no", route.channel or ANY,
        route.queue or ANY, route.raise_by, route.mode.value if route.mode else ANY, route.skill or "",
    )  # fmt: skip


def route_of(draft: RouteDraft) -> Route:
    """The route of the fields."""
    return Route(
        intent=draft.intent or None,
        department=draft.department or None,
        language=draft.language or None,
        segment=draft.segment.strip() or None,
        verified={"yes": True, "no": False}.get(draft.verified),
        channel=draft.channel or None,
        queue=draft.queue or None,
        raise_by=int(draft.raise_by or 0),
        mode=AssignmentMode(draft.mode) if draft.mode else None,
        skill=draft.skill.strip() or None,
    )


def read_routes(drafts: Sequence[RouteDraft]) -> list[Route] | tuple[str, int]:
    """The routes, or the key of what is wrong and the row (from 1)."""
    routes = [route_of(each) for each in drafts]
    seen: set[tuple[object, ...]] = set()
    for number, route in enumerate(routes, 1):
        conditions = tuple(getattr(route, name) for name in CONDITIONS)
        if conditions in seen:
            return "same", number
        seen.add(conditions)
        if (route.queue, route.raise_by, route.mode, route.skill) == (None, 0, None, None):
            return "nothing", number
    return routes
