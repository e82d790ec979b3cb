"""What is written at most once a minute, and for each who causes it at most twenty times: nobody fills the log."""

from collections import OrderedDict
from datetime import datetime, timedelta

PAUSE = timedelta(minutes=1)
OF_EACH = 20
MOST = 5000  # who are remembered; whoever caused nothing for longest is forgotten first

What = tuple[str, ...]


class Seldom:
    """Lives on the event loop; remembers what was written within the last minute."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._lately: OrderedDict[str, dict[What, datetime]] = OrderedDict()

    def is_due(self, who: str, what: What, now: datetime) -> bool:
        """Whether it may be written; it is taken as written now."""
        lately = {each: at for each, at in self._lately.pop(who, {}).items() if now - PAUSE < at <= now}
        self._lately[who] = lately
        if len(self._lately) > MOST:
            self._lately.popitem(last=False)
        if what in lately or len(lately) >= OF_EACH:
            return False
        lately[what] = now
        return True

    def forget(self, who: str, what: What) -> None:
        """It could not be written."""
        self._lately.get(who, {}).pop(what, None)
