"""Packs that were made to harm: none is taken, and none costs much."""

import hashlib
import json
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory_service.storage import Repositories
from memory_service.storage.objects import Kind, oid_of
from memory_service.storage.pack_reading import Pack, PackIndex
from memory_service.storage.pack_writing import entry_head
from tests.clocks import ManualClock
from tests.edits import put
from tests.packs import OFS_DELTA, REF_DELTA, Made, copied, delta, entry, far_back, pack_of
from tests.real_git import git_bytes
from tests.unit.storage.conftest import ACME
from tests.unit.storage.looking import STORE, Looking

TIP = b"\x11" * 20
MIB = 1 << 20


def refused(looking: Looking, pack: bytes) -> str:
    """Why a pack cannot be read."""
    found = looking.look(pack, TIP)
    assert found.damage
    assert not found.pack
    return found.damage


def test_a_thin_pack_of_the_real_git_is_made_whole(looking: Looking, tmp_path: Path) -> None:
    old = b"".join(b"%d: a line of a note\n" % number for number in range(40))
    published = looking.store.write(ACME, put("/a.md", old))
    new = old + b"one more\n"
    base, blob = bytes.fromhex(published.blob), oid_of(Kind.BLOB, new)
    made = Made()
    tree = made.tree({".gitattributes": b"daily/*.md merge=union\n", "a.md": new})
    tip = made.commit(tree, looking.head)
    step = copied(0, len(old)) + bytes([9]) + b"one more\n"
    thin = entry(REF_DELTA, delta(len(old), len(new), step), base=base)
    rest = [entry(*made.objects[oid]) for oid in (tree, tip)]
    found = looking.look(pack_of([*rest, thin]), tip)
    assert (found.damage, found.faults) == ("", ())
    git_bytes(looking.aside, "verify-pack", "pushed.pack")
    listed = git_bytes(looking.aside, "show-index", stdin=(looking.aside / "pushed.idx").read_bytes())
    assert blob.hex().encode() in listed


def test_deltas_are_resolved_in_whatever_order_they_come(looking: Looking) -> None:
    contents = [b"a%d\n" % number * 20 for number in range(5)]
    made = Made()
    tree = made.tree({f"{number}.md": content for number, content in enumerate(contents)})
    tip = made.commit(tree, looking.head)
    chain = [
        entry(REF_DELTA, delta(60, 60, b"\x3c" + content), base=oid_of(Kind.BLOB, before))
        for before, content in pairwise(contents)
    ]
    whole = [entry(Kind.BLOB, contents[0]), *(entry(*made.objects[oid]) for oid in (tree, tip))]
    assert looking.look(pack_of([*reversed(chain), *whole]), tip).commits == 1


