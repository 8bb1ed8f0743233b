"""A server for the browser that can be asked whether it is done: the database must not be emptied under a request."""

from __future__ import annotations

import threading
import urllib.request
from typing import Any

from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.db import connections
from django.test.testcases import LiveServerThread, ThreadedWSGIServer

PATIENCE = 60


class CountedServer(ThreadedWSGIServer):
    """Counts its open connections, from accepting one to the end of its thread."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.open = 0
        self.changed = threading.Condition()
        super().__init__(*args, **kwargs)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Count a connection in before its thread starts."""
        with self.changed:
            self.open += 1
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Count it out when its thread has closed its database connections."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self.changed:
                self.open -= 1
                self.changed.notify_all()


class _Thread(LiveServerThread):
    server_class = CountedServer


class Server:
    """The application at a free port of this machine."""

    def __init__(self) -> None:
        # A thread keeps its database connection no longer than its request: an idle server holds none.
        connections["default"].settings_dict["CONN_MAX_AGE"] = 0
        self._thread = _Thread("localhost", connections_override={}, static_handler=StaticFilesHandler)
        self._thread.daemon = True
        self._thread.start()
        if not self._thread.is_ready.wait(PATIENCE) or self._thread.error:
            raise RuntimeError("The server for the browser did not start.") from self._thread.error

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://localhost:{self._thread.port}"

    def wait_until_idle(self) -> None:
        """Return once nothing that a closed browser had asked for is being answered any more.

        Connections are accepted in order: when this one is answered, every earlier one is counted.
        """
        with urllib.request.urlopen(f"{self.address}/healthz", timeout=PATIENCE) as answer:
            answer.read()
        httpd: Any = self._thread.httpd
        with httpd.changed:
            if not httpd.changed.wait_for(lambda: httpd.open == 0, PATIENCE):
                raise TimeoutError(f"{httpd.open} connections of the browser are still open.")

    def stop(self) -> None:
        """End it."""
        self._thread.terminate()
