"""A double of the Graph API for Messenger."""

from tests.doubles.graph import GraphDouble

PAGE = "10500000000001"


class MessengerDouble(GraphDouble):
    """One page."""

    def __init__(self) -> None:
        super().__init__(PAGE)
