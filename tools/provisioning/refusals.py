"""Why a card or a machine is not provisioned: a code that each language has words for."""


class Refusal(Exception):  # noqa: N818  # a word of the tool: it refuses
    """Said instead of doing: `refused.CODE` of the locale files, with the `facts` put in."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(f"{code} {facts}" if facts else code)
        self.code, self.facts = code, facts