@pytest.mark.parametrize(
    ("pack", "reason"),
    [
        (b"PACK", "cut off"),
        (b"x" * 100, "no pack"),
        (pack_of([])[:-1] + b"\xff", "checksum is wrong"),
        (pack_of([entry(Kind.BLOB, b"x")], count=2), "cut off"),
        (pack_of([entry(Kind.BLOB, b"x")], count=0), "belong to no object"),
        (pack_of([entry(Kind.BLOB, b"x")], count=1 << 30), "1073741824 objects"),
        (pack_of([entry(0, b"x")]), "unknown kind 0"),
        (pack_of([entry(5, b"x")]), "unknown kind 5"),
        (pack_of([entry_head(Kind.BLOB, 1) + b"rubbish"]), "cannot be inflated"),
        (pack_of([entry(Kind.BLOB, b"xyz", size=2)]), "not the size that it states"),
        (pack_of([entry(Kind.BLOB, b"xyz", size=4)]), "not the size that it states"),
        (pack_of([entry_head(Kind.BLOB, 3) + zlib.compress(b"xyz")[:-3]]), "not the size that it states"),
        (pack_of([b"\xb0" + b"\xff" * 200]), "cut off"),
        (pack_of([entry(REF_DELTA, delta(1, 1, b"\x01x"), base=TIP)]), "incomplete"),
        (pack_of([entry(OFS_DELTA, delta(1, 1, b"\x01x"), base=far_back(1))]), "incomplete"),
        (pack_of([entry(Kind.BLOB, b"x"), entry(OFS_DELTA, delta(1, 1, b"\x01x"), base=far_back(5000))]), "incomplete"),
        (pack_of([entry(OFS_DELTA, b"", base=far_back(12))]), "cut off"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_broken_pack_is_refused_with_a_reason(looking: Looking, pack: bytes, reason: str) -> None:
    assert reason in refused(looking, pack)


WRONG = [delta(2, 1, b"\x01x"), delta(1, 2, b"\x01x"), delta(1, 1, b"\0"), delta(1, 5, copied(0, 5))]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_delta_that_does_not_fit_its_base_is_refused(looking: Looking, wrong: bytes) -> None:
    base = entry(Kind.BLOB, b"x")
    assert "does not fit" in refused(looking, pack_of([base, entry(OFS_DELTA, wrong, base=far_back(len(base)))]))


def test_deltas_that_build_on_one_another_are_refused(looking: Looking) -> None:
    one, other = oid_of(Kind.BLOB, b"x"), oid_of(Kind.BLOB, b"y")
    loop = [entry(REF_DELTA, delta(1, 1, b"\x01" + text), base=base) for text, base in ((b"x", other), (b"y", one))]
    assert "incomplete" in refused(looking, pack_of(loop))


def chain(length: int) -> bytes:
    """A pack in which each object but the first is a delta of the one before."""
    entries = [entry(Kind.BLOB, b"0" * 10)]
    for number in range(length):
        entries.append(entry(OFS_DELTA, delta(10, 10, b"\x0a%010d" % number), base=far_back(len(entries[-1]))))
    return pack_of(entries)


def test_a_chain_may_be_fifty_deltas_long_and_no_longer(looking: Looking) -> None:
    assert looking.look(chain(50), TIP).damage == ""
    assert "more than 50 deltas" in refused(looking, chain(51))


def zeros(size: int) -> bytes:
    """The deflated form of so many zeros, made without having them."""
    packer = zlib.compressobj(1)
    parts = [packer.compress(bytes(MIB)) for _ in range(size // MIB)]
    return b"".join([*parts, packer.flush()])


def stated(number: int, size: int, really: int) -> bytes:
    """A pack of one object that states a size and inflates to another."""
    return pack_of([entry_head(number, size) + (far_back(1) if number == OFS_DELTA else b"") + zeros(really)])


def delta_bomb() -> bytes:
    """A thousand bytes, then from them 400 megabytes, in a hundred bytes."""
    base = entry_head(Kind.BLOB, 1000) + zlib.compress(bytes(1000))
    bomb = delta(1000, 400 * MIB, copied(0, 1000) * (400 * MIB // 1000))
    return pack_of([base, entry(OFS_DELTA, bomb, base=far_back(len(base)))])


def lying_delta() -> bytes:
    """A delta that states to make one byte and copies for ever."""
    base = entry_head(Kind.BLOB, 512) + zlib.compress(bytes(512))
    return pack_of([base, entry(OFS_DELTA, delta(512, 1, copied(0, 512) * 1000), base=far_back(len(base)))])


def many_deltas() -> bytes:
    """As many large objects as small deltas can stand for."""
    parts = [entry_head(Kind.BLOB, 1000) + zlib.compress(bytes(1000))]
    distance = len(parts[0])
    for number in range(2000):
        step = copied(0, 1000) * 4 + copied(0, 996) + b"\x04%04d" % number
        parts.append(entry(OFS_DELTA, delta(1000, 5000, step), base=far_back(distance)))
        distance += len(parts[-1])
    return pack_of(parts)


def empty_blocks() -> bytes:
    """A stream that inflates to nothing for a long time."""
    stream = b"\x78\x01" + b"\0\0\0\xff\xff" * 400_000 + b"\x01\0\0\xff\xff" + (1).to_bytes(4, "big")
    return pack_of([entry_head(Kind.BLOB, 0) + stream])


def bombs() -> Iterator[bytes]:
    yield stated(Kind.BLOB, 300 * MIB, MIB)
    yield stated(Kind.BLOB, 100 * MIB, 100 * MIB)
    yield stated(Kind.BLOB, 1000, 100 * MIB)
    yield stated(Kind.TREE, 300 * MIB, MIB)
    yield stated(Kind.COMMIT, 10 * MIB, 10 * MIB)
    yield stated(OFS_DELTA, 300 * MIB, MIB)
    yield stated(OFS_DELTA, 100, 100 * MIB)
    yield delta_bomb()
    yield lying_delta()
    yield many_deltas()
    yield empty_blocks()
    yield pack_of([b"\xbf" + b"\xff" * 60 + b"\x01" + zlib.compress(b"x")])
    yield pack_of([entry(Kind.BLOB, b"")] * 20_000)


def test_bombs_go_off_within_bounds(store: Repositories, root: Path, tmp_path: Path) -> None:
    for number, bomb in enumerate([pack_of([]), *bombs()]):
        (tmp_path / f"{number:02}.pack").write_bytes(bomb)
    ran = subprocess.run(
        [sys.executable, "-m", "tests.unit.storage.looking", str(root), *map(str, sorted(tmp_path.glob("*.pack")))],
        capture_output=True,
        check=True,
        timeout=60,
    )
    empty, *peaks = json.loads(ran.stdout)
    assert len(peaks) == 13
    assert max(peaks) < empty + 64


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_damage_of_any_kind_is_refused_in_order(data: st.DataObject) -> None:
    """Whatever byte is changed, put in or taken out: there is an answer, and only the same objects are taken."""
    with TemporaryDirectory() as folder, closing(Repositories(Path(folder), ManualClock(), STORE)) as store:
        store.create(ACME, author="Ada", author_id="key_1")
        looking = Looking(Path(folder), ManualClock())
        made = Made()
        base = made.blob(b"a line\n" * 10)
        tree = made.tree({"a.md": b"a line\n" * 10, "topics": {"b.md": b"b"}})
        tip = made.commit(tree, looking.head)
        small = entry(REF_DELTA, delta(70, 71, copied(0, 70) + b"\x01x"), base=base)
        good = pack_of([*(entry(*found) for found in made.objects.values()), small])
        body = bytearray(good[:-20])
        for _ in range(data.draw(st.integers(1, 3))):
            place = data.draw(st.integers(0, len(body) - 1))
            put_in = data.draw(st.binary(max_size=2))
            body[place : place + data.draw(st.integers(0, 2))] = put_in
        sums = hashlib.sha1(body, usedforsecurity=False).digest()
        found = looking.look(bytes(body) + sums, tip)
        if found.pack:
            index = PackIndex((looking.aside / "pushed.idx").read_bytes())
            pack = Pack(looking.aside / "pushed.pack", index)
            assert {each.oid: pack.get(each.oid) for each in index.entries()} == made.objects
        else:
            assert found.damage or found.faults
