"""A booth to be asked, without a show: its clock, card and stock are set by hand."""

import re
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from node.catalog.market import rules_of
from node.catalog.products import Catalog
from node.catalog.reading import read_catalog
from node.program.cards import Price
from node.program.offers import Trade
from node.voice.acts import Answered, Speak
from node.voice.booth import Booth, CardsSeen, Question, Stocked, Way
from node.voice.dialogue import Dialogue
from node.voice.intents import understand
from node.voice.lexicon import Lexicon, lexicon_of
from node.voice.replies import own_replies

FOLDER = Path(__file__).parents[1] / "vectors" / "dialogue"
ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 21)
LATE_MORNING = datetime.combine(DAY, time(11, 40), ZONE)
WAKE_WORDS = ("小潮小潮", "hey tidal")
BETWEEN_S = 3.0


@cache
def sample_lexicon() -> Lexicon:
    """The lexicon of the sample."""
    return lexicon_of(sample_catalog(), wake_words=WAKE_WORDS)


def sample_catalog(folder: Path = FOLDER) -> Catalog:
    """A catalog of the samples, without its pictures."""
    found = read_catalog(folder / "catalog.toml", has_files=False).catalog
    if found is None:
        raise ValueError(f"{folder}: no catalog")
    return found


class AskedBooth:
    """A booth whose moment a test sets, and the dialogue with it.

    P17's card is up, the shop has just told the stock of P17 and P18. `now_s` is loop time.
    """

    def __init__(self, catalog: Catalog | None = None, market: str = "CN") -> None:
        self.catalog = catalog or sample_catalog()
        self.lexicon = (
            lexicon_of(catalog, wake_words=WAKE_WORDS) if catalog is not None else sample_lexicon()
        )
        self.dialogue = Dialogue(own_replies())
        self.cards = CardsSeen().after("P17", 990.0)
        self.may_send = False
        self.booth = Booth(
            now_s=1000.0,
            now=LATE_MORNING,
            catalog=self.catalog,
            rules=rules_of(market),
            locales=("zh", "en"),
            name={"zh": "小潮", "en": "Tidal"},
            prices={},
            offers=self.catalog.offers,
            left={id_: one.qty for id_, one in self.catalog.offers.items()},
            stock={"P17": Stocked(86, 5), "P18": Stocked(240, 5), "P21": Stocked(31, 61)},
            volume=60,
        )
        self._priced()

    def set(self, **changes: object) -> None:
        """Change what stands in the booth."""
        self.booth = replace(self.booth, **changes)  # type: ignore[arg-type]  # a test's own words

    def wait(self, for_s: float) -> None:
        """Let time pass."""
        self.set(now_s=self.booth.now_s + for_s)

    def clock(self, text: str) -> None:
        """Set the wall clock, `HH:MM`."""
        hour, minute = map(int, text.split(":"))
        self.set(now=datetime.combine(DAY, time(hour, minute), ZONE))
        self._priced()

    def card(self, product: str) -> None:
        """Put a card up; none for an empty one."""
        self.cards = self.cards.after(product, self.booth.now_s)

    def ask(self, text: str, way: Way = "typed") -> Answered:
        """Ask in writing, or in words that were heard without fault."""
        self.wait(BETWEEN_S)
        self.set(cards=self.cards.cards)
        understood = understand(text, self.lexicon)
        question = Question(way, understood, self.booth.now_s, self.booth.now_s - 2,
                            self.may_send, text)  # fmt: skip
        self.dialogue, answered = self.dialogue.ask(question, self.booth)
        return answered

    def _priced(self) -> None:
        trade = Trade()
        running = {
            one.product: one for one in self.catalog.offers.values()
            if trade.is_running(one, self.booth.now)
        }  # fmt: skip
        currency = self.catalog.currency
        prices = {
            id_: Price(running[id_].price[currency], running[id_].id)
            if id_ in running
            else Price(one.price.get(currency, ""), "")
            for id_, one in self.catalog.products.items()
        }
        self.set(prices=prices, running=frozenset(one.id for one in running.values()))


@dataclass(frozen=True)
class Turn:
    """A line of the script: what is asked, and what is expected of the answer."""

    line: int
    talk: str
    text: str
    intent: str
    who: str
    product: str
    words: str

    def wrong(self, answered: Answered) -> str:
        """What differs, or empty."""
        told = (
            ("intent", self.intent.strip("-"), answered.intent),
            ("who", self.who, answered.by),
            ("product", self.product.strip("-"), answered.product),
        )
        differs = [f"{name} {got!r}" for name, wanted, got in told
                   if got != wanted and (wanted or name == "intent")]  # fmt: skip
        said = spoken(answered)
        if self.words.casefold() not in said.casefold():
            differs.append(f"said {said!r}")
        return ", ".join(differs)


@dataclass
class Script:
    """The script of turns.txt played at a booth: each turn with what was wrong, or empty."""

    text: str
    played: list[tuple[Turn, str]] = field(default_factory=list)

    def play(self) -> list[tuple[Turn, str]]:
        """Play it all."""
        booth, talk = AskedBooth(), ""
        for number, line in enumerate(self.text.splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("talk "):
                booth, talk = AskedBooth(), line[5:]
            elif "=>" in line:
                turn = _turn(number, talk, line)
                self.played.append((turn, turn.wrong(booth.ask(turn.text))))
            else:
                direct(booth, *line.split(maxsplit=1))
        return self.played


def spoken(answered: Answered) -> str:
    """What is said, without the notice that an AI speaks."""
    lines = [one for one in answered.acts if isinstance(one, Speak)]
    return " ".join(one.text for one in lines if one.line.key != "notice.ai")


def _turn(number: int, talk: str, line: str) -> Turn:
    text, _, expected = line.partition(" => ")
    told, _, words = expected.partition(":")
    intent, who, product = re.split(r"\s+", told.strip())
    return Turn(number, talk, text.strip(), intent, who, product, words.strip())


def direct(booth: AskedBooth, verb: str, word: str = "") -> None:
    """Obey a directive of the script."""
    name, is_on = word.strip("-"), word == "on"
    match verb:
        case "card":
            booth.card(name)
        case "wait":
            booth.wait(float(word))
        case "clock":
            booth.clock(word)
        case "cut":
            booth.dialogue = booth.dialogue.interrupted(booth.booth.now_s)
        case "reject":
            booth.dialogue, _ = booth.dialogue.rejected(booth.dialogue.number)
        case "consent":
            booth.may_send = is_on
        case _:
            booth.set(**_change(booth.booth, verb, name, is_on=is_on))


def _change(booth: Booth, verb: str, name: str, *, is_on: bool) -> dict[str, object]:
    """What a directive changes in a booth."""
    changes: dict[str, dict[str, object]] = {
        "segment": {"airing": booth.airing + 1},
        "beat": {"beat_product": name},
        "cloud": {"can_ask_cloud": is_on},
        "staff": {"can_call_staff": is_on},
        "climax": {"is_climax_near": is_on},
        "sold": {"states": {name: "sold_out"}, "stock": {**booth.stock, name: Stocked(0, 1)}},
    }
    return changes[verb]
