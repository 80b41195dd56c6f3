"""What acts on cases are told: each body declared once, for programs and for the forms of pages."""

from __future__ import annotations

from typing import Final

from api.jobs.process import Input
from api.routes.bodies import DAY_TEXT, TEXT, Body
from api.routes.case_desk import NOTE, ON, ROLE
from api.routes.names_asked import PACKS

MOST_BYTES: Final = 10_000_000
"""Of a document that is sent along, so that its fingerprint is taken."""
NAME: Final = Input("name", "拟用名称", "name", TEXT, required=True)
ACT: Final = Body(
    (
        Input("action", "步骤", "act", TEXT, "如 submit（提交）、accept（受理）。", required=True),
        ROLE,
        NOTE,
        Input("document", "文件", "document", TEXT, "论证一步所附的、已登记文件的文号或标题。"),
        Input(
            "all", "清单一起办", "the whole list", {"type": "boolean"},
            "批量案卷：清单上能办这一步的各案连同批量案卷一起办。", default=False,
        ),
        ON,
    ),
    {"action": "submit"},
)  # fmt: skip
CHECK: Final = Body(
    (
        Input(
            "keep", "记入案卷", "keep it", {"type": "boolean"},
            "false 只看，不冻结报告。", default=True,
        ),
        Input(
            "pack", "地方规则包", "local rules",
            {"type": "array", "items": {"type": "string", "enum": list(PACKS)}, "maxItems": 3},
        ),
        NOTE,
        ON,
    ),
    {"keep": False},
)  # fmt: skip
APPROVAL: Final = Body(
    (
        Input(
            "authority", "批准机关", "authority", TEXT,
            "如 county_government（县级人民政府）；依类别只有一个的可不写。",
        ),
        Input("document", "决定文件", "decision", TEXT, "文号；不写为附在案卷里的决定。"),
        NOTE,
        ON,
    ),
    {"authority": "county_government"},
)  # fmt: skip
UNDO: Final = Body(
    (Input("reason", "理由", "reason", TEXT, "为什么撤回。", required=True), ON),
    {"reason": "误办"},
)
CODES: Final = Body(
    (
        Input(
            "code", "别处给的代码", "code given elsewhere",
            TEXT, "如国家地名信息库给的 20 位代码；不写为下一个顺序号。",
        ),
        Input(
            "note", "理由", "reason", TEXT, "给的代码与政区、类别不符时，写明为什么。"
        ),
        ROLE,
        ON,
    ),
    {"note": ""},
)  # fmt: skip
CHOICE: Final = Body((NAME, ON), {"name": "望潮路"})
CANDIDATE: Final = Body(
    (
        NAME,
        Input("reading", "读音", "reading", TEXT, "一字一音节，带调。"),
        Input("origin", "来历", "origin", TEXT),
        Input("meaning", "含义", "meaning", TEXT),
        ON,
    ),
    {"name": "望潮路", "reading": "wàng cháo lù"},
)
READING: Final = Body(
    (
        NAME,
        Input(
            "reading", "读音", "reading", TEXT,
            "一字一音节，带调；少数民族语地名写给定的拼写。", required=True,
        ),
        Input(
            "special", "特殊读音的理由", "why so", TEXT,
            "字典没有、确属方言或特例的读音，写明理由，记入日志。",
        ),
        ON,
    ),
    {"name": "望潮路", "reading": "wàng cháo lù"},
)  # fmt: skip
DOCUMENT: Final = Body(
    (
        Input(
            "kind", "文件类型", "kind of document", TEXT,
            "如 application（申请书）、expert_review（专家论证报告）、approval（批复）。",
            required=True,
        ),
        Input("title", "标题", "title", TEXT, "不写为案卷标题加类型。"),
        Input("number", "文号", "number", TEXT),
        Input("issuer", "机关", "issuer", TEXT, "发文机关；决定文件须写。"),
        Input("date", "发文日期", "day of issue", DAY_TEXT, "决定文件须写。"),
        Input(
            "sha256", "文件指纹", "fingerprint",
            {"type": "string", "pattern": "[0-9a-f]{64}"}, "文件的 SHA-256。",
        ),
        Input(
            "content", "文件内容", "the file",
            {"type": "string", "contentEncoding": "base64"},
            f"文件本身，不超过 {MOST_BYTES:,} 字节，连同 SHA-256 存入库里；JSON 里写成 Base64。",
        ),
        ROLE,
        ON,
    ),
    {"kind": "application", "title": "望潮路命名申请书", "date": "2026-05-01"},
)  # fmt: skip
TERM: Final = Body(
    (
        Input("until", "截止日", "last day", DAY_TEXT, "不写为规定的最短期限；已定的只能延长。"),
        Input("note", "理由", "reason", TEXT, "短于规定期限的须写明。"),
        ON,
    ),
    {"note": ""},
)
OPINION: Final = Body(
    (
        Input("text", "意见", "opinion", TEXT, required=True),
        Input(
            "stance", "态度", "stance", TEXT,
            "support（支持）、object（反对）、alternative（另提名称）、comment（其他）。",
            required=True,
        ),
        Input("name", "另提的名称", "other name", TEXT, "态度为另提名称时写。"),
        Input(
            "said_by", "提意见人", "who says it", TEXT,
            "谁的意见；不写为登录的人。记录人总是登录的人。",
        ),
        ON,
    ),
    {"text": "好听", "stance": "support", "said_by": "居民"},
)  # fmt: skip
ANSWER: Final = Body(
    (Input("text", "答复", "answer", TEXT, required=True), ON), {"text": "谢谢，已采纳"}
)
DONE: Final = Body(
    (
        Input("photo", "照片", "photo", TEXT, "现场照片的文件名或存放地址；标志任务必写。"),
        Input("spec", "规格", "size", TEXT, "标志规格，如 1500×450。"),
        ON,
    ),
    {"photo": "2026/望潮路-01.jpg", "spec": "1500×450"},
)
LONGER: Final = Body(
    (
        Input("document", "文件", "document", TEXT, "准予延长的文件的文号或标题。", required=True),
        ON,
    ),
    {"document": "示民〔2026〕3号"},
)
