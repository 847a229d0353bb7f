"""«Сколько у меня денег?»: what is on the client's accounts."""

from service.dialogues.banking import PERSON, AsksBank, account_name, listed
from service.dialogues.base import Option, Say, Step
from service.domain.banking import Account
from service.domain.errands import ErrandOutcome

NEXT = (Option("send_statement", "intent:statement"), Option("account_details", "intent:account_details"))


class ShowBalance(AsksBank):
    """Asks once, says all."""

    name = "show_balance"
    operation = "read_accounts"

    def tell(self, outcome: ErrandOutcome) -> Step:
        """The balance of each account, and what of it can be spent where that is less."""
        accounts: tuple[Account, ...] = outcome.value["accounts"]
        if not accounts:
            return Step(say=(Say("balance_none", buttons=(Option("account_open", "intent:account_open"), PERSON)),))
        lines = tuple(_line(each) for each in accounts)
        if len(lines) == 1:
            return Step(say=(Say(lines[0].key, lines[0].fields, NEXT),))
        return Step(say=(Say("balance_several", buttons=NEXT, lines=listed(lines)),))


def _line(account: Account) -> Say:
    fields = {"account": account_name(account), "balance": account.balance}
    if account.available == account.balance:
        return Say("balance_line", fields)
    return Say("balance_line_held", {**fields, "available": account.available})
