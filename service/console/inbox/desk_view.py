"""What is done in the inbox: each key and button ends in one of these."""

from nicegui import ui

from service import desk
from service.console.components.composer import Composer
from service.console.components.inbox_list import InboxList
from service.console.components.once import once_at_a_time
from service.console.components.suggestions import Suggestions
from service.console.components.timeline import Timeline
from service.console.inbox import asking, asking_more
from service.console.inbox.answering import Answering
from service.console.inbox.layout import build_panes
from service.console.place import ME
from service.domain.conversations import ConversationState
from service.domain.presence import PresenceState
from service.policies.next_conversation import next_conversation
from service.shifts import presence


class DeskView(Answering):
    """One operator's open inbox, with everything that can be done in it."""

    def build(self) -> None:
        """Put the panes on the page."""
        self.panes = build_panes(self)
        with self.panes.list:
            self.list = InboxList(
                self.place, on_open=self.open, on_more=self.more, on_sound=lambda on: self.panes.show_sound(on)
            )
        with self.panes.story:
            self.story = Timeline(self.place, on_earlier=self.earlier, on_correct=self.correct)
        with self.panes.composer:
            self.composer = Composer(
                self.place, on_send=self.send, on_note=self.keep_note, on_typing=self.tell_typing,
                on_upload=self.upload,
            )  # fmt: skip
        with self.panes.suggestions:
            self.suggestions = Suggestions(
                self.place, on_choose=self.choose, on_accept=self.accept, on_edit=self.edit, on_reject=self.reject
            )
        self.show_nothing()

    # --- the conversation's fate --------------------------------------------------------------------------------

    def _may_steer(self, *, waiting_too: bool = False) -> bool:
        """Whether it is for this person to decide what becomes of it; says why not before anything is asked."""
        if self.opened is None:
            return False
        conversation = self.opened.conversation
        waits = conversation.state is ConversationState.QUEUED
        if desk.may_steer(conversation, self.place.staff) or (waits and waiting_too):
            return True
        entry = self.entry(conversation.id or 0)
        why = self.place.say("actions.take_first") if waits else self._locked(self.opened, entry)
        ui.notify(why, type="info", position="top")
        return False

    @once_at_a_time
    async def transfer(self) -> None:
        """Pass it to a department or a person."""
        if not self._may_steer() or (answer := await asking.ask_target(self)) is None:
            return
        if await self.act(desk.transfer, **answer):
            self.tell("transferred")

    @once_at_a_time
    async def return_to_bot(self) -> None:
        """Give it back to the bot."""
        if self.is_mine and await self.act(desk.return_to_bot):
            self.tell("returned_to_bot")

    @once_at_a_time
    async def snooze(self) -> None:
        """Hide it until a time, or wake it."""
        if self.opened is None or not self._may_steer():
            return
        if self.opened.conversation.snoozed_until is not None:
            await self.act(desk.wake)
        elif (until := await asking.ask_time(self, self._zone)) is not None:
            await self.act(desk.snooze, until=until)

    @once_at_a_time
    async def tag(self) -> None:
        """Add or remove a tag."""
        if self.opened is not None and (tag := await asking_more.ask_tag(self)):
            change = desk.remove_tag if tag in self.opened.card.tags else desk.add_tag
            await self.act(lambda number, staff, office: change(number, tag, staff, office))

    @once_at_a_time
    async def merge(self) -> None:
        """Say that another conversation is with the same client."""
        if self.opened is not None and (answer := await asking_more.ask_other(self)) is not None:
            other, reason = answer
            if await self.act(lambda here, me, office: desk.merge_clients(here, other, me, office, reason=reason)):
                self.tell("merged")

    @once_at_a_time
    async def verify(self) -> None:
        """Let the bot ask the client who they are, while one goes on talking with them."""
        if self.is_mine and await self.act(desk.ask_to_verify):
            self.tell("verification_asked")

    @once_at_a_time
    async def end_link(self) -> None:
        """This chat is not linked to a client of the bank any more."""
        if await self.act(desk.unlink):
            self.tell("unlinked")

    async def separate(self, merge_id: int) -> None:
        """Take the joining of two clients back."""
        await self.place.do(desk.undo_merge, merge_id, ME, self.place.office)
        await self.refresh_conversation()

    @once_at_a_time
    async def close(self) -> None:
        """Close the request and go on with the next one."""
        if not self._may_steer(waiting_too=True) or (answer := await asking.ask_resolution(self)) is None:
            return
        following = next_conversation(self.entries, self.selected, self.place.staff.id)
        resolution, comment = answer
        if await self.act(desk.close, resolution=resolution, comment=comment):
            self.tell("closed")
            if following is not None:
                await self.open(following)
            self.list.focus()

    @once_at_a_time
    async def reopen(self) -> None:
        """Take up a closed one again, or one that the bot leads."""
        state = self.opened.conversation.state if self.opened else None
        if state in (ConversationState.CLOSED, ConversationState.BOT) and await self.act(desk.reopen):
            await self.be_there()
            self.tell("reopened")
            self.composer.focus()

    async def correct(self, conversation_id: int, seq: int) -> None:
        """Say what a client's message was really about."""
        answer = await asking_more.ask_intents(self)
        if answer is not None:
            do, office = self.place.do, self.place.office
            if answer:
                await do(desk.correct_intent, conversation_id, seq, answer, ME, office)
            else:
                await do(desk.undo_correction, conversation_id, seq, ME, office)
            await self.refresh_all()

    @once_at_a_time
    async def correct_last(self) -> None:
        """The same for the client's last message."""
        items = self.opened.story.items if self.opened else ()
        for item in reversed(items):
            if item.message is not None and item.understood is not None:
                await self.correct(item.conversation_id, item.message.seq)
                return

    async def focus_filter(self) -> None:
        """To the filters, opened."""
        self.panes.filter.run_method("focus")
        self.panes.filter.run_method("showPopup")

    @once_at_a_time
    async def choose_presence(self) -> None:
        """Online, busy, break, offline."""
        state = await asking.ask_presence(self)
        if state is not None:
            found = await self.place.do(presence.set_presence, ME, self.place.office, PresenceState(state))
            if found is not None:
                self.panes.show_presence(found.state)
