"""Short multi-turn procedures; one procedure = one file. DIALOGUES is the explicit table of them.

Those that every conversation needs live here: choosing among offered topics, saying whether an answer helped, giving a
mark after a closed request.
A procedure that serves an intent with `does: action` is added under the name of the taxonomy's `action`.
"""

from service.dialogues.base import Dialogue
from service.dialogues.clarify import Clarify
from service.dialogues.feedback import Feedback
from service.dialogues.satisfaction import Satisfaction

DIALOGUES: dict[str, Dialogue] = {dialogue.name: dialogue for dialogue in (Clarify(), Feedback(), Satisfaction())}
