"""What the invented register of placenames holds: how many of each class, and how they are named."""

from __future__ import annotations

from typing import Final

STREETS: Final = (139, 280, 87)
"""Streets of the three sub-districts, in the order of their codes: 506 in all."""
RECORDS: Final = 5_613
SIGNS: Final = 200
LINES, STONES = 14, 46
"""Sixty boundary lines and stones together."""

OTHERS: Final[dict[str, tuple[int, tuple[str, ...]]]] = {
    "12100": (12, ("河", "港", "溪")),
    "12200": (14, ("湖", "海子")),
    "13400": (24, ("山", "岭")),
    "13410": (6, ("垭口", "关")),
    "21630": (520, ("一组", "二组", "三组", "四组", "五组", "六组", "七组", "八组")),
    "21730": (5, ("工业园区", "经济开发区")),
    "21740": (1, ("口岸区",)),
    "21750": (6, ("训练区",)),
    "22300": (20, ("矿", "采石场")),
    "22400": (24, ("农场", "林场", "茶场")),
    "22900": (16, ("渔民点", "看护点")),
    "23130": (4, ("码头",)),
    "23213": (12, ("公路",)),
    "23214": (30, ("路",)),
    "23220": (10, ("汽车站",)),
    "23540": (120, ("停车场",)),
    "23610": (70, ("桥", "大桥")),
    "23660": (60, ("加油站",)),
    "24100": (60, ("井",)),
    "24210": (120, ("塘", "池")),
    "24230": (18, ("水库",)),
    "24400": (30, ("堤", "坝")),
    "24600": (90, ("变电站", "配电站")),
    "24700": (60, ("基站", "机房")),
    "25100": (24, ("纪念碑", "烈士墓", "故居")),
    "25200": (48, ("公园", "游园")),
    "25300": (20, ("风景区",)),
    "26100": (420, ("大厦", "楼", "公寓楼")),
    "26210": (40, ("亭",)),
    "26240": (12, ("塔",)),
    "26300": (60, ("广场", "体育场")),
    "27100": (200, ("人民法庭", "税务所", "派出所", "司法所")),
    "27200": (150, ("商会", "志愿者协会", "慈善会")),
    "27300": (450, ("小学", "中学", "卫生院", "文化站", "幼儿园")),
    "27500": (12, ("部队营区",)),
}
"""Records of each class besides divisions, committees, settlements, streets and enterprises."""
ENTERPRISES: Final = ("食品厂", "机械厂", "建材公司", "物流公司", "服装厂", "商贸公司")
"""Enterprises (27400) make the number full."""
NONSTANDARD: Final = (
    "罗马假日大厦", "环球中央大厦", "曼哈顿广场楼", "99号公馆", "皇家一号大厦", "加州花园楼",
    "世界之窗大厦", "中华第一楼", "万国大厦", "威尼斯公寓楼", "24克拉大厦", "ABC大厦",
    "帝王大厦", "御景·天下楼", "维也纳公寓楼", "国际中央楼", "巴黎春天大厦", "天下第一大厦",
)  # fmt: skip
"""Buildings whose names a clean-up would find."""
SECRET: Final = ("21750", "27500")
HALF_SECRET: Final = ("24600", "24700", "24230")
EXTENT_ONLY: Final = ("12100", "12200", "13400", "23213", "23214", "24400")
"""Classes whose records give from where to where they reach, as the census did."""

STREET_FIRST: Final = "云文学清和平安乐丰泽望滨翠柏岩锦秀金银玉瑞祥福康宁永长兴"
STREET_SECOND: Final = "湖山江林阳华盛源景苑锦城光明泉波涛虹霞曦川岚峰谷原野陵"
PLACE_FIRST: Final = "龙凤鹤虎马牛羊鱼石土木水火沙青白红黄黑紫大小上下前后东西南北高低新老"
PLACE_SECOND: Final = "家树坡坪塘湾溪沟冲畈墩台嘴咀洲滩圩埠铺店集营寨堡庙观桥渡口井泉"
