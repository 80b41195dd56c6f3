"""How the server is set up: one class, every value also from an environment variable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from geo.errors import DataError
from geo.text import say

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_PREFIX: Final = "FUWUQUAN_"


class Settings(BaseSettings):
    """Settings of the server; each is read from ``FUWUQUAN_<NAME>`` when it is not given."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="ignore")

    workspace: Path = Path()
    """Folder of the workspace; not used when `database` is given."""
    database: SecretStr | None = None
    """URL of a PostGIS database, such as ``postgresql://user@host/name``."""
    host: str = "127.0.0.1"
    """Address to listen on; only this machine unless it is changed."""
    port: int = Field(default=8620, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    workers: int = Field(default=1, ge=1, le=64)
    """Processes that answer."""
    public_url: str = ""
    """Address by which readers reach the server, when a proxy stands before it."""
    public: bool = False
    """Whether only what was published is served, to anybody, read-only."""
    public_collections: Annotated[tuple[str, ...], NoDecode] = ()
    """Collections that are served while only what was published is, separated by commas."""
    open_reading: bool = False
    """Whether readers who did not log in may read; who sits at the machine always may."""
    allow_http: bool = False
    """Whether passwords and keys are taken from other machines without https."""
    session_idle_min: float = Field(default=30.0, gt=0, le=24 * 60)
    """Minutes without a request after which a session is over."""
    session_hours: float = Field(default=12.0, gt=0, le=30 * 24)
    """Hours after which a session is over in any case."""
    hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Further names by which readers reach this machine, separated by commas; ``*`` for any."""
    password_words: Annotated[tuple[str, ...], NoDecode] = ()
    """What the bureau and its place are called, of which alone no password may be made."""
    oidc_issuer: str = ""
    """Address of the provider of single sign-on (OpenID Connect); none when empty."""
    oidc_client_id: str = ""
    """Name under which the provider knows this server."""
    oidc_client_secret: SecretStr | None = None
    """What proves to the provider that it is this server."""
    oidc_roles: Annotated[tuple[str, ...], NoDecode] = ()
    """Roles of people whom the provider knows and nobody made an account for; none: refused."""
    language: Literal["zh", "en"] = "zh"
    """Language of those who ask for none."""
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()
    """Web pages of other origins that may ask, separated by commas; ``*`` for any."""
    log: Literal["json", "text"] = "text"
    """Form of the log on standard error."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """Least that is logged."""
    limit_default: int = Field(default=100, ge=1)
    """Features of a page when the reader asks for no number."""
    limit_most: int = Field(default=10_000, ge=1)
    """Most features of a page."""
    body_bytes: int = Field(default=20_000_000, ge=1_000)
    """Most bytes of a request's body."""
    body_s: float = Field(default=30.0, gt=0)
    """Seconds that a reader may pause while he sends a body."""
    body_depth: int = Field(default=64, ge=8)
    """Most levels of nesting in a JSON body or filter."""
    tile_features: int = Field(default=100_000, ge=1)
    """Most features of a layer on a tile."""
    tile_cache_bytes: int = Field(default=64_000_000, ge=0)
    """Memory for tiles made before."""
    whatif_bytes: int = Field(default=512_000_000, ge=0)
    """Memory for answers kept ready while people try out facilities."""
    query_s: float = Field(default=20.0, gt=0)
    """Seconds after which a question to the store is given up."""
    shutdown_s: int = Field(default=20, ge=0)
    """Seconds given to running requests when the server stops."""
    job_workers: int = Field(default=1, ge=0, le=64)
    """Jobs that are done at once; 0: this server only takes them, others do them."""
    job_lease_s: float = Field(default=30.0, ge=1, le=3_600)
    """Seconds without a sign of life after which a job is taken up by another worker."""
    job_wait_s: float = Field(default=20.0, ge=0, le=600)
    """Seconds that a reader who wants the answer at once is kept waiting for it."""
    job_days: float = Field(default=90.0, gt=0)
    """Days after which a job that is over is let go, with its files."""
    job_modules: Annotated[tuple[str, ...], NoDecode] = ()
    """Python modules with processes of one's own, separated by commas."""

    @field_validator(
        "cors_origins",
        "public_collections",
        "oidc_roles",
        "job_modules",
        "password_words",
        "hosts",
        mode="before",
    )
    @classmethod
    def _parted(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in re.split("[,，、]", value) if part.strip())
        return value

    @field_validator("public_url", "oidc_issuer")
    @classmethod
    def _whole(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (parts.scheme in ("http", "https") and parts.hostname):
            raise ValueError(value)
        return value

    @classmethod
    def read(cls, **given: Any) -> Settings:  # noqa: ANN401 - whatever the command line was told
        """Return the settings of the environment, with some given.

        Raises
        ------
        DataError
            A value cannot be taken; all are named, by their environment variables.
        """
        try:
            return cls(**given)
        except ValidationError as error:
            faults = [(str(one["loc"][0]), one) for one in error.errors()]
        named = [
            say(
                f"{_spelled(name, given)} {_wanted(one)[0]}",
                f"{_spelled(name, given)} {_wanted(one)[1]}",
            )
            for name, one in faults
        ]
        raise DataError(
            say(f"设置有误：{'；'.join(named)}。", f"unfit settings: {'; '.join(named)}."),
            hint=say("各项设置见手册“接口”一页。", "the manual's page api tells every setting."),
        )

    @property
    def known_words(self) -> tuple[str, ...]:
        """Words that somebody who guesses a password knows: the bureau's, and its address."""
        host = urlsplit(self.public_url).hostname or ""
        return (*self.password_words, *host.split("."))


def _spelled(name: str, given: Mapping[str, object]) -> str:
    """Return a setting as it was written: as an option of the command, or in the environment."""
    return f"--{name}" if name in given else f"{_PREFIX}{name.upper()}"


def _wanted(fault: ErrorDetails) -> tuple[str, str]:
    """Return what a setting should be, in Chinese and English."""
    kind, bounds, found = fault["type"], fault.get("ctx", {}), fault["input"]
    if kind == "value_error":
        en = "is a whole address such as https://gis.example"
        return f"要写完整的网址，如 https://gis.example，不能是 {found}", f"{en}, not {found}"
    for bound, zh, en in (
        ("le", "最大", "is at most"),
        ("ge", "最小", "is at least"),
        ("gt", "要大于", "is more than"),
    ):
        if bound in bounds:
            limit = f"{bounds[bound]:g}"
            return f"{zh} {limit}，不能是 {found}", f"{en} {limit}, not {found}"
    if kind == "literal_error":
        known = bounds["expected"].replace("'", "")
        choices = known.replace(" or ", ", ")
        return (
            f"只能是 {choices.replace(', ', '、')}，不能是 {found}",
            f"is one of {choices}, not {found}",
        )
    words = {
        "int": ("整数", "a whole number"),
        "float": ("数", "a number"),
        "bool": (" true 或 false", "true or false"),
    }
    zh, en = words.get(kind.partition("_")[0], ("另一种值", "of another kind"))
    return f"要写{zh}，不能是 {found}", f"must be {en}, not {found}"
