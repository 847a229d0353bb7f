"""Who does the errands of procedures; the two tables name every operation.

INSIDE are done in the transaction of the client's message; OUTSIDE after its commit, by `service/errands.py`.
"""

from service.performers import proving
from service.performers.bank import BANK
from service.performers.base import Inside, Performer

INSIDE: dict[str, Inside] = {proving.OPEN: proving.open_challenge, proving.CHECK: proving.check_code}
OUTSIDE: dict[str, Performer] = {**BANK, proving.SEND: Performer(proving.send_code, for_clients=False)}
