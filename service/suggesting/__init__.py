"""Ready replies for operators: offered for each client message, searched from the reply box, learned from.

- `offers`: what is offered for the client's last message, and when it is out of date
- `gathering`: where ready replies come from: articles, colleagues' replies, canned replies
- `outcomes`: accept, edit, reject
- `finding`: the search of the reply box
- `learning`: operators' replies become past replies; a client's are forgotten
"""

from service.suggesting.finding import search_replies
from service.suggesting.learning import forget, learn_due
from service.suggesting.offers import OfferMaker, current_offer
from service.suggesting.outcomes import accept, edit, reject

__all__ = ["OfferMaker", "accept", "current_offer", "edit", "forget", "learn_due", "reject", "search_replies"]
