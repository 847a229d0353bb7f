"""Which department takes the conversation, how urgently, and who is served before whom?"""

from collections.abc import Iterable

from service.domain.conversations import ConversationView
from service.domain.intents import Does, IntentRule, Priority, Rules
from service.domain.routes import Matter, Route
from service.domain.understanding import Understanding

DEFAULT_DEPARTMENT = "general"


def department_for(
    rule: IntentRule | None, conversation: ConversationView, understanding: Understanding, rules: Rules
) -> str:
    """The department of the recognised intent; otherwise of the last one that was, of the likeliest, or general.

    Small talk and commands («позовите оператора») say nothing about the subject, so the subject talked about before
    decides where a person is sought.
    """
    if rule is not None and rule.does not in (Does.SOCIAL, Does.CONTROL):
        return rule.department
    last = rules.rule(conversation.last_intent)
    if last is not None and last.does not in (Does.SOCIAL, Does.CONTROL):
        return last.department
    if rule is None and understanding.in_scope and understanding.confidence >= 0.3:
        likely = rules.rule(understanding.intent)
        if likely is not None:
            return likely.department
    return DEFAULT_DEPARTMENT if DEFAULT_DEPARTMENT in rules.departments else rules.departments[-1]


def route_for(matter: Matter, routes: Iterable[Route]) -> Route | None:
    """The most specific row that fits; None when none does and the taxonomy decides alone.

    A row about the intent beats one about its department, that one beats a row about neither; then the row with more
    conditions wins, then the one that stands higher in the table.
    """
    fitting = [route for route in routes if fits(route, matter)]
    return min(fitting, key=_rank, default=None)


def fits(route: Route, matter: Matter) -> bool:
    """Whether every condition of the row holds."""
    return all(
        wanted is None or wanted == found
        for wanted, found in (
            (route.intent, matter.intent),
            (route.department, matter.department),
            (route.language, matter.language),
            (route.segment, matter.segment),
            (route.verified, matter.verified),
            (route.channel, matter.channel),
        )
    )


def _rank(route: Route) -> tuple[int, int, int, int]:
    subject = 2 if route.intent is not None else 1 if route.department is not None else 0
    conditions = (route.language, route.segment, route.verified, route.channel, route.intent and route.department)
    return -subject, -sum(each is not None for each in conditions), route.place, route.id or 0


def aged_priority(priority: Priority, minutes_waited: float, step_minutes: int) -> Priority:
    """The priority after a wait: one step higher for every whole `step_minutes`; 0 switches ageing off.

    Within one (aged) priority the longer wait comes first, so whoever waits becomes urgent after at most two steps and
    then has only those before them who have waited longer: nobody starves, however many urgent clients come.
    """
    if step_minutes <= 0 or minutes_waited < step_minutes:  # a clock that was set back ages nobody
        return priority
    return priority.moved(int(minutes_waited // step_minutes))
