"""«Когда платить по кредиту?»: the next payment of each loan, what is overdue, and how much is left."""

from service.dialogues.banking import PERSON, AsksBank
from service.dialogues.base import Option, Say, Step
from service.domain.banking import NextPayment
from service.domain.errands import ErrandOutcome

HOW = Option("loan_repay", "intent:loan_repay")
EARLY = Option("loan_early", "intent:loan_early_repayment")


class ShowNextPayment(AsksBank):
    """Asks once, says all; who is late is told first what to do."""

    name = "show_next_payment"
    operation = "read_next_payments"

    def tell(self, outcome: ErrandOutcome) -> Step:
        """A message a loan, the soonest first; the buttons are under the last."""
        payments: tuple[NextPayment, ...] = outcome.value["payments"]
        if not payments:
            return Step(say=(Say("payment_none", buttons=(Option("loan_apply", "intent:loan_apply"), PERSON)),))
        late = any(each.overdue for each in payments)
        buttons = (HOW, PERSON) if late else (HOW, EARLY)
        said = [_said(each) for each in payments]
        last = Say(said[-1].key, said[-1].fields, buttons, said[-1].lines)
        return Step(say=(*said[:-1], last))


def _said(payment: NextPayment) -> Say:
    loan = Say(f"loan_{payment.kind.value}", {"contract": payment.contract})
    remaining = Say("payment_remaining", {"remaining": payment.remaining})
    lines = (remaining,) if payment.remaining != payment.amount else (Say("payment_last"),)
    fields = {"loan": loan, "amount": payment.amount, "due": payment.due}
    if payment.overdue:
        return Say("payment_overdue", {**fields, "overdue": payment.overdue}, lines=lines)
    return Say("payment_next", fields, lines=lines)
