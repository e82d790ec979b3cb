"""The server's log: JSON, one line an event, one line a call; never a body, a query or a header."""

import json
import logging
import sys
from datetime import UTC, datetime

from typing_extensions import override

log = logging.getLogger("server")
calls = logging.getLogger("server.calls")


class Lines(logging.Formatter):
    """Writes a record as one JSON object; what `extra={"told": {…}}` holds becomes members of it."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def to_standard_error() -> None:
    """Send everything there."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in ("alembic", "uvicorn"):
        logging.getLogger(name).setLevel(logging.WARNING)
