"""A small day in words: segments, products, visitors and messages, as pages are shown them."""

from node.web import status as view
from node.web.landing import Landing

PLAY = ("ep1", "desk", "ep2", "idle")
NOON = 11 * 3600 + 58 * 60
"""The second of the day at which the pretended day begins: two minutes before its offer."""
CODES = {"P17": "ab12cd", "P18": "ef34gh", "P21": "jk56mn"}

MESSAGES = {
    "m1": ("茶具有礼盒装吗？", "阿芳"),
    "m2": ("هل يمكن الشحن إلى دبي؟", "ليلى"),
    "m3": ("Is the cup dishwasher safe?", ""),
}
"""Text and name of what waits for the operator, by id."""

VISITORS = (
    view.VisitorView("price_zh", "zh", "小潮小潮……多少钱?", "woman", 0.7),
    view.VisitorView("discount_zh", "zh", "小潮小潮……能便宜点吗?", "man", 1.2),
    view.VisitorView("colour_zh", "zh", "小潮小潮……有黑色吗?", "woman", 1.6),
    view.VisitorView("price_en", "en", "Hey Tidal… how much is it?", "man", 0.8),
    view.VisitorView("bare_zh", "zh", "多少钱?", "man", 0.7, "talk"),
    view.VisitorView("stop_en", "en", "Stop!", "man", 0.7, "answer"),
)
"""Who may be made to ask where there is an ear."""

PRODUCTS = (
    view.ProductView("P17", {"zh": "潮汐折叠旅行茶具", "en": "Tidal folding travel tea set"},
                     {"zh": "¥129.00", "en": "CN¥129.00"}, "/media/P17.png", 86),
    view.ProductView("P18", {"zh": "潮汐 480 毫升保温杯", "en": "Tidal 480 ml insulated cup"},
                     {"zh": "¥89.00", "en": "CN¥89.00"}, "/media/P18.png", 240),
    view.ProductView("P21", {"zh": "桂花乌龙 100 克", "en": "Osmanthus oolong 100 g"},
                     {"zh": "¥58.00", "en": "CN¥58.00"}, "/media/P21.png", 8),
)  # fmt: skip

SEGMENTS = (
    view.SegmentView("ep1", "clip", {"zh": "第一集 检票口", "en": "Episode 1: The gate"}, 38.0, (
        view.CueView("ep1.0", 0.0, "lower_third"),
        view.CueView("ep1.1", 14.0, "card.show", "climax", "P17"),
        view.CueView("ep1.2", 33.0, "mark", "hook"))),
    view.SegmentView("desk", "live", {"zh": "展台直播", "en": "Live at the desk"}, 60.0, (
        view.CueView("desk.0", 3.0, "card.show", "", "P17"),
        view.CueView("desk.1", 40.0, "card.show", "", "P18"))),
    view.SegmentView("ep2", "clip", {"zh": "第二集 邻座", "en": "Episode 2: The next seat"}, 30.0, (
        view.CueView("ep2.0", 8.0, "card.show", "turn", "P18"),
        view.CueView("ep2.1", 21.0, "card.show", "climax", "P21"))),
    view.SegmentView("idle", "agent", {"zh": "助手值守", "en": "The assistant is here"}, 8.0),
    view.SegmentView("slate", "slate", {"zh": "马上回来", "en": "Back in a moment"}, 0.0),
)  # fmt: skip


def landing(code: str) -> Landing | None:
    """The product behind one of `CODES`."""
    for product in PRODUCTS:
        if CODES[product.id] == code:
            return Landing(
                product=product.id,
                title=product.title,
                price=product.price,
                amount=product.price["zh"].removeprefix("¥"),
                currency="CNY",
                scan=f"https://go.example.com/q/{code}",
                image=product.image,
                badge={"zh": "展会价", "en": "Show price"},
                stock="low" if product.stock <= 10 else "in_stock",
                facts={
                    "material": {
                        "zh": "食品级硅胶与 304 不锈钢",
                        "en": "food-grade silicone and 304 stainless steel",
                    },
                    "origin": {"zh": "广东潮州", "en": "Chaozhou, Guangdong"},
                    "delivery": {"zh": "48 小时内发货", "en": "ships within 48 h"},
                    "returns": {"zh": "七天无理由退货", "en": "7-day no-reason returns"},
                },
                shop="https://shop.example.com/p/" + code if product.id != "P21" else "",
            )
    return None
