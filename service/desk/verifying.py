"""Who the client is, from the desk: ask them to prove it, and end a link. Nobody here sees or sends a code."""

from datetime import datetime

from sqlalchemy import Connection

from service import texts
from service.desk.acting import act_on, add_fact, move, must_hold, must_steer
from service.dialogues import verify_client
from service.domain.conversations import ConversationView
from service.errors import Conflict
from service.office import Office
from service.performers.joining import end_link
from service.policies.decide import VERIFYING
from service.policies.verification import valid_link
from service.storage.staff import StaffMember


def ask_to_verify(conversation_id: int, staff: StaffMember, office: Office) -> ConversationView:
    """Let the bot ask the client for a number and a code while `staff` holds the conversation.

    The code goes to the address on file and is compared by the service; the operator sees that it was right. Raises
    Conflict where codes can't be sent and for a client who is known already. Asking twice says it once.
    """
    if VERIFYING not in office.rules.actions:
        raise Conflict("clients can't be verified by codes here: set OTKLIK_MAIL and OTKLIK_BACK_OFFICE")

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        must_hold(conversation, staff)
        if valid_link(conversation.link, now) is not None:
            raise Conflict("this client has proved who they are already")
        if conversation.dialogue is not None and conversation.dialogue.name == VERIFYING:
            return
        said = texts.text("verify_ask_staff", conversation.language)
        move(connection, conversation, (said,), office, now, dialogue=verify_client.ask(by_staff=True).to_json())
        add_fact(connection, conversation, "verification_asked", staff.login, now)

    return act_on(conversation_id, staff, office, change)


def unlink(conversation_id: int, staff: StaffMember, office: Office) -> ConversationView:
    """End the link of this chat to a client of the bank; the client is told. One without a link stays as it is."""

    def change(connection: Connection, conversation: ConversationView, now: datetime) -> None:
        must_steer(conversation, staff)
        if not end_link(connection, conversation, now, staff.login):
            return
        move(connection, conversation, (texts.text("unlink", conversation.language),), office, now)
        add_fact(connection, conversation, "unlinked", staff.login, now)

    return act_on(conversation_id, staff, office, change)
