"""How often a login may be tried: after a few failures ever longer waits, whoever restarts what."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from geo.store.people import LOGIN

_FORGOTTEN_S: Final = 24 * 3600
"""Seconds after which failures are forgotten."""
_LONGEST_WAIT_S: Final = 15 * 60
_NETWORK: Final = 64
"""Bits of an IPv6 address that one customer holds: all beyond is his to choose."""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures are free, before each further one doubles the wait from one second."""

    free: int

    def wait_s(self, failures: int) -> int:
        """Return the seconds to wait after so many failures.

        Examples
        --------
        >>> [Limit(5).wait_s(failures) for failures in (4, 5, 6, 10, 100)]
        [0, 1, 2, 32, 900]
        """
        beyond = failures - self.free
        return 0 if beyond < 0 else min(_LONGEST_WAIT_S, 2 ** min(beyond, 20))


ACCOUNT: Final = Limit(5)
ADDRESS: Final = Limit(30)
"""Of an address, from which a whole office may come."""


def subjects(folded: str, address: str) -> dict[str, Limit]:
    """Return what is counted of one try: the account, whether it exists or not, and the address."""
    return {f"account:{folded}"[:200]: ACCOUNT, f"address:{network(address)}": ADDRESS}


def network(address: str) -> str:
    """Return what is counted as one address.

    Examples
    --------
    >>> network("203.0.113.7"), network("2001:db8:1:2:3::4"), network("?")
    ('203.0.113.7', '2001:db8:1:2::/64', '?')
    """
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address[:64]
    if parsed.version == 4:  # noqa: PLR2004
        return str(parsed)
    return str(ipaddress.ip_network((parsed, _NETWORK), strict=False))


def wait_s(connection: sa.Connection, named: dict[str, Limit], now: int) -> int:
    """Return the seconds until the next try, 0 when it may be made now."""
    query = sa.select(sa.func.max(LOGIN.c.free_at)).where(LOGIN.c.subject.in_(named))
    return max(0, (connection.scalar(query) or 0) - now)


def failed(connection: sa.Connection, named: dict[str, Limit], now: int) -> None:
    """Count a failure of everything that is counted.

    It is counted before the password is looked at, so that many tries at once are many.
    """
    for subject, limit in named.items():
        row = connection.execute(sa.select(LOGIN).where(LOGIN.c.subject == subject)).first()
        before = 0 if row is None or row.last_at < now - _FORGOTTEN_S else row.failures
        values = {
            "failures": before + 1,
            "last_at": now,
            "free_at": now + limit.wait_s(before + 1),
        }
        if row is None:
            connection.execute(sa.insert(LOGIN).values(subject=subject, **values))
        else:
            connection.execute(sa.update(LOGIN).where(LOGIN.c.subject == subject).values(values))
    connection.execute(sa.delete(LOGIN).where(LOGIN.c.last_at < now - _FORGOTTEN_S))


def succeeded(connection: sa.Connection, named: dict[str, Limit]) -> None:
    """Take back what `failed` counted before it was known: the account begins anew."""
    for subject, limit in named.items():
        of_it = LOGIN.c.subject == subject
        if limit is ACCOUNT:
            connection.execute(sa.delete(LOGIN).where(of_it))
        else:
            fewer = LOGIN.c.failures - 1
            connection.execute(sa.update(LOGIN).where(of_it).values(failures=fewer, free_at=0))
