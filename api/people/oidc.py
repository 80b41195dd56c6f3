"""Single sign-on by OpenID Connect: who somebody is says the bureau's own provider.

The code flow with PKCE, state and nonce; the provider's word is taken only with its signature.
"""

from __future__ import annotations

import base64
import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import sqlalchemy as sa

from api.errors import ForbiddenError, UnauthorizedError
from api.people import accounts, credentials
from api.people.accounts import Account, By
from api.people.origins import is_loopback
from api.settings import Settings
from geo.errors import DataError, PlannerError
from geo.store.people import PERSON
from geo.text import say

if TYPE_CHECKING:
    from authlib.integrations.requests_client import OAuth2Session

COOKIE_S: Final = 600
"""Seconds in which somebody must come back from the provider."""

_PATIENCE_S: Final = 10.0
_LEEWAY_S: Final = 60
_ALGORITHMS: Final = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"]
"""Signatures that are taken: never none, never one made with a shared secret."""


@dataclass(frozen=True, slots=True)
class Errand:
    """What a browser keeps while its owner is with the provider."""

    state: str
    nonce: str
    verifier: str
    to: str

    @classmethod
    def new(cls, to: str) -> Errand:
        """Return an errand that ends at a page of ours."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        return cls(state, nonce, verifier, to)

    def spelled(self) -> str:
        """Return the errand as a cookie holds it."""
        to = base64.urlsafe_b64encode(self.to.encode()).decode()
        return f"{self.state}.{self.nonce}.{self.verifier}.{to}"

    @classmethod
    def read(cls, text: str) -> Errand | None:
        """Return the errand in a cookie, None when there is none."""
        try:
            state, nonce, verifier, to = text.split(".")
            errand = cls(state, nonce, verifier, base64.urlsafe_b64decode(to).decode())
        except ValueError:
            return None
        return errand if state and nonce and verifier else None


def sent_to(settings: Settings, errand: Errand, back: str) -> str:
    """Return the address at the provider to which a browser is sent.

    Parameters
    ----------
    settings
        How the server is set up.
    errand
        What the browser keeps.
    back
        Address at which it comes back.

    Raises
    ------
    DataError
        The provider is not there, or the extra is not installed.
    """
    session = _session(settings, back)
    found = _metadata(session, settings)
    address, _ = session.create_authorization_url(
        found["authorization_endpoint"],
        state=errand.state,
        nonce=errand.nonce,
        code_verifier=errand.verifier,
    )
    return str(address)


def claims(
    settings: Settings, errand: Errand, back: str, *, code: str, state: str
) -> dict[str, Any]:
    """Return what the provider says of the one who came back with a code.

    Raises
    ------
    UnauthorizedError
        The state is another's, or the provider's word is not its own, for us, or of now.
    DataError
        The provider is not there, or the extra is not installed.
    """
    if not credentials.same(errand.state, state):
        raise _refused("state")
    session = _session(settings, back)
    found = _metadata(session, settings)
    from authlib.integrations.base_client import OAuthError  # noqa: PLC0415

    try:
        answer = session.fetch_token(
            found["token_endpoint"], code=code, code_verifier=errand.verifier, timeout=_PATIENCE_S
        )
    except OAuthError as error:
        raise _refused(str(error.error)) from None
    except OSError as error:
        raise _not_there() from error
    return _checked(
        str(answer.get("id_token", "")), _fetched(session, found["jwks_uri"]), settings, errand
    )


def turned_back(error: str) -> PlannerError:
    """Return the refusal of one whom the provider did not let in.

    Parameters
    ----------
    error
        The provider's code for it; anything else than a plain word is not repeated.
    """
    if error == "access_denied":
        return UnauthorizedError(
            say("统一登录没有放行，或您取消了。", "the provider did not let you in, or you left."),
            hint=say("请重新登录。", "log in again."),
        )
    return _refused(error if re.fullmatch(r"[a-z_]{1,40}", error) else "error")


def account_of(connection: sa.Connection, said: dict[str, Any], settings: Settings) -> Account:
    """Return the account of one whom the provider knows; made now where settings say so.

    Raises
    ------
    ForbiddenError
        There is none, and none is made; or it is disabled.
    """
    subject = str(said["sub"])
    name = connection.scalar(sa.select(PERSON.c.name).where(PERSON.c.subject == subject))
    if name is None:
        if not settings.oidc_roles:
            raise ForbiddenError(
                say(
                    f"统一账号“{subject}”在这里没有账户。",
                    f"there is no account of {subject!r} here.",
                ),
                hint=say(
                    "请把这个编号告诉管理员，由他在“账户”里新建账户时填上。",
                    "tell it to an administrator, who makes an account with it at /accounts.",
                ),
            )
        wanted = str(said.get("preferred_username") or said.get("name") or subject)
        return accounts.add(connection, wanted, settings.oidc_roles, by=By("oidc"), subject=subject)
    found = accounts.account(connection, name)
    if found.disabled:
        raise ForbiddenError(say("这个账户已停用。", "this account is disabled."))
    return found


def _session(settings: Settings, back: str) -> OAuth2Session:
    try:
        from authlib.integrations.requests_client import OAuth2Session  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise DataError(
            say(f"没有安装统一登录的组件（{error.name}）。", f"{error.name} is not installed."),
            hint=say("请运行：pip install 'fuwuquan[oidc]'", "pip install 'fuwuquan[oidc]'"),
        ) from None
    secret = settings.oidc_client_secret
    session = OAuth2Session(
        settings.oidc_client_id,
        None if secret is None else secret.get_secret_value(),
        scope="openid profile",
        redirect_uri=back,
        code_challenge_method="S256",
    )
    session.trust_env = False
    return session


def _metadata(session: OAuth2Session, settings: Settings) -> dict[str, Any]:
    issuer = settings.oidc_issuer.rstrip("/")
    found = _fetched(session, f"{issuer}/.well-known/openid-configuration")
    wanted = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(isinstance(found.get(name), str) for name in wanted):
        raise _not_there()
    if found["issuer"].rstrip("/") != issuer:
        raise _not_there()
    return found


def _fetched(session: OAuth2Session, address: str) -> dict[str, Any]:
    parts = urlsplit(address)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise _not_there()
    try:
        answer = session.get(address, withhold_token=True, timeout=_PATIENCE_S)
        answer.raise_for_status()
        body = answer.json()
    except (OSError, ValueError) as error:  # whatever goes wrong on the way is an OSError
        raise _not_there() from error
    if not isinstance(body, dict):
        raise _not_there()
    return body


def _checked(
    token: str, keys: dict[str, Any], settings: Settings, errand: Errand
) -> dict[str, Any]:
    """Return what stands in a token that the provider signed, for us and for this errand."""
    from joserfc import jwt  # noqa: PLC0415
    from joserfc.errors import JoseError  # noqa: PLC0415
    from joserfc.jwk import KeySet  # noqa: PLC0415

    try:
        said = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
        jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_S,
            iss={
                "essential": True,
                "values": [settings.oidc_issuer, settings.oidc_issuer.rstrip("/")],
            },
            aud={"essential": True, "value": settings.oidc_client_id},
            exp={"essential": True},
            sub={"essential": True},
            nonce={"essential": True, "value": errand.nonce},
        ).validate(said)
    except (JoseError, ValueError, KeyError) as error:
        raise _refused(type(error).__name__) from None
    return dict(said)


def _refused(why: str) -> PlannerError:
    return UnauthorizedError(
        say(f"统一登录没有成功（{why}）。", f"single sign-on failed ({why})."),
        hint=say("请重新登录。", "log in again."),
    )


def _not_there() -> DataError:
    return DataError(
        say("统一登录的服务器没有应答，或答得不对。", "the provider does not answer as it should."),
        hint=say(
            "请管理员核对 FUWUQUAN_OIDC_ISSUER（要 https），以及本机能否连到它。",
            "check FUWUQUAN_OIDC_ISSUER (https), and that this machine reaches it.",
        ),
    )
