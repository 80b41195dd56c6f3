"""What each role may do: one table of scopes, in which every right of the API is named."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, get_args

Scope = Literal[
    "read", "internal", "plan", "edit", "propose", "approve", "publish", "audit", "admin"
]
"""What can be allowed.

``read``: layers, results and public names. ``internal``: names and columns that are not public.
``plan``: analyses, jobs and scenarios. ``edit``: drafts of one's own. ``propose``: hand a draft in
for approval. ``approve``: decide on what others proposed. ``publish``: let maps and snapshots out.
``audit``: the log of access. ``admin``: accounts and roles.
"""

SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)

ROLES: Final[dict[str, frozenset[Scope]]] = {
    "viewer": frozenset({"read"}),
    "planner": frozenset({"read", "internal", "plan"}),
    "officer": frozenset({"read", "internal", "plan", "edit", "propose"}),
    "approver": frozenset({"read", "internal", "approve"}),
    "publisher": frozenset({"read", "internal", "plan", "publish"}),
    "auditor": frozenset({"read", "audit"}),
    "admin": frozenset({"read", "admin"}),
}
"""Scopes of each role; a person may have several, and has all of their scopes.

An administrator gives rights and does not use them: to edit or approve he needs a further role,
and that he gave it to himself stands in the log.
"""

ROLE_WORDS: Final[dict[str, tuple[str, str]]] = {
    "viewer": ("查看员", "viewer"),
    "planner": ("规划员", "planner"),
    "officer": ("地名员", "officer"),
    "approver": ("审批员", "approver"),
    "publisher": ("发布员", "publisher"),
    "auditor": ("审计员", "auditor"),
    "admin": ("管理员", "administrator"),
}
SCOPE_WORDS: Final[dict[Scope, tuple[str, str]]] = {
    "read": ("查看", "read"),
    "internal": ("查看内部内容", "read what is internal"),
    "plan": ("分析和规划", "analyse and plan"),
    "edit": ("编辑草稿", "edit drafts"),
    "propose": ("报送审批", "propose"),
    "approve": ("审批", "approve"),
    "publish": ("发布", "publish"),
    "audit": ("查看访问日志", "read the log of access"),
    "admin": ("管理账户", "administer accounts"),
}


def scopes_of(roles: Iterable[str]) -> frozenset[Scope]:
    """Return what several roles together allow; unknown roles allow nothing.

    Examples
    --------
    >>> sorted(scopes_of(["viewer", "auditor", "king"]))
    ['audit', 'read']
    """
    return frozenset[Scope]().union(*(ROLES.get(role, frozenset()) for role in roles))
