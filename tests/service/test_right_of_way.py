"""Those at the door go first, those behind take turns in order, and neither ever waits for ever."""

from threading import Event

from service.right_of_way import RightOfWay
from tests.service.threads import at_once, wait_until


def test_one_turn_at_a_time_in_the_order_of_coming() -> None:
    way, order, inside, most = RightOfWay(), list[int](), list[int](), list[int]()
    gates = [Event() for _ in range(4)]

    def work(number: int) -> None:
        gates[number].wait(20)
        with way.turn():
            inside.append(number)
            most.append(len(inside))
            if number == 0:
                for each in range(1, 4):
                    gates[each].set()
                    wait_until(lambda n=each: len(way._waiting) == n, "the next one waits")
            order.append(number)
            inside.remove(number)

    gates[0].set()
    at_once(*[lambda n=n: work(n) for n in range(4)])
    assert order == [0, 1, 2, 3]
    assert max(most) == 1


def test_a_turn_begins_when_nobody_is_at_the_door_and_after_a_while_all_the_same() -> None:
    way, order, at_the_door = RightOfWay(patience_seconds=20), list[str](), Event()

    def door() -> None:
        with way.first():
            at_the_door.set()
            wait_until(lambda: way._taken, "somebody behind has come")
            order.append("door")

    def behind() -> None:
        at_the_door.wait(20)
        with way.turn():
            order.append("behind")

    at_once(door, behind)
    assert order == ["door", "behind"]
    hasty = RightOfWay(patience_seconds=0.01)
    with hasty.first(), hasty.turn():
        order.append("all the same")
    assert order[-1] == "all the same"


def test_who_waits_for_something_outside_lets_others_have_their_turn() -> None:
    way, reading, read = RightOfWay(), Event(), Event()

    def first() -> None:
        with way.turn():
            with way.aside():
                reading.set()
                assert read.wait(20)
            assert way._taken

    def second() -> None:
        reading.wait(20)
        with way.turn():
            read.set()

    assert at_once(first, second) == [None, None]
    assert not way._taken
    with way.aside():
        assert not way._taken, "outside a turn there is nothing to give"


def test_a_turn_that_fails_is_over() -> None:
    way = RightOfWay()

    def fails() -> None:
        with way.turn(), way.aside():
            raise LookupError("no")

    assert [str(each) for each in at_once(fails)] == ["no"]
    with way.turn():
        pass
    assert not way._taken
