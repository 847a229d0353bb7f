"""Quality: closed conversations drawn at random, and score cards about them."""

from collections.abc import Mapping
from dataclasses import dataclass

from service import texts
from service.errors import Forbidden, InvalidInput, NotFound
from service.office import Office
from service.policies.quality import problems_of, quality, sample
from service.policies.summaries import mean
from service.shifts.rights import colleague, must_exist, must_lead, shares_a_department
from service.shifts.statistics import Period, bounds
from service.storage import operators, score_cards
from service.storage import statistics as storage
from service.storage.score_cards import ScoreCard
from service.storage.staff import StaffMember, must_work
from service.storage.statistics import HandoffRecord
from service.storage.visibility import visible

MOST_SAMPLED = 200
LONGEST_COMMENT = 2000


@dataclass(frozen=True)
class QualityLine:
    """An operator's cards in a period: the mean from 0 to 1, by criterion too (mean points)."""

    login: str
    name: str
    cards: int
    quality: float | None
    by_criterion: Mapping[str, float]


def criteria(language: str) -> Mapping[str, str]:
    """Criterion -> what it asks, in `language`; they are data in `texts`, section score_card."""
    return dict(texts.table("score_card", language))


def sample_closed(
    period: Period, staff: StaffMember, office: Office, *, size: int = 20, seed: str = "",
    department: str | None = None, login: str | None = None,
) -> tuple[HandoffRecord, ...]:  # fmt: skip
    """Hand-offs that people ended in the period, drawn at random; the same for the same question.

    Without a `seed` the period itself is the seed.
    """
    must_lead(staff, "draw samples")
    must_exist(department, office)
    if not 1 <= size <= MOST_SAMPLED:
        raise InvalidInput(f"a sample has 1 to {MOST_SAMPLED} conversations, not {size}")
    since, until, _ = bounds(period, office)
    with office.database.read() as connection:
        whose = colleague(operators.all_operators(connection), login, staff).id if login else None
        ended = storage.ended_between(connection, visible(staff), since, until)
    fitting = {
        each.id: each
        for each in ended
        if each.operator_id is not None
        and (whose is None or each.operator_id == whose)
        and (department is None or each.department == department)
    }
    drawn = sample(fitting, size, seed or f"{period.first}/{period.last}")
    return tuple(fitting[each] for each in drawn)


def save_score(handoff_id: int, points: Mapping[str, int], comment: str, staff: StaffMember, office: Office) -> None:
    """Keep a score card; saved again by the same person it replaces their former one.

    Supervisors and administrators may score, but nobody their own work.
    """
    must_lead(staff, "score conversations")
    problems = problems_of(points, tuple(criteria("en")))
    if len(comment) > LONGEST_COMMENT:
        problems.append(f"the comment has {len(comment)} characters, at most {LONGEST_COMMENT} are kept")
    if problems:
        raise InvalidInput("; ".join(problems))
    with office.database.write() as connection:
        must_lead(must_work(connection, staff.id), "score conversations")
        found = storage.one(connection, visible(staff), handoff_id)
        if found is None or found.ended_at is None or found.operator_id is None:
            raise NotFound(f"there is no closed hand-off {handoff_id} that an operator served")
        if found.operator_id == staff.id:
            raise Forbidden("nobody scores their own work; ask a colleague")
        score_cards.keep(connection, handoff_id, found.operator_id, staff.id, points, comment, office.clock())


def score_cards_of(period: Period, staff: StaffMember, office: Office) -> tuple[ScoreCard, ...]:
    """The cards written in the period, oldest first."""
    must_lead(staff, "see score cards")
    since, until, _ = bounds(period, office)
    with office.database.read() as connection:
        return tuple(score_cards.cards(connection, visible(staff), since, until))


def quality_table(period: Period, staff: StaffMember, office: Office) -> tuple[QualityLine, ...]:
    """Every operator with cards in the period, by name."""
    cards = score_cards_of(period, staff, office)
    with office.database.read() as connection:
        people = [each for each in operators.all_operators(connection) if shares_a_department(staff, each)]
    lines = []
    for person in sorted(people, key=lambda each: (each.name, each.login)):
        mine = [each.points for each in cards if each.operator_id == person.id]
        if mine:
            asked = sorted({name for points in mine for name in points})
            means = {name: mean([points[name] for points in mine if name in points]) or 0.0 for name in asked}
            total = mean([value for points in mine if (value := quality(points)) is not None])
            lines.append(QualityLine(person.login, person.name, len(mine), total, means))
    return tuple(lines)
