"""Short multi-turn procedures; one procedure = one file. DIALOGUES is the explicit table of them.

Those that every conversation needs live here: choosing among offered topics, saying whether an answer helped, giving a
mark after a closed request.
A procedure that serves an intent with `does: action` is added under the name of the taxonomy's `action`.
"""

from service.dialogues.base import Dialogue
from service.dialogues.block_card import BlockCard
from service.dialogues.clarify import Clarify
from service.dialogues.feedback import Feedback
from service.dialogues.satisfaction import Satisfaction
from service.dialogues.send_statement import SendStatement
from service.dialogues.show_account_details import ShowAccountDetails
from service.dialogues.show_application_status import ShowApplicationStatus
from service.dialogues.show_balance import ShowBalance
from service.dialogues.show_next_payment import ShowNextPayment
from service.dialogues.verify_client import VerifyClient

_OF_EVERY_CONVERSATION: tuple[Dialogue, ...] = (Clarify(), Feedback(), Satisfaction())
_OF_THE_BANK: tuple[Dialogue, ...] = (
    BlockCard(), SendStatement(), ShowAccountDetails(), ShowApplicationStatus(), ShowBalance(), ShowNextPayment(),
    VerifyClient(),
)  # fmt: skip
DIALOGUES: dict[str, Dialogue] = {dialogue.name: dialogue for dialogue in (*_OF_EVERY_CONVERSATION, *_OF_THE_BANK)}
