"""The files of the day as status tells of them."""

from dataclasses import replace
from datetime import date
from pathlib import Path

from node.catalog.assets import Approval
from node.web.assetsview import AssetsView, assets_view
from tests.fakes.rundowns import clip, rundown

DAY = rundown(clip("a", 9), clip("b", 9), play=("a", "b"))
PICTURE = Path("p17.png")


def test_files_that_nobody_listed_are_told_so():
    assert assets_view(DAY, ()) == AssetsView("unlisted", "", 3)


def test_a_list_without_a_signature_and_one_with_it_differ():
    listed = replace(DAY, approvals={PICTURE: Approval("0" * 64, 9, date(2026, 11, 21))})
    assert assets_view(listed, ()).state == "unsigned"
    signed = assets_view(replace(listed, signed_by="legal"), ())
    assert (signed.state, signed.by, signed.files) == ("signed", "legal", 4)


def test_what_was_refused_is_named_if_it_is_of_this_day():
    assert assets_view(DAY, [Path("b.mp4"), Path("of_yesterday.mp4")]).refused == ("b.mp4",)
