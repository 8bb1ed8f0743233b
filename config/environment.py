"""Every environment variable Tideline reads, typed, in one place.

`python -m config.environment` prints the table of the README.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from zoneinfo import ZoneInfo

HOME = Path(__file__).resolve().parent.parent


class SettingError(ValueError):
    """A variable that cannot be used; the message names it and says what to do."""


@dataclass(frozen=True)
class Variable:
    """One row of the README's table."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable(
        "DATABASE_URL",
        "the embedded PostgreSQL",
        "`postgres://user:password@host:port/name`, or `postgres://user@/name?host=/socket/dir`; other query parameters "
        "(`sslmode` …) go to the driver; a pooler before it must keep prepared statements apart (PgBouncer 1.21 and "
        "`max_prepared_statements`) or hand out sessions",
    ),
    Variable(
        "REDIS_URL",
        "the embedded Valkey",
        "`redis://host:port/0`, `rediss://…` or `unix:///path?db=0`; broker and cache",
    ),
    Variable(
        "SECRET_KEY",
        "made once in `VAR_DIR`",
        "signs sessions and links; with `DEBUG=0` it must be set, and 32 characters or longer",
    ),
    Variable(
        "DEBUG",
        "unset: a local installation",
        "`0` is production: HTTPS only, secure cookies, HSTS, hashed static files; `1` shows Django's error pages",
    ),
    Variable("ALLOWED_HOSTS", "`localhost,127.0.0.1,[::1]`", "host names that may be asked for, with commas between"),
    Variable("BASE_URL", "`http://localhost:8000`", "the address that links in messages point to"),
    Variable(
        "EMAIL_URL",
        "files in `VAR_DIR/outbox`",
        "`smtp://user:password@host:port`, `smtp+tls://…` (STARTTLS) or `smtps://…`, with `?from=Shop <shop@example.com>`",
    ),
    Variable(
        "SMS_URL", "files in `VAR_DIR/outbox`", "`https://user:password@host/path`: where text messages are posted"
    ),
    Variable("PUSH_VAPID_KEY", "nothing", "kept for web push, which this version does not send yet"),
    Variable("TIME_ZONE", "`UTC`", "the store's time zone, for customers whose own is unknown, Monday morning, months"),
    Variable(
        "CARD_REQUIRED",
        "`people`",
        "who needs a whole card on the segment before a journey on it can go live: `people` (pages and admin), `all` (API "
        "keys too), `nobody`",
    ),
    Variable(
        "SMALLEST_SEGMENT",
        "`30`",
        "with fewer customers a live segment is a finding: too few to tell what a message did",
    ),
    Variable(
        "SEGMENT_APPROVAL",
        "`nobody`",
        "whose rules count only once somebody else approved them: `nobody`'s, changes of `live` segments, or `all` that are "
        "published",
    ),
    Variable("VAR_DIR", "`var`", "the folder of all state: embedded servers, the outbox, the generated secret"),
)

LOCAL_HOSTS = ("localhost", "127.0.0.1", "[::1]")
CARD_REQUIRED = ("people", "all", "nobody")
SEGMENT_APPROVAL = ("nobody", "live", "all")
ON = {"1", "true", "yes", "on"}
OFF = {"0", "false", "no", "off"}


