"""From logs to data: what was understood, what came of it, what people say it was about, as files for training.

- `collecting`: each understood message with what happened next and a weak label; `forget` erases a client's
- `tracing`: what happened after a message, read from the timeline
- `reviewing`: what a person labels next, what they said, how well people agree
- `adding`: new intents, and many messages labelled at once
- `exporting`: the folder that `otklik train --labels` takes
"""

from service.labelling.adding import add_intent, label_all
from service.labelling.collecting import collect_due, expire_old, forget
from service.labelling.exporting import Exported, export
from service.labelling.reviewing import (
    agreed,
    history,
    label,
    next_items,
    progress,
    read_item,
    skip,
    undo,
)

__all__ = [
    "Exported",
    "add_intent",
    "agreed",
    "collect_due",
    "expire_old",
    "export",
    "forget",
    "history",
    "label",
    "label_all",
    "next_items",
    "progress",
    "read_item",
    "skip",
    "undo",
]
