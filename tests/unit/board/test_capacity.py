"""What the machine can bear."""

from node.board.capacity import free_disk_mib, is_writable, read_capacity


def test_a_board_tells_its_model_and_memory(tmp_path):
    (tmp_path / "proc/device-tree").mkdir(parents=True)
    (tmp_path / "proc/device-tree/model").write_text("Raspberry Pi 5 Model B Rev 1.0\0")
    (tmp_path / "proc/meminfo").write_text("MemTotal: 8388608 kB\nMemAvailable: 1048576 kB\nodd\n")
    found = read_capacity(tmp_path)
    assert found.model == "Raspberry Pi 5 Model B Rev 1.0"
    assert (found.memory_mib, found.free_memory_mib) == (8192, 1024)
    assert found.cores >= 1


def test_a_pc_tells_its_processor(tmp_path):
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("processor\t: 0\nmodel name\t: Fast One\n")
    assert read_capacity(tmp_path).model == "Fast One"


def test_a_kernel_that_tells_nothing_is_borne(tmp_path):
    found = read_capacity(tmp_path)
    assert found.model
    assert found.memory_mib == 0


def test_a_folder_to_be_made_counts_by_the_nearest_one_there(tmp_path):
    assert free_disk_mib(tmp_path / "a" / "b") == free_disk_mib(tmp_path)
    assert is_writable(tmp_path / "a" / "b")


def test_nothing_can_be_written_below_a_file(tmp_path):
    (tmp_path / "file").touch()
    assert not is_writable(tmp_path / "file" / "a")
