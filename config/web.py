"""The web server's entry under `manage.py up`: a worker ends with the process that made it.

Without this, killing the web server's main process would leave its workers behind, still holding the port.
"""

from __future__ import annotations

from config.services.tether import die_with_parent

die_with_parent()

from config.wsgi import application

__all__ = ["application"]
