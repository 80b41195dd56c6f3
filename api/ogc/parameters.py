"""The parameters that many resources of the standards have, and what all parameters are."""

from __future__ import annotations

from api.parameters import Parameter, asked, documented, numbers, whole

__all__ = [
    "COLLECTION",
    "FEATURE",
    "FORMAT",
    "JSON_ONLY",
    "Parameter",
    "asked",
    "documented",
    "numbers",
    "whole",
]

FORMAT = Parameter(
    "f", "格式：json 或 html；不写则看 Accept。", {"type": "string", "enum": ["json", "html"]}
)
JSON_ONLY = Parameter("f", "格式：只有 json，可以不写。", {"type": "string", "enum": ["json"]})
COLLECTION = Parameter(
    "collectionId", "集合（图层、结果或地名）的代号。", example="community", place="path"
)
FEATURE = Parameter("featureId", "要素编号。", example="990101001001", place="path")
