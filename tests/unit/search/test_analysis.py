"""What words, names and scripts become."""

import subprocess
import sys
import threading

import pytest

from memory_service.search import analysis
from memory_service.search.analysis import MAX_TERM, read, read_query


@pytest.mark.parametrize(
    ("text", "words", "further"),
    [
        ("The foxes jumped", ["the", "fox", "jump"], []),
        ("STRASSE Straße", ["strass", "strass"], []),
        ("ﬁnance ＡＢＣ １２", ["financ", "abc", "12"], []),
        ("e\u0301te\u0301 \u00e9t\u00e9", ["ete", "ete"], ["été", "été"]),
        ("don't Acme's l'eau", ["don", "t", "acm", "s", "l", "eau"], []),
        ("C++ g++ c#, F#.", ["c", "g", "c", "f"], ["c++", "g++", "c#", "f#"]),
        ("# Title # and issue#12", ["titl", "and", "issu", "12"], []),
        ("use .NET and asp.net.", ["use", "net", "and", "asp", "net"], [".net", "asp.net"]),
        ("call().close wait... end.", ["call", "close", "wait", "end"], []),
        ("v2.1 of 3.14.1", ["v2", "1", "of", "3", "14", "1"], ["v2.1", "3.14.1"]),
        ("2026-04-15", ["2026", "04", "15"], ["2026-04-15"]),
        ("state-of-the-art -- or", ["state", "of", "the", "art", "or"], ["state-of-the-art"]),
        ("memory_search __init__ _so_", ["memori", "search", "init", "so"], ["memory_search"]),
        ("getUserName HTTPServer", ["get", "user", "name", "http", "server"], ["getusernam", "httpserver"]),
        ("std.MyClass", ["std", "my", "class"], ["myclass", "std.myclass"]),
        ("a@b.io http://x:80/y_z", ["a", "b", "io", "http", "x", "80", "y", "z"], ["b.io", "y_z"]),
        ("日本語", ["日", "本", "語"], ["日本", "本語"]),
        ("猫 と Python3を使う", ["猫", "と", "python3", "を", "使", "う"], ["を使", "使う"]),
        ("한국어", ["한", "국", "어"], ["국어", "한국"]),
        ("ภาษา", ["ภ", "า", "ษ", "า"], ["ภา", "ษา", "าษ"]),
        ("हिन्दी में", ["हिन्द", "म"], []),
        ("שָׁלוֹם שלום", ["שלום", "שלום"], []),
        ("العَرَبِيَّة العربية أحمد", ["عرب", "عرب", "احمد"], []),
        ("naïve Müllers", ["naiv", "muller"], ["naïve", "müllers"]),
        (
            "İstanbul ISTANBUL ışık Øresund œuvre",
            ["istanbul", "istanbul", "isik", "oresund", "oeuvr"],
            ["ışık", "øresund"],
        ),
        ("Договоры договором о нём, за́мок мой", ["договор", "договор", "о", "нем", "замок", "мо"], []),
        ("Οι συμβάσεις της σύμβασης", ["οι", "συμβασ", "τ", "συμβασ"], []),
        ("\u0301 \u064e ــ", ["\u0301", "\u064e", "ــ"], []),
        ("किताबें किताबों", ["किताब", "किताब"], []),
        ("He went, goes and has gone", ["he", "go", "go", "and", "has", "go"], []),
        ("bought buys, WROTE writing, Children's", ["buy", "buy", "write", "write", "child", "s"], []),
        ("founded, lefts and a bit of ground", ["found", "left", "and", "a", "bit", "of", "ground"], []),
        ("Colours colored, centred in the center", ["color", "color", "center", "in", "the", "center"], []),
        ("organised organizations analyse analyzing", ["organiz", "organiz", "analyz", "analyz"], []),
        ("this basis, an analysis, four hours", ["this", "basi", "an", "analysi", "four", "hour"], []),
        ("🚀 — … \x00 \u202e \ufffd", [], []),
        ("", [], []),
    ],
)
def test_a_text_is_read_as_words_and_further_terms(text: str, words: list[str], further: list[str]) -> None:
    found = read(text)
    assert found[0] == words
    assert sorted(found[1]) == sorted(further)


def test_a_document_and_a_query_are_read_alike() -> None:
    text = "C++ getUserName memory_search v2.1 Foxes l'eau .NET договоры"
    assert sorted(term for _, term in read_query(text)) == sorted([*read(text)[0], *read(text)[1]])


def test_a_query_with_accents_asks_for_them_and_one_without_for_any() -> None:
    assert [term for _, term in read_query("résumé resume Müller-Straße")] == [
        "résumé", "resum", "müller", "strass", "müller-strasse",
    ]  # fmt: skip
    assert {"resum", "résumé"} == {*read("résumé")[0], *read("résumé")[1]}


def test_a_query_for_a_run_of_characters_asks_for_its_pairs_only() -> None:
    assert [term for _, term in read_query("日本語 猫 x日")] == ["日本", "本語", "猫", "x", "日"]


def test_a_word_of_a_query_is_told_as_it_was_written() -> None:
    assert list(read_query("What Foxes")) == [("what", "what"), ("foxes", "fox")]


@pytest.mark.parametrize("token", ["a" * 15_000, "aB" * 7_500, "日" * 15_000, "a." * 7_500, "_" * 15_000, "." * 15_000])
def test_a_huge_token_is_known_by_its_beginning(token: str) -> None:
    words, further = read(token)
    assert all(len(term) <= MAX_TERM for term in (*words, *further))
    assert sorted({term for _, term in read_query(token)} - {"日"}) == sorted({*words, *further} - {"日"})


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analysis, "MAX_KNOWN", 50)
    analysis._known.clear()
    for number in range(200):
        read(f"word{number} foxes")
        assert len(analysis._known) <= 50
    assert read("word1 foxes")[0] == ["word1", "fox"]


def test_threads_stem_alike() -> None:
    endings = ["ing", "ed", "ness", "ation", "fulness", "ies", "s", "ly"]
    texts = [" ".join(f"relat{'o' * length}r{ending}" for ending in endings for length in range(30)) for _ in range(8)]
    start = threading.Barrier(len(texts))
    found: list[list[str]] = []

    def stem(text: str) -> None:
        start.wait(timeout=10)
        found.append(read(text)[0])

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=stem, args=(text,)) for text in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=30)
    finally:
        sys.setswitchinterval(before)
    assert len(found) == len(texts)
    assert all(words == found[0] for words in found)


def test_nobody_is_warned_of_what_an_old_library_holds() -> None:
    code = "import sys; sys.dont_write_bytecode = True; import memory_service.search"
    done = subprocess.run(
        [sys.executable, "-W", "always", "-X", "pycache_prefix=/nonexistent", "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "whoosh" not in done.stderr
