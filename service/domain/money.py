"""An amount of money: never a float, never without its currency."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Money:
    """`amount` in whole units with hundredths («12345.60»), `currency` by ISO 4217 («RUB»)."""

    amount: Decimal
    currency: str = "RUB"
