"""What shows the old division on the ground: signs, those who keep them, lines and stones."""

from __future__ import annotations

from geo.gazetteer.book import Change
from geo.text import say


def stale_signs(change: Change, old: str, new: str, old_code: str, new_code: str) -> int:
    """Mark signs that show the old name or the old code, each with a task to renew it."""
    tasks = []
    for sign in change.select("sign", state="installed"):
        shown = f"{sign['text']} {sign['spec']}"
        if old not in shown and old_code not in shown:
            continue
        change.update("sign", sign["id"], sign["version"], state="stale")
        fresh = sign["text"].replace(old, new).replace(old_code, new_code)
        tasks.append(
            {
                "place_id": sign["place_id"],
                "sign_id": sign["id"],
                "kind": "sign_renewal",
                "title": say(
                    f"更换标志：{sign['text']} → {fresh}", f"renew sign: {sign['text']} → {fresh}"
                ),
                "draft": fresh,
            }
        )
    change.insert_all("task", tasks)
    return len(tasks)


def rename_keepers(change: Change, old: str, new: str) -> int:
    """Give the signs that the old division keeps to the new one, and return how many."""
    signs = change.select("sign", keeper=old)
    for sign in signs:
        change.update("sign", sign["id"], sign["version"], keeper=new)
    return len(signs)


def rename_lines(
    change: Change, old: str, new: str, old_code: str, new_code: str
) -> tuple[int, int]:
    """Name lines and those who answer for their stones after the new division; return how many."""
    lines = 0
    for line in change.select("line"):
        if old_code not in line["parties"] and old not in line["name"]:
            continue
        change.update(
            "line",
            line["id"],
            line["version"],
            name=line["name"].replace(old, new),
            parties=line["parties"].replace(old_code, new_code).replace(old, new),
        )
        lines += 1
    stones = change.select("marker", responsible=old)
    for stone in stones:
        change.update("marker", stone["id"], stone["version"], responsible=new)
    return lines, len(stones)
