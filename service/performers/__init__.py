"""Who does the errands of procedures; the two tables name every operation.

INSIDE are done in the transaction of the client's message; OUTSIDE after its commit, by `service/errands.py`.
"""

from service.performers.bank import BANK
from service.performers.base import Inside, Performer

INSIDE: dict[str, Inside] = {}
OUTSIDE: dict[str, Performer] = {**BANK}
