"""«Что с моей заявкой?»: how far each application for a loan is, and what to do about it."""

from service.dialogues.banking import PERSON, AsksBank
from service.dialogues.base import Option, Say, Step
from service.domain.banking import ApplicationState, LoanApplication
from service.domain.errands import ErrandOutcome

MOST_TOLD = 3
NEXT: dict[ApplicationState, tuple[Option, ...]] = {
    ApplicationState.DECLINED: (Option("loan_declined", "intent:loan_declined"), PERSON),
    ApplicationState.DOCUMENTS_NEEDED: (PERSON,),
    ApplicationState.APPROVED: (PERSON,),
    ApplicationState.PAID_OUT: (Option("loan_payment", "intent:loan_next_payment"),),
}
WITH_DAY = frozenset({ApplicationState.IN_REVIEW, ApplicationState.APPROVED})
"""States whose sentence names a day when the bank gives one."""


class ShowApplicationStatus(AsksBank):
    """Asks once, tells of the newest few."""

    name = "show_application_status"
    operation = "read_loan_applications"

    def tell(self, outcome: ErrandOutcome) -> Step:
        """A message an application, the newest last, with the next step below it."""
        applications: tuple[LoanApplication, ...] = outcome.value["applications"]
        if not applications:
            return Step(say=(Say("application_none", buttons=(Option("loan_apply", "intent:loan_apply"), PERSON)),))
        told = [_said(each) for each in reversed(applications[:MOST_TOLD])]
        last = Say(told[-1].key, told[-1].fields, NEXT.get(applications[0].state, ()))
        return Step(say=(*told[:-1], last))


def _said(application: LoanApplication) -> Say:
    subject = {
        "loan": Say(f"application_of_{application.kind.value}"), "amount": application.amount,
        "applied": application.applied_on,
    }  # fmt: skip
    about = {"application": Say("application", subject)}
    key = f"application_{application.state.value}"
    if application.until is not None and application.state in WITH_DAY:
        return Say(f"{key}_until", {**about, "until": application.until})
    return Say(key, about)
