"""The facts of a line of 办理记录 in words: acts write short English keys, pages show titles.

A room may name its own in `workflow.py`: ``FACTS = {"take": _("抽取数")}``; these go before the common ones here.
Values that are codes get their words there too: ``WORDS = {"mode": "sampling.Draw.mode"}`` names the field whose
choices they are, or gives the words themselves.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from django.apps import apps
from django.utils.translation import gettext_lazy as _

COMMON: dict[str, Any] = {
    "added": _("增加"),
    "after": _("改后"),
    "attempt": _("次数"),
    "basis": _("依据"),
    "beacon_round": _("信标轮次"),
    "before": _("改前"),
    "binds_from": _("自此约束"),
    "bytes": _("字节数"),
    "cancelled_on": _("注销日期"),
    "capacity": _("身份"),
    "category": _("品类"),
    "cause": _("原因"),
    "changed": _("改动"),
    "changes": _("改动"),
    "cleared": _("清除"),
    "cma_no": _("资质认定编号"),
    "code": _("代码"),
    "commitment": _("承诺摘要"),
    "confirmed": _("确认"),
    "count": _("数量"),
    "day": _("日期"),
    "days": _("日期"),
    "detail": _("说明"),
    "digest": _("摘要"),
    "digits": _("数字"),
    "draw": _("摇号"),
    "draws": _("抽取次数"),
    "due": _("期限"),
    "edition": _("版本"),
    "ended_on": _("截止日期"),
    "entered": _("列入"),
    "excluded": _("排除"),
    "excused": _("说明不列入"),
    "faults": _("问题"),
    "feasible": _("可行"),
    "field": _("字段"),
    "file": _("文件"),
    "filed_with": _("备案机关"),
    "frame": _("名单摘要"),
    "included": _("恢复列入"),
    "into": _("并入"),
    "kind": _("类别"),
    "labs": _("承检机构"),
    "last_seq": _("末条序号"),
    "light": _("灯"),
    "lines": _("条数"),
    "listed": _("列入"),
    "match": _("匹配承诺摘要"),
    "mode": _("方式"),
    "name": _("名称"),
    "new": _("新"),
    "number": _("编号"),
    "odds": _("抽中机会"),
    "old": _("旧"),
    "on": _("日期"),
    "open": _("待处理"),
    "opened": _("已打开的承诺"),
    "pack": _("数据包"),
    "paper": _("文书编码"),
    "paper_number": _("文号"),
    "paper_sha256": _("文书摘要"),
    "photos": _("照片数"),
    "plan": _("计划"),
    "position": _("位数"),
    "post": _("岗位"),
    "present": _("到场"),
    "published": _("公布摘要"),
    "randomness": _("信标随机数"),
    "register": _("登记库"),
    "rejected": _("不采纳"),
    "removed": _("移除"),
    "replaced_by": _("代替者"),
    "result": _("结果摘要"),
    "root": _("日根"),
    "round": _("轮次"),
    "reserve": _("备选次序"),
    "rows": _("行数"),
    "rule": _("规则"),
    "rules": _("规则"),
    "seat": _("席位"),
    "seats": _("席位"),
    "sha256": _("文件摘要"),
    "sheet": _("表"),
    "source": _("出处"),
    "status": _("状态"),
    "struck": _("移出"),
    "successor": _("继任区划"),
    "supervision_class": _("监管类别"),
    "take": _("抽取数"),
    "tasks": _("任务数"),
    "teams": _("抽样组"),
    "title": _("名称"),
    "told": _("已通知人数"),
    "unit": _("单位"),
    "unpublished": _("停止公布"),
    "username": _("登录名"),
    "valid_to": _("有效期至"),
    "version": _("版本"),
    "withdrawn": _("撤回"),
    "year": _("年"),
    "years": _("年"),
}
# Keys that acts make up of a word and a name: «commitment_draw», «opened_match», «file:photo».
BEGINNINGS = {"commitment_": "commitment", "opened_": "opened", "file:": "file"}


@cache
def own(label: str, table: str = "FACTS") -> dict[str, Any]:
    """The titles (FACTS) or the words of values (WORDS) a room gives in its `workflow.py`."""
    try:
        module = importlib.import_module(f"{apps.get_app_config(label).name}.workflow")
    except (LookupError, ModuleNotFoundError):
        return {}
    return getattr(module, table, {})


def title(key: str, label: str = "") -> Any:
    """The title of a fact; a key that nobody named is shown as it is."""
    found = own(label).get(key) or COMMON.get(key)
    if found:
        return found
    for beginning, word in BEGINNINGS.items():
        if key.startswith(beginning):
            return COMMON[word]
    return key


def words(value: Any, key: str = "", label: str = "") -> str:
    """The value of a fact in words; `key` and the room's `label` lead from a code to its words."""
    if isinstance(value, dict):
        return "、".join(f"{title(str(name))} {words(item, str(name), label)}" for name, item in value.items())
    if isinstance(value, (list, tuple)):
        return "、".join(words(item, key, label) for item in value)
    if isinstance(value, bool):
        return str(_("是") if value else _("否"))
    if value is None or value == "":
        return "—"
    return str(_choices(own(label, "WORDS").get(key, {})).get(value, value))


def _choices(named: Any) -> dict[Any, Any]:
    if not isinstance(named, str):
        return named
    model, _dot, field = named.rpartition(".")
    return dict(apps.get_model(model)._meta.get_field(field).flatchoices)
