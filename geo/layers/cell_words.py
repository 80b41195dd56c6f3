"""What the codes of cells mean for the reader, and what to do about them."""

from __future__ import annotations

from geo.layers.cells import MAX_CHARACTERS
from geo.schema import Column
from geo.text import say


def explain(code: str, column: Column) -> tuple[str, str]:
    """Return what a code of ``geo.layers.columns`` means for a column, and what to do."""
    zh, en = column.label_zh, column.label_en
    choices_zh = "、".join(choice.labels[0] for choice in column.choices)
    choices_en = ", ".join(choice.value for choice in column.choices)
    table = {
        "not_a_number": (
            say(f"“{zh}”不是数字", f"{en} is not a number"),
            say("请填一个数字，不写“约”“以上”或区间", "write one number, no range, no 'about'"),
        ),
        "date_for_number": (
            say(f"“{zh}”应为数字，却是日期", f"{en} should be a number but is a date"),
            say(
                "表格软件把数字改成了日期，请把该列设为“常规”后重填",
                "the spreadsheet turned it into a date; set the column to General and retype",
            ),
        ),
        "number_too_large": (
            say(f"“{zh}”数值过大", f"{en} is too large"),
            say("请核对数字与单位", "check the number and its unit"),
        ),
        "excel_error": (
            say(f"“{zh}”是表格公式的错误值", f"{en} holds a formula error"),
            say("请修正公式，或粘贴为数值", "mend the formula or paste values"),
        ),
        "cell_too_long": (
            say(f"“{zh}”超过 {MAX_CHARACTERS} 字", f"{en} has over {MAX_CHARACTERS} characters"),
            say("请缩短，或把说明移到别处", "shorten it or keep the text elsewhere"),
        ),
        "scientific_code": (
            say(
                f"“{zh}”是科学计数法，末几位已丢失",
                f"{en} is in scientific notation; digits are lost",
            ),
            say(
                "请在原表中把该列设为“文本”，重新填写完整代码后再另存",
                "set the column to Text in the original file, retype the full code and save again",
            ),
        ),
        "not_a_yes_or_no": (
            say(f"“{zh}”应为“是”或“否”", f"{en} should be yes or no"),
            say("请填“是”“否”，或留空", "write yes or no, or leave it empty"),
        ),
        "unknown_choice": (
            say(f"“{zh}”不在可选范围内", f"{en} is not one of the choices"),
            say(f"请填：{choices_zh}", f"choose from: {choices_en}"),
        ),
        "not_a_date": (
            say(f"“{zh}”不是有效日期", f"{en} is not a valid day"),
            say("请写成 2021-04-19", "write it as 2021-04-19"),
        ),
        "number_cleaned": (
            say(f"“{zh}”是文本数字，已转成数字", f"{en} was text and became a number"),
            "",
        ),
        "unit_converted": (
            say(f"“{zh}”已按单位换算", f"{en} was converted by its unit"),
            say("请核对换算结果", "check the result"),
        ),
        "rounded": (
            say(f"“{zh}”应为整数，已四舍五入", f"{en} counts things and was rounded"),
            say("请核对原数", "check the number"),
        ),
        "code_cleaned": (
            say(
                f"“{zh}”去掉了空格、全角字符或“.0”",
                f"{en} lost spaces, full-width forms or a '.0'",
            ),
            "",
        ),
        "invisible_removed": (
            say(f"“{zh}”去掉了换行或不可见字符", f"{en} lost line breaks or invisible characters"),
            "",
        ),
        "date_from_serial": (
            say(f"“{zh}”是表格序列号，已转成日期", f"{en} was a spreadsheet serial number"),
            "",
        ),
        "date_completed": (
            say(
                f"“{zh}”只有年或月，已取第一天",
                f"{en} gives a year or month; its first day is taken",
            ),
            say("知道具体日期时请补全", "complete it when the day is known"),
        ),
    }
    return table[code]
