"""Proofs of logs on disk, as they are while a node writes to them."""

from node.chain import GENESIS, seal
from node.chainfile import ChainFile
from node.metrics.proof import prove_file


def written(path, count):
    file = ChainFile(path)
    file.append({"n": number} for number in range(count))
    file.close()
    return file.head


def test_half_a_line_that_a_node_is_just_writing_is_no_fault(tmp_path):
    path = tmp_path / "log.jsonl"
    line = seal({"n": 1024}, written(path, 1024)).line
    rest = [line[50:]]
    with path.open("ab", buffering=0) as node:
        node.write(line[:50])

        def write_on(_):
            if rest:
                node.write(rest.pop())

        proof = prove_file(path, progress=write_on)
    assert (proof.state, proof.lines) == ("whole", 1025)


def test_half_a_line_that_nobody_is_writing_is_torn(tmp_path):
    path = tmp_path / "log.jsonl"
    with path.open("ab") as file:
        written(path, 3)
        file.write(b'{"n":3')
    proof = prove_file(path)
    assert (proof.state, proof.broken.line, proof.broken.reason) == ("broken", 4, "torn")


def test_a_log_that_starts_a_chain_has_nothing_unseen(tmp_path):
    path = tmp_path / "log.jsonl"
    head = written(path, 3)
    proof = prove_file(path)
    assert (proof.note, proof.head) == ("", head)
    assert head != GENESIS
