"""Which nodes are meant."""

import pytest

from tools.fleet.selection import Selection, SelectionError, choose, tag

NODES = {
    "n0001": {"site": "sz", "role": "kiosk"},
    "n0002": {"site": "sz", "role": "desk"},
    "n0003": {"site": "sh"},
}


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ("site=sz", ("n0001", "n0002")),
        ("site=sz,role!=kiosk", ("n0002",)),
        ("role!=kiosk", ("n0002", "n0003")),
        ("site=bj", ()),
    ],
)
def test_labels_take_the_nodes_where_every_term_holds(labels: str, names: tuple[str, ...]):
    assert choose(Selection(labels=labels), NODES) == names


def test_names_are_sorted_and_taken_once():
    assert choose(Selection(("n0003", "n0001", "n0003")), NODES) == ("n0001", "n0003")


def test_all_takes_all():
    assert choose(Selection(all=True), NODES) == tuple(NODES)


@pytest.mark.parametrize(
    "selection",
    [
        Selection(),
        Selection(("n0099",)),
        Selection(all=True, labels="site=sz"),
        Selection(labels="site"),
        Selection(labels="Site=SZ"),
        Selection(labels=",".join(["a=b"] * 17)),
    ],
)
def test_a_selection_that_says_nothing_clear_is_refused(selection: Selection):
    with pytest.raises(SelectionError):
        choose(selection, NODES)


def test_a_tag_is_one_value_for_one_key():
    assert tag("site=sz") == ("site", "sz")
    with pytest.raises(SelectionError):
        tag("site!=sz")
