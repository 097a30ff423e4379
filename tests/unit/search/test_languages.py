"""Memories that are written in many languages: found as they are written, without accents, and by other forms."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from memory_service.domain.search import Correction, Query
from memory_service.search import SearchIndexes
from memory_service.search.analysis import in_stemmed_script, read_query
from memory_service.search.indexes import Reader
from memory_service.search.letters import plain
from tests.unit.search.builders import ACME, ONE, files

SENTENCES = {
    "de": ("Die Kündigung des Mietvertrags muss bis Ende März schriftlich vorliegen.",
           "Unser größter Kunde wünscht eine spätere Lieferung der Maschinen."),
    "fr": ("Le locataire résilie son bail au plus tard à la fin du mois de février.",
           "Notre meilleur client souhaite recevoir ses pièces détachées plus tôt."),
    "es": ("El inquilino señaló daños en la cocina después de la última inspección.",
           "La compañía ofrecerá un descuento pequeño a los clientes antiguos."),
    "pt": ("A reunião com os acionistas será adiada até à próxima sessão.",
           "O preço da assinatura não inclui manutenção nem formação."),
    "it": ("La società pagherà le fatture arretrate entro venerdì.",
           "Il negozio più vicino è aperto perché il proprietario è già tornato."),
    "nl": ("De huurders klagen over geluidsoverlast tijdens de verbouwing.",
           "Onze leverancier heeft de prijzen voor houten meubels verhoogd."),
    "sv": ("Mötet på måndag flyttas eftersom rummet är upptaget.",
           "Hyresgästerna får själva välja färg på köksluckorna."),
    "pl": ("Spółka wypłaci zaległe wynagrodzenie najpóźniej w środę.",
           "Łódź zacumowała przy nabrzeżu, lecz załoga została na pokładzie."),
    "cs": ("Příští schůzka vedení proběhne v úterý odpoledne.",
           "Zákazník žádá o vrácení peněz za poškozené zboží."),
    "tr": ("İstanbul ofisindeki çalışanlar yeni bütçeyi onayladı.",
           "Işıklar sabaha kadar açık kaldığı için fatura yükseldi."),
    "vi": ("Khách hàng lớn nhất muốn lùi ngày giao máy sang tháng sau.",
           "Má bán bàn ghế cũ ở chợ, ma mới mua bản đồ."),
    "id": ("Pelanggan meminta pengiriman barang dipercepat sebelum hari raya.",
           "Rapat pemegang saham menyetujui anggaran pemasaran tahun depan."),
    "ru": ("Договор аренды расторгается в конце марта, ключи вернём охране.",
           "Крупнейший заказчик просит перенести поставку станков на лето."),
    "uk": ("Орендар їде у відпустку й залишає ключі сусідові.",
           "Найбільший замовник просить перенести постачання верстатів."),
    "el": ("Ο ενοικιαστής παραδίδει τα κλειδιά στο τέλος του μήνα.",
           "Ο μεγαλύτερος πελάτης ζητά νωρίτερη παράδοση των μηχανημάτων."),
    "ar": ("يسلم المستأجر المفاتيح في نهاية الشهر إلى الحارس.",
           "طلب أكبر عملائنا تأجيل تسليم الآلات حتى الصيف."),
    "he": ("השוכר מחזיר את המפתחות בסוף החודש.",
           "הלקוח הגדול ביותר מבקש לדחות את אספקת המכונות."),
    "hi": ("किरायेदार महीने के अंत में चाबियाँ लौटाएगा।",
           "सबसे बड़े ग्राहक ने मशीनों की आपूर्ति टालने को कहा।"),
    "ta": ("வாடகைதாரர் மாத இறுதியில் சாவிகளைத் திருப்பித் தருவார்.",
           "மிகப்பெரிய வாடிக்கையாளர் இயந்திரங்களை விரைவாகக் கேட்கிறார்."),
    "zh": ("租户将在月底归还钥匙。", "最大的客户要求推迟机器交货。"),
    "ja": ("借主は月末に鍵を返却します。", "最大の顧客は機械の納品延期を希望している。"),
    "ko": ("세입자는 월말에 열쇠를 반납한다.", "가장 큰 고객이 기계 납품 연기를 요청했다."),
    "th": ("ผู้เช่าจะคืนกุญแจตอนสิ้นเดือน", "ลูกค้ารายใหญ่ขอเลื่อนการส่งมอบเครื่องจักร"),
    "en": ("Their tenant resumed paying rent and mailed us a list of the damage.",
           "The main customer wants our machines delivered later, not in March."),
}  # fmt: skip
CONTENTS = {f"/{name}-{nth}.md": text for name, texts in SENTENCES.items() for nth, text in enumerate(texts)}


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    yield from indexed(CONTENTS, tmp_path_factory.mktemp("languages"))


def indexed(contents: dict[str, str], root: Path) -> Iterator[Reader]:
    indexes = SearchIndexes(root)
    indexes.rebuild(ACME, ONE, files(contents))
    reader = indexes.reader(ACME)
    assert reader
    yield reader
    indexes.close()


def found(reader: Reader, text: str) -> list[str]:
    return [hit.path.text for hit in reader.search(Query(text=text, limit=50)).hits]


@pytest.mark.parametrize("path", CONTENTS)
def test_a_sentence_finds_its_file_first_also_without_accents(reader: Reader, path: str) -> None:
    assert found(reader, CONTENTS[path])[0] == path
    assert found(reader, plain(CONTENTS[path]))[0] == path


@pytest.mark.parametrize("path", CONTENTS)
def test_each_word_of_a_sentence_finds_its_file(reader: Reader, path: str) -> None:
    for word, _ in read_query(CONTENTS[path]):
        assert path in found(reader, word), word


def test_a_latin_word_with_accents_finds_only_files_that_write_it_so(reader: Reader) -> None:
    words = {path: {word for word, _ in read_query(text)} for path, text in CONTENTS.items()}
    accented = {word for word in set().union(*words.values()) if plain(word) != word and not in_stemmed_script(word)}
    assert len(accented) > 50
    for word in accented:
        assert set(found(reader, word)) == {path for path, here in words.items() if word in here}, word


@pytest.mark.parametrize(
    ("asked", "path"),
    [
        ("договоры", "/ru-0.md"),
        ("АРЕНДОЙ", "/ru-0.md"),
        ("вернем", "/ru-0.md"),
        ("замовники", "/uk-1.md"),
        ("κλειδιού", "/el-0.md"),
        ("ΠΕΛΑΤΗΣ", "/el-1.md"),
        ("مفتاح المستأجرين", "/ar-0.md"),
        ("عُمَلاؤنا آلات", "/ar-1.md"),
        ("הַמַּפְתְּחוֹת", "/he-0.md"),
        ("किरायेदारों", "/hi-0.md"),
        ("இயந்திரம்", "/ta-1.md"),
        ("istanbul", "/tr-0.md"),
        ("ISTANBUL isik", "/tr-0.md"),
        ("lodz", "/pl-1.md"),
        ("resilier", "/fr-0.md"),
    ],
)
def test_a_word_is_found_by_its_other_forms(reader: Reader, asked: str, path: str) -> None:
    assert path in found(reader, asked)


def test_a_word_with_accents_that_no_file_writes_so_is_read_without_them(tmp_path: Path) -> None:
    for reader in indexed({"/a.md": "Jose and Zoe met Muller."}, tmp_path):
        hits = reader.search(Query(text="José Zoé", limit=5))
        assert [hit.path.text for hit in hits.hits] == ["/a.md"]
        assert hits.corrections == (Correction(term="josé", used="jose"), Correction(term="zoé", used="zoe"))
        assert not reader.search(Query(text='"José"', limit=5)).hits
