"""From logs to data: what was understood, what came of it, what people say it was about, as files for training.

- `collecting`: each understood message with what happened next and a weak label; `forget` erases a client's
- `tracing`: what happened after a message, read from the timeline
- `reviewing`: what a person labels next, what they said, how well people agree
- `neighbours`: the training set, to compare with
- `discovering`: new topics among what was not understood
- `gaps`: what articles answer badly, and drafts for it
- `examining`: doubted labels of the training set
- `weighing`: how often the same is asked, and what is asked more than before
- `adding`: new intents, and many messages labelled at once
- `exporting`: the folder that `otklik train --labels` takes
"""

from service.domain.labels import GivenLabel
from service.labelling.adding import add_intent, label_all
from service.labelling.collecting import collect_due, expire_old, forget
from service.labelling.discovering import (
    Topic,
    begin_search,
    find_topics,
    list_topics,
    messages_of,
    search_in_progress,
    settle,
)
from service.labelling.examining import examine, queue_suspects
from service.labelling.exporting import Exported, export
from service.labelling.gaps import GapView, list_gaps, propose_article
from service.labelling.neighbours import Near, Neighbour, neighbours
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
from service.labelling.weighing import weigh_due

__all__ = [
    "Exported",
    "GapView",
    "GivenLabel",
    "Near",
    "Neighbour",
    "Topic",
    "add_intent",
    "agreed",
    "begin_search",
    "collect_due",
    "examine",
    "expire_old",
    "export",
    "find_topics",
    "forget",
    "history",
    "label",
    "label_all",
    "list_gaps",
    "list_topics",
    "messages_of",
    "neighbours",
    "next_items",
    "progress",
    "propose_article",
    "queue_suspects",
    "read_item",
    "search_in_progress",
    "settle",
    "skip",
    "undo",
    "weigh_due",
]
