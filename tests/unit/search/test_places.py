"""Where the words of a query stand in a text, to the character."""

import unicodedata
from itertools import chain

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from memory_service.search import places
from memory_service.search.analysis import TOKEN, read, read_query, terms_of
from memory_service.search.places import joined, places_of, possible


def wanted(query: str) -> frozenset[str]:
    return frozenset(term for _, term in read_query(query))


def marked(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in joined(places_of(text, wanted(query)))]


@pytest.mark.parametrize(
    ("text", "query", "expected"),
    [
        ("The red fox and the Foxes.", "fox", ["fox", "Foxes"]),
        ("🚀🚀 the walrus 👩‍👩‍👧 WALRUSES 𝒳", "walrus", ["walrus", "WALRUSES"]),
        ("これは日本語の文です。日本", "日本語", ["日本語", "日本"]),
        ("語 日語", "語", ["語", "語"]),
        ("Python日本語guide", "日本 guide", ["日本", "guide"]),
        ("한국어를 배운다", "한국어", ["한국어"]),
        ("cafe\u0301 café CAFE\u0301", "café", ["cafe\u0301", "café", "CAFE\u0301"]),
        ("Straße STRASSE straße", "strasse", ["Straße", "STRASSE", "straße"]),
        ("a ﬁsh, a ﬁne ﬁsh…", "fish", ["ﬁsh", "ﬁsh"]),
        ("İstanbul and istanbul", "İstanbul", ["İstanbul", "istanbul"]),
        ("résumé, RÉSUMÉS, resume and Øre", "resume ore", ["résumé", "RÉSUMÉS", "resume", "Øre"]),
        ("résumé, Résumé, resume", "résumé", ["résumé", "Résumé"]),
        ("Договоры, договором; до", "договор", ["Договоры", "договором"]),
        ("العَرَبِيَّة عرب", "عربي", ["العَرَبِيَّة", "عرب"]),
        ("㎏ and kg", "kg", ["㎏", "kg"]),
        ("ｆｏｘ ﾌｫｯｸｽ", "fox フォックス", ["ｆｏｘ", "ﾌｫｯｸｽ"]),
        ("שלום עולם", "עולם", ["עולם"]),
        ("call getUserName(memory_search)", "user search", ["getUserName", "memory_search"]),
        ("C++ is not C; .NET is .NET", "c++ .net", ["C++", "C", ".NET", ".NET"]),
        ("dying, lying, hoping, plenty, happiness, using, skies", "die lie hope plenty happy use sky",
         ["dying", "lying", "hoping", "plenty", "happiness", "using", "skies"]),
        ("It went, goes, is gone: a centre, Colours, analysed, an anal, the wen", "go center color analyze",
         ["went", "goes", "gone", "centre", "Colours", "analysed"]),
        ("women organize programmes", "woman organised program", ["women", "organize", "programmes"]),
        ("…fox\u00a0fox…", "fox", ["fox", "fox"]),
        ("nothing of it", "walrus", []),
        ("", "walrus", []),
        ("walrus", "", []),
    ],
)  # fmt: skip
def test_places_are_told_to_the_character(text: str, query: str, expected: list[str]) -> None:
    assert marked(text, query) == expected


TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from([
            "walrus", "Walruses", "fox", "foxes.", "memory_search", "getUserName", "c++", "C", ".NET", "a.b", "日本語",
            "語", "Straße", "ﬁsh", "e\u0301", "é", "…", "\u00a0", "\t", "\n", "hoping", "tying", "plenty", "ﾌｫ",
            "\u1112\u1161\u11ab", "İ", "#", "--", "v2.1", "𝒳", "🚀", "\u09c7\u09be", "x" * 70, "naïve", "한국어",
            "naive", "Øre", "ǽ", "œuvre", "нём", "Договоры", "договором", "العَرَبِيَّة", "ς", "й",
            "go", "went", "Gone", "seek", "sought", "colour", "colors", "theatres", "center", "grey", "organised",
            "organize", "analysed", "women",
        ]),
        max_size=12,
    ).flatmap(lambda words: st.sampled_from([" ", "", "-", "\n"]).map(lambda between: between.join(words))),
)  # fmt: skip


@given(TEXTS, TEXTS)
@example("walrus", "walrus")
@settings(max_examples=500, deadline=None)
def test_to_look_for_beginnings_finds_what_reading_everything_finds(text: str, query: str) -> None:
    normal, terms = unicodedata.normalize("NFKC", text), wanted(query)
    found = [token.span() for token in places._tokens(normal, terms) if telling(token.group(), terms)]
    assert found == [token.span() for token in TOKEN.finditer(normal) if telling(token.group(), terms)]


def telling(token: str, terms: frozenset[str]) -> bool:
    return not terms.isdisjoint(chain(*terms_of(token)))


@given(TEXTS, TEXTS)
@example("ก\u0e33", "ก\u0e33")
@example("\u110000A0", "00A0")
@settings(max_examples=500, deadline=None)
def test_a_place_holds_the_terms_that_it_is_told_to_hold(text: str, query: str) -> None:
    found = list(places_of(text, wanted(query)))
    there = wanted(query) & set(chain(*read(text)))
    assert {term for place in found for term in place.terms} == there <= possible(text, wanted(query))
    for start, end, terms in found:
        assert 0 <= start < end <= len(text)
        assert terms
        normal = unicodedata.normalize("NFKC", text[start:end])
        assert any(terms <= set(chain(*read(before + normal))) for before in ("", "x"))


@given(st.text())
@example("e\u0301a\u0323\u0302 \u1112\u1161\u11ab \u09c7\u09be ｶﾞ …")
@settings(max_examples=500, deadline=None)
def test_normalisation_knows_where_every_character_comes_from(text: str) -> None:
    normal, starts, ends = places._normalised(text)
    assert normal == unicodedata.normalize("NFKC", text)
    assert len(starts) == len(ends) == len(normal)
    assert list(starts) == sorted(starts)
    assert all(start < end for start, end in zip(starts, ends, strict=True))


@pytest.mark.parametrize("piece", ["a", "ab ", "日", "e\u0301", "ab.", "…", "\n", "aB", "\u0301", "\u0301\u0323", "ß"])
def test_a_long_line_is_read_in_no_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    list(places_of(text, wanted("a ab 日本 é b")))  # a time that grows with the square of it would pass the time limit
