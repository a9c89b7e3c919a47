"""The fourteen invented estates, with the names that the design pages use for them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """One grid of the demo. `share` is its part of all households, `members` those of its party branch at full size."""

    number: int
    estate: str
    first: int
    last: int
    share: int
    members: int
    secretary: str
    head: str

    @property
    def is_shops(self):
        return self.number == 14

    @property
    def area(self):
        return "沿街商铺" if self.is_shops else f"{self.first}–{self.last} 号楼"

    def buildings(self):
        """Pairs of a number and a name."""
        what = "段商铺" if self.is_shops else "号楼"
        return [(number, f"{number} {what}") for number in range(self.first, self.last + 1)]


PLACES = [
    Place(1, "海梦苑南区", 1, 12, 486, 36, "于海涛", "孙丽萍"),
    Place(2, "海梦苑北区", 13, 24, 462, 32, "王秀芬", "刘洋"),
    Place(3, "观海家园", 1, 9, 395, 27, "曲明远", "林晓燕"),
    Place(4, "仙阁小区", 1, 10, 368, 29, "姜维东", "宫玉梅"),
    Place(5, "渔港新村", 1, 14, 410, 24, "邹德海", "于春红"),
    Place(6, "听涛苑", 1, 8, 352, 30, "张桂兰", "李秀兰"),
    Place(7, "紫荆花园", 1, 11, 437, 25, "迟建军", "王晓东"),
    Place(8, "望瀛小区", 1, 6, 298, 20, "柳春生", "曲艳"),
    Place(9, "水城家园", 1, 13, 451, 28, "孙国强", "张敏"),
    Place(10, "海韵嘉园", 1, 10, 389, 22, "林志远", "王丽娜"),
    Place(11, "登州里", 1, 16, 332, 33, "宋玉珍", "姜涛"),
    Place(12, "银海公寓", 1, 5, 276, 16, "于文斌", "刘婷婷"),
    Place(13, "碧海名居", 1, 9, 405, 23, "王立新", "孙悦"),
    Place(14, "滨海商圈", 1, 4, 214, 15, "曲海燕", "张磊"),
]
# who is a woman, as far as the names say
WOMEN = {
    "孙丽萍", "王秀芬", "林晓燕", "宫玉梅", "于春红", "张桂兰", "李秀兰", "曲艳", "张敏", "王丽娜", "宋玉珍", "刘婷婷",
    "孙悦", "曲海燕",
}  # fmt: skip


def spread(total, shares):
    """Whole numbers that stand to each other like `shares` and sum up to `total` (largest remainders)."""
    exact = [total * share / sum(shares) for share in shares]
    parts = [int(value) for value in exact]
    by_rest = sorted(range(len(parts)), key=lambda index: parts[index] - exact[index])
    for index in by_rest[: total - sum(parts)]:
        parts[index] += 1
    return parts
