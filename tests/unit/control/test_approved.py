from datetime import date

import pytest

from node.catalog.assets import AssetEntry, Manifest
from node.control.approved import approved

TODAY = date(2026, 11, 21)


def judged(**terms):
    entry = AssetEntry("ab" * 32, 7, **{"approver": "Li", **terms})
    return approved(Manifest({"a.mp4": entry}), market="cn", today=TODAY)


@pytest.mark.parametrize(
    "terms",
    [{}, {"expires": TODAY}, {"markets": frozenset({"cn", "us"})}],
)
def test_what_is_approved_here_and_today_may_come(terms):
    assert judged(**terms).sizes == {"ab" * 32: 7}


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"approver": ""}, "unapproved"),
        ({"expires": date(2026, 11, 20)}, "expired"),
        ({"markets": frozenset({"us"})}, "other_market"),
    ],
)
def test_what_is_not_stays_away_with_its_reason(terms, why):
    found = judged(**terms)
    assert not found.files
    assert found.refused == {why: 1}
