from __future__ import annotations

import multiprocessing
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from pellucid.core.errors import FileFormatError, OutputError
from pellucid.models.service_cache import AnswerCache

KEYS = [bytes([k]) * 16 for k in range(5)]
ANSWERS = np.array([[0.1, -0.0], [1e300, 5e-324], [np.pi, 2.0], [3.0, 4.0], [5.0, 6.0]])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "answers.sqlite"


def filled(path, owner="model"):
    cache = AnswerCache(path, owner)
    cache.put(KEYS, ANSWERS)
    return cache


def change(path, sql, *values):
    with sqlite3.connect(path) as database:
        database.execute(sql, values)
    database.close()


def test_answers_come_back_to_the_bit_and_say_whether_they_are_of_an_earlier_run(path):
    now = filled(path).get([KEYS[2], b"unknown" + bytes(9), KEYS[1], KEYS[0]])
    later = AnswerCache(path, "model").get(KEYS)
    assert set(now) == set(KEYS[:3])
    for k, key in enumerate(KEYS[:3]):
        assert now[key][0].tobytes() == later[key][0].tobytes() == ANSWERS[k].tobytes()
        assert (now[key][1], later[key][1]) == (False, True)


def test_the_first_answer_stays(path):
    cache = filled(path)
    cache.put(KEYS[:1], np.array([[7.0, 7.0]]))
    assert cache.get(KEYS[:1])[KEYS[0]][0].tolist() == [0.1, -0.0]


def test_more_keys_than_sqlite_takes_at_once():
    keys = [k.to_bytes(16, "big") for k in range(5000)]
    cache = AnswerCache(None, "model")
    cache.put(keys, np.arange(5000.0)[:, np.newaxis])
    found = cache.get(keys)
    assert [found[key][0].item() for key in keys] == list(range(5000))


def test_it_is_one_file_once_it_is_closed(path):
    cache = filled(path)
    assert len(cache.get(KEYS)) == 5
    del cache
    assert [file.name for file in path.parent.iterdir()] == ["answers.sqlite"]


def test_threads_and_processes_share_a_file(path):
    first, second = AnswerCache(path, "model"), AnswerCache(path, "model")
    with ThreadPoolExecutor(8) as pool:
        for k in range(40):
            cache = (first, second)[k % 2]
            pool.submit(cache.put, [k.to_bytes(16, "big")], np.array([[float(k)]])).result()
    assert len(first.get([k.to_bytes(16, "big") for k in range(40)])) == 40


OPEN = """
import sys
from pellucid.models.service_cache import AnswerCache
import numpy as np
cache = AnswerCache(sys.argv[1], "model")
for k in range(20):
    cache.put([k.to_bytes(16, "big")], np.ones((1, 1)))
print(len(cache.get([k.to_bytes(16, "big") for k in range(20)])))
"""


def test_processes_that_start_together_share_a_new_file(path):
    started = [
        subprocess.Popen([sys.executable, "-c", OPEN, str(path)], stdout=subprocess.PIPE, text=True) for _ in range(3)
    ]
    assert [child.communicate(timeout=60)[0] for child in started] == ["20\n"] * 3


def read_in_child(cache, queue):
    cache.put([b"child" + bytes(11)], np.array([[9.0]]))
    queue.put(len(cache.get(KEYS)))


def test_a_forked_child_opens_the_file_anew(path):
    cache = filled(path)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    child = context.Process(target=read_in_child, args=(cache, queue))
    child.start()
    assert queue.get() == 5
    child.join(30)
    assert cache.get([b"child" + bytes(11)])[b"child" + bytes(11)][0].tolist() == [9.0]


def test_another_models_file_is_refused(path):
    filled(path)
    with pytest.raises(FileFormatError, match=r"holds answers of 'model' and this is 'other'; pass a path of its own"):
        AnswerCache(path, "other")


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_file_that_is_no_cache_is_refused_and_left_alone(path, content):
    path.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"answers.sqlite is damaged or no cache .*; delete it or pass another"):
        AnswerCache(path, "model")
    assert path.read_bytes() == content


def test_a_database_of_something_else_is_refused_and_left_alone(path):
    change(path, "CREATE TABLE customers (name TEXT)")
    before = path.read_bytes()
    with pytest.raises(FileFormatError, match="is a database of something else; pass another path"):
        AnswerCache(path, "model")
    assert path.read_bytes() == before


def test_a_newer_format_is_refused(path):
    filled(path)
    change(path, "PRAGMA user_version = 2")
    with pytest.raises(FileFormatError, match="has format 2 and this pellucid reads up to 1; update pellucid"):
        AnswerCache(path, "model")


@pytest.mark.parametrize("place", [0, 8, 15, 19])
def test_one_changed_byte_of_an_answer_is_found_out(path, place):
    filled(path)
    with sqlite3.connect(path) as database:
        (packed,) = database.execute("SELECT answer FROM answers WHERE number = 1").fetchone()
        wrong = packed[:place] + bytes([packed[place] ^ 1]) + packed[place + 1 :]
        database.execute("UPDATE answers SET answer = ? WHERE number = 1", (wrong,))
    database.close()
    with pytest.raises(FileFormatError, match=r"an answer in .* is damaged; delete the file and ask again"):
        AnswerCache(path, "model").get(KEYS)


def test_an_answer_under_another_key_is_found_out(path):
    filled(path)
    change(path, "UPDATE answers SET key = ? WHERE number = 1", bytes(range(16)))
    with pytest.raises(FileFormatError, match="is damaged"):
        AnswerCache(path, "model").get([bytes(range(16))])


def test_a_file_cut_short_is_refused(path):
    cache = AnswerCache(path, "model")
    cache.put([k.to_bytes(16, "big") for k in range(201)], np.ones((201, 3)))
    del cache
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(FileFormatError, match="is damaged"):
        AnswerCache(path, "model").get([k.to_bytes(16, "big") for k in range(201)])


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    for path in (tmp_path, tmp_path / "none" / "a.sqlite"):
        with pytest.raises(OutputError, match="cannot be used"):
            AnswerCache(path, "model")
