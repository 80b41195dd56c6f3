"""What a page says once something was done: known words, which the next page shows, and it alone.

Whoever leads a browser on names the words by their key (``led_to(request, path, done="…")``); a
cookie carries the key, never a text, so that nobody can write on our pages by an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.people.entrance import way_of
from api.store import settings_of
from geo.gazetteer.cases import rulebook
from geo.text import say

COOKIE: Final = "fuwuquan-done"
ACT: Final = "case-act-"
"""Begins the keys of the acts by which cases go from state to state."""
_LASTS_S: Final = 60
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "account-changed": ("账户已改好。", "The account is changed."),
    "case-approved": ("已批准，名称已启用。", "Approved; the names hold."),
    "case-answered": ("答复已记入。", "The answer is kept."),
    "case-changed": ("修改已保存。", "The changes are saved."),
    "case-chosen": ("已选定名称。", "The name is chosen."),
    "case-checked": ("规则审查已记入，报告就此冻结。", "The check is kept and frozen."),
    "case-coded": ("地名代码已编定。", "The place codes are assigned."),
    "case-consulted": ("征求意见的期限已定。", "The term of the consultation is set."),
    "case-enclosed": ("文件已登记。", "The document is registered."),
    "case-extended": ("期限已延长。", "The deadline is extended."),
    "case-heard": ("意见已记下。", "The opinion is written down."),
    "case-named": ("已加拟用名称。", "The name is added."),
    "case-opened": ("已立案，存为草稿。", "The case is opened as a draft."),
    "case-read": ("读音已审定。", "The reading is confirmed."),
    "case-task-done": ("任务已完成。", "The task is done."),
    "case-undone": ("已撤回最后一步。", "The last step is taken back."),
    "draft-begun": ("草稿已建好。", "The draft is begun."),
    "draft-closed": ("草稿已放弃。", "The draft is discarded."),
    "draft-handed-in": ("已报送，等待审批。", "Handed in; it waits for approval."),
    "draft-resolved": ("冲突已选定。", "The conflicts are settled."),
    "draft-undone": ("这一行的改动已撤销。", "The changes of this row are undone."),
    "job-asked": ("已提出，排队办理。", "Asked for; it is in the queue."),
    "job-dismissed": ("已取消。", "Dismissed."),
    "key-revoked": ("密钥已吊销。", "The key is revoked."),
    "logged-out": ("已退出。", "You are logged out."),
    "password-changed": ("密码已改好，别处的登录已结束。", "The password is changed."),
    "proposal-approved": ("已批准，改动已并入。", "Approved; the changes are merged."),
    "proposal-rejected": ("已退回编制人。", "Given back to its author."),
    "proposal-withdrawn": ("报送已撤回。", "The proposal is withdrawn."),
    "sessions-ended": ("别处的登录已结束。", "Your other sessions are ended."),
}  # fmt: skip
"""What may be said, by key."""


def tell(request: Request, answer: Response, key: str) -> None:
    """Let the page to which an answer leads say that something was done."""
    answer.set_cookie(
        COOKIE,
        key,
        max_age=_LASTS_S,
        path="/",
        secure=way_of(request, settings_of(request)).secure,
        httponly=True,
        samesite="lax",
    )


def told(request: Request) -> str:
    """Return what was done just now, in words; empty when nothing was, or nothing that is known."""
    key = request.cookies.get(COOKIE, "")
    act = rulebook().acts.get(key.removeprefix(ACT)) if key.startswith(ACT) else None
    if act is not None:
        return say(f"“{act.word.zh}”已办好。", f"Done: {act.word.en}.")
    return say(*WORDS[key]) if key in WORDS else ""


def forget(request: Request, answer: Response) -> None:
    """Let a page that said what was done be the only one that does."""
    way = way_of(request, settings_of(request))
    answer.delete_cookie(COOKIE, path="/", secure=way.secure, httponly=True, samesite="lax")
    answer.headers["Cache-Control"] = "no-store"
