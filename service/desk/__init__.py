"""What staff do: take a conversation, reply, pass it on, mark it, find it, close it. The console and the API come here.

Each action is one transaction; ownership changes by compare-and-set, so that of two who press «take» one wins and
the other is told at once. `holding` changes who has a conversation, `passing` gives it to others, `speaking` says
something, `marking` adds tags and labels, `merging` joins two clients, `attaching` handles files; `reading`, `finding`
and `cards` only read, `banking` looks into the bank, `verifying` asks who the client
is. What they share is in `acting`.
"""

from service.desk.acting import may_steer, visible_departments
from service.desk.attaching import attach_file, read_file
from service.desk.banking import read_bank_products
from service.desk.cards import client_card
from service.desk.finding import forget_view, save_view, saved_views, search
from service.desk.holding import close, release, reopen, return_to_bot, take
from service.desk.marking import add_tag, correct_intent, remove_tag, suggest_tags, undo_correction
from service.desk.merging import merge_clients, undo_merge
from service.desk.opening import OpenConversation, open_conversation
from service.desk.passing import colleagues, transfer
from service.desk.reading import (
    OPEN_STATES,
    is_holder,
    list_inbox,
    list_queue,
    mark_read,
    read_conversation,
    read_deliveries,
    read_timeline,
)
from service.desk.snoozing import snooze, wake, wake_due
from service.desk.speaking import note, reply, set_typing, who_types
from service.desk.verifying import ask_to_verify, unlink

__all__ = [
    "OPEN_STATES",
    "OpenConversation",
    "add_tag",
    "ask_to_verify",
    "attach_file",
    "client_card",
    "close",
    "colleagues",
    "correct_intent",
    "forget_view",
    "is_holder",
    "list_inbox",
    "list_queue",
    "mark_read",
    "may_steer",
    "merge_clients",
    "note",
    "open_conversation",
    "read_bank_products",
    "read_conversation",
    "read_deliveries",
    "read_file",
    "read_timeline",
    "release",
    "remove_tag",
    "reopen",
    "reply",
    "return_to_bot",
    "save_view",
    "saved_views",
    "search",
    "set_typing",
    "snooze",
    "suggest_tags",
    "take",
    "transfer",
    "undo_correction",
    "undo_merge",
    "unlink",
    "visible_departments",
    "wake",
    "wake_due",
    "who_types",
]
