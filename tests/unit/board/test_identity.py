"""Which node this is."""

from pathlib import Path

from node.board.identity import demo_state_dir


def test_the_demos_state_lies_where_the_user_keeps_states():
    assert demo_state_dir({"XDG_STATE_HOME": "/s"}) == Path("/s/livesell/demo")
    assert demo_state_dir({}) == Path("~/.local/state/livesell/demo").expanduser()