@dataclass(frozen=True)
class Environment:
    """The variables as text, and what they mean as typed properties."""

    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """The value of a variable, empty when it is unset."""
        return self.values.get(name, "").strip()

    def _one_of(self, name: str, choices: Sequence[str]) -> str:
        """A variable with few values; the first of them when it is unset."""
        value = self.text(name).lower() or choices[0]
        if value not in choices:
            raise SettingError(f"{name} is {value!r}: set it to {', '.join(choices[:-1])} or {choices[-1]}.")
        return value

    @cached_property
    def debug(self) -> bool | None:
        """True and False as asked for; None for a local installation."""
        value = self.text("DEBUG").lower()
        if value in ON:
            return True
        if value in OFF:
            return False
        if value:
            raise SettingError(f"DEBUG is {value!r}: set it to 0 (production) or 1, or leave it unset.")
        return None

    @property
    def production(self) -> bool:
        """Whether this is a production installation: `DEBUG=0` says so."""
        return self.debug is False

    @cached_property
    def var_dir(self) -> Path:
        """The folder of all state."""
        return Path(self.text("VAR_DIR") or HOME / "var").expanduser().resolve()

    @property
    def database_url(self) -> str:
        """The address of the database; empty for the embedded one."""
        return self.text("DATABASE_URL")

    @property
    def redis_url(self) -> str:
        """The address of the broker; empty for the embedded one."""
        return self.text("REDIS_URL")

    @cached_property
    def allowed_hosts(self) -> list[str]:
        """Host names the web server answers to."""
        named = [host.strip() for host in self.text("ALLOWED_HOSTS").split(",") if host.strip()]
        if self.production and not named:
            raise SettingError("ALLOWED_HOSTS is empty: with DEBUG=0, name the hosts, as in shop.example.com.")
        return named or list(LOCAL_HOSTS)

    @cached_property
    def base_url(self) -> str:
        """Where links lead to, without a slash at the end."""
        url = (self.text("BASE_URL") or "http://localhost:8000").rstrip("/")
        if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
            raise SettingError(f"BASE_URL is {url!r}: give a whole address, as in https://shop.example.com.")
        return url

    @cached_property
    def card_required(self) -> str:
        """Whose journeys need a whole card on their segment: `people`, `all` or `nobody`."""
        return self._one_of("CARD_REQUIRED", CARD_REQUIRED)

    @cached_property
    def smallest_segment(self) -> int:
        """How many customers a live segment should have at least."""
        value = self.text("SMALLEST_SEGMENT") or "30"
        if not (value.isascii() and value.isdigit() and int(value) >= 1):
            raise SettingError(f"SMALLEST_SEGMENT is {value!r}: give a whole number, 1 or more.")
        return int(value)

    @cached_property
    def segment_approval(self) -> str:
        """Whose rules take four eyes: `nobody`'s, changes of `live` segments, or `all`."""
        return self._one_of("SEGMENT_APPROVAL", SEGMENT_APPROVAL)

    @cached_property
    def time_zone(self) -> str:
        """The store's time zone, by its IANA name."""
        name = self.text("TIME_ZONE") or "UTC"
        try:
            ZoneInfo(name)
        except Exception as error:
            raise SettingError(f"TIME_ZONE is {name!r}: use an IANA name, as in Europe/Warsaw.") from error
        return name

    def secret_key(self) -> str:
        """The secret of this installation; made once and kept outside production."""
        given = self.text("SECRET_KEY")
        if self.production and len(given) < 32:
            raise SettingError(
                "SECRET_KEY is missing or shorter than 32 characters. With DEBUG=0 Tideline refuses to start without one, "
                "since sessions could be forged. Make one with: "
                'python -c "import secrets; print(secrets.token_urlsafe(48))"'
            )
        return given or _kept_secret(self.var_dir / "secret_key")


def _kept_secret(path: Path) -> str:
    """The secret kept in a file; made by whichever process comes first, complete before it can be read."""
    import secrets

    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()


def database_from_url(url: str) -> dict[str, object]:
    """Django's settings of a PostgreSQL database from its address."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SettingError(f"DATABASE_URL starts with {parts.scheme!r}: Tideline needs postgres://…")
    name = unquote(parts.path.lstrip("/"))
    if not name:
        raise SettingError("DATABASE_URL names no database: postgres://user@host/NAME")
    options = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host, port = options.pop("host", parts.hostname or ""), options.pop("port", parts.port or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(host),
        "PORT": str(port),
        "OPTIONS": options,
    }


def broker_from_url(url: str) -> str:
    """Celery's spelling of the address of a Redis or Valkey."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = parse_qs(parts.query).get("db", ["0"])[-1]
    return f"redis+socket://{parts.path}?virtual_host={number}"


def environment() -> Environment:
    """The environment of this process."""
    return Environment(dict(os.environ))


def table() -> str:
    """The README's table of variables, in Markdown."""
    lines = ["| variable | when unset | what it is |", "|---|---|---|"]
    lines += [f"| `{row.name}` | {row.default} | {row.meaning} |" for row in VARIABLES]
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())
