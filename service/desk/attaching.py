"""Files of conversations: an operator's for the next reply, and reading any that colleagues may see."""

from typing import BinaryIO

from service import filing
from service.desk.acting import must_hold, must_serve_clients, see
from service.domain.files import AttachedFile
from service.errors import InvalidInput, NotFound
from service.filing import FileOnDisk
from service.office import Office
from service.storage import files
from service.storage.staff import StaffMember


def attach_file(
    conversation_id: int, staff: StaffMember, office: Office, *, name: str, content: BinaryIO
) -> AttachedFile:
    """Keep a file for a reply in a conversation that `staff` holds; name its key in `reply(attached=...)`.

    Raises FileRefused (kind, disguise), FileTooLarge, FileInfected, and InvalidInput where the channel takes no files.
    """
    with office.database.read() as connection:
        conversation = see(connection, conversation_id, staff)
    must_hold(conversation, staff)
    if not office.channels[conversation.channel].takes_files:
        raise InvalidInput("files can't be sent over this channel; describe it in words or offer another channel")
    return filing.receive_from_staff(name, content, conversation.channel, staff.id, conversation_id, office)


def read_file(key: str, staff: StaffMember, office: Office) -> FileOnDisk:
    """A file of a conversation that `staff` may see; NotFound for anything else.

    Send it as an attachment; only `file.may_be_shown` may be shown in a page.
    """
    must_serve_clients(staff)
    with office.database.read() as connection:
        found = files.get(connection, key)
        if found is None or found.conversation_id is None:
            raise NotFound("there is no such file")
        try:
            see(connection, found.conversation_id, staff)
        except NotFound:
            raise NotFound("there is no such file") from None
    return filing.on_disk(found, office)
