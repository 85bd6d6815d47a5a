"""Names of sections in articles, and patterns for headings, questions and boilerplate."""

import re
from enum import StrEnum, auto
from functools import lru_cache

from questions.wording import sentences


class Role(StrEnum):
    """The purpose of a section. Sections without a role have running text."""

    KEY_POINTS = auto()
    SUMMARY = auto()
    FAQ = auto()
    SOURCES = auto()
    DISCLAIMER = auto()
    CONTENTS = auto()
    BOILERPLATE = auto()


# Complete headings, in lower case.
_NAMES: dict[Role, str] = {
    Role.KEY_POINTS: """key points; key takeaways; key takeaway points; takeaways; main points;
        main takeaways; key facts; key messages; highlights; the main points; points to remember;
        kernpunkte; das wichtigste in kürze; das wichtigste auf einen blick; points clés;
        à retenir; l'essentiel; puntos clave; punti chiave; pontos-chave; ключевые моменты;
        главное; κύρια σημεία; βασικά σημεία; النقاط الرئيسية; kluczowe informacje; kernpunten;
        önemli noktalar""",
    Role.SUMMARY: """summary; quick summary; at a glance; in brief; in short; overview;
        article summary; zusammenfassung; auf einen blick; en bref; résumé; resumen; en resumen;
        in breve; кратко; σύνοψη; ملخص""",
    Role.FAQ: """frequently asked questions; faq; faqs; common questions; your questions answered;
        questions and answers; q&a; questions; people also ask; häufige fragen;
        häufig gestellte fragen; foire aux questions; questions fréquentes; preguntas frecuentes;
        domande frequenti; perguntas frequentes; veelgestelde vragen; часто задаваемые вопросы;
        частые вопросы; συχνές ερωτήσεις; الأسئلة الشائعة; najczęściej zadawane pytania;
        sık sorulan sorular""",
    Role.SOURCES: """references; sources; citations; bibliography; further reading; read more;
        article sources; sources and further reading; quellen; literatur; références;
        bibliographie; referencias; fuentes; fonti; referências; bronnen; источники; литература;
        πηγές; βιβλιογραφία; المصادر; المراجع; źródła; kaynaklar""",
    Role.DISCLAIMER: """disclaimer; medical disclaimer; health disclaimer; important notice;
        haftungsausschluss; avertissement; avertissement médical; aviso médico; aviso legal;
        descargo de responsabilidad; avvertenza; aviso; отказ от ответственности;
        αποποίηση ευθύνης; إخلاء المسؤولية; zastrzeżenie; sorumluluk reddi""",
    Role.CONTENTS: """in this article; contents; table of contents; on this page; jump to;
        in this guide; what you will learn; page contents; inhalt; inhaltsverzeichnis; sommaire;
        contenido; índice; inhoud; содержание; περιεχόμενα; المحتويات""",
    Role.BOILERPLATE: """related articles; related posts; related; related topics; read next;
        you may also like; recommended; recommended for you; more from us; about the author;
        comments; leave a comment; leave a reply; newsletter; subscribe; share this;
        share this article; follow us; was this helpful; was this article helpful;
        popular articles; latest articles; trending; categories; tags; navigation; site map""",
}
_ROLES = {
    " ".join(name.casefold().split()): role
    for role, names in _NAMES.items()
    for name in names.split(";")
}
# Headings such as 'FAQs about iron' or 'Key points on sleep'.
_OPENINGS = re.compile(
    r"(?:(key (?:points|takeaways|facts))|(frequently asked questions|faqs?|common questions))"
    r"(?: (?:about|on|of|for|from|regarding)\b|\s*[:–—-] )"
)

_BOILERPLATE = re.compile(
    r"""
    skip\ to\ .{1,30} | menu | home | search | close | open | share | print | save | email | login
    | log\ in | sign\ (in|up)\b.{0,60} | register | advertisement | sponsored | loading\W* | next
    | previous | back(\ to\ top)? | scroll\ to\ top | read\ (more|next|less) | show\ (more|less|all)
    | learn\ more | see\ (more|all) | copy\ link | facebook | twitter | x | instagram | pinterest
    | linkedin | whatsapp | youtube | subscribe(\ (now|to)\b.{0,60})? | accept(\ all)?(\ cookies)?
    | reject\ all | (cookie|privacy)\ (policy|settings|preferences|notice)
    | terms\ (of\ (use|service)|and\ conditions) | contact(\ us)? | about(\ us)?
    | we\ use\ cookies\b.{0,200} | \d+\ ?[-–]?\ ?min(ute)?s?\ read(ing\ time)?
    | (estimated\ )?reading\ time\b.{0,30} | \d+\ (comments?|shares?|likes?|views?|votes?)
    | (medically\ |clinically\ |expert[\ -])?(reviewed|written|edited|fact[- ]checked|authored)\ by
      \b.{1,100}
    | (?-i:By\ [A-Z]\w+\ [A-Z][\w.,'’ -]{1,60})
    | (last\ |first\ )?(updated|published|posted|modified|reviewed)
      (\ on|\ at)?[:\ ].{0,40}\d{4}.{0,20}
    | (photo|image|picture|photograph|illustration)(\ credit|\ by|:).{0,80}
    | (©|\(c\)\ |copyright\b).{0,150} | .{0,100}\ball\ rights\ reserved\W*
    | (follow|share|like)\ (us|this)(\ on)?\b.{0,40} | was\ this\ (page|article)?\ ?helpful\W*
    | home\ [›»>/]\ .{1,150} | .{1,40}\ [›»]\ .{1,120}
    """,
    re.VERBOSE | re.IGNORECASE,
)
_DISCLAIMER = re.compile(
    r"(?i)^(?:medical |health )?disclaimer\s*[:–—-]"
    r"|\b(?:not|never)\b.{0,120}\b(?:replace|replacement|substitute)\b"
    r".{0,120}\b(?:advice|doctor|professional)\b"
    r"|\b(?:informational|educational|information) purposes only\b"
    r"|\bfor (?:general )?(?:information|education) only\b"
    r"|\bnot (?:meant as |intended as )?medical advice\b"
)
_DISCLAIMER_LABEL = re.compile(r"(?i)^(?:medical |health )?disclaimer\s*[:–—-]\s*(?=\S)")
# Separators in a byline. One of its parts may be a bare date.
_BYLINE_GAP = re.compile(r"\s*[·•|]\s*|\s+[–—]\s+")
_PROFESSION = 40
_DAY = re.compile(r"(?:\d{1,2}\.? )?[A-Z][a-z]{2,8}\.? (?:\d{1,2}, )?\d{4}")

QUESTION_MARKS = ("?", "？", "؟", "\u037e")
_GREEK_QUESTION = re.compile(r"[Ͱ-Ͽἀ-῿].*;$")
_HEADING_LIMIT = 120
_NUMBER = re.compile(r"^(?:\d{1,2}(?:\.\d{1,2})*[.):]?|[#>*•-]+)\s+")
_LABEL = re.compile(r"^(?:Q|A|Question|Answer)\s?\d{0,3}\s?[:.)]\s+(?=\S)")


@lru_cache(maxsize=1024)
def role_of(heading: str) -> Role | None:
    """Returns the role of the section with that heading; None for running text."""
    if len(heading) > _HEADING_LIMIT:
        return None
    name = _NUMBER.sub("", heading).casefold().replace("’", "'").strip(" :.*_#-–—!?¿¡")
    if found := _OPENINGS.match(name):
        return Role.KEY_POINTS if found[1] else Role.FAQ
    return _ROLES.get(name)


def is_boilerplate(line: str) -> bool:
    """Returns whether the line belongs to the web page and not to the article."""
    if len(line) > 250:
        return False
    text = line.strip(" |")
    return _BOILERPLATE.fullmatch(text) is not None or _is_byline(text)


def _is_byline(line: str) -> bool:
    """Returns whether the line has several pieces of boilerplate: 'By Jo Field · Updated May 2024'.

    With two such pieces, other short ones may be anything, such as the writer's profession.
    """
    parts = [part for part in _BYLINE_GAP.split(line) if part]
    others = [part for part in parts if not _BOILERPLATE.fullmatch(part)]
    found = len(parts) - len(others)
    if found > 1:
        return all(len(part) <= _PROFESSION for part in others)
    return found == 1 and all(map(_DAY.fullmatch, others))


@lru_cache(maxsize=1024)
def is_question(text: str) -> bool:
    """Returns whether the text is one question, short enough for a heading."""
    if not text or len(text) > 200:
        return False
    asks = text.endswith(QUESTION_MARKS) or _GREEK_QUESTION.search(text) is not None
    return asks and len(sentences(text)) == 1


def is_heading(line: str) -> bool:
    """Returns whether a line reads like a heading: short, and not a sentence."""
    if role_of(line) or is_question(line):
        return True
    if len(line) > _HEADING_LIMIT or line.endswith((".", "!", ";", ":", ",", "。", "！", "…")):
        return False
    first = next(filter(str.isalpha, line), "")
    return bool(first) and not first.islower() and len(line.split()) <= 16


def is_disclaimer(text: str) -> bool:
    """Returns whether a paragraph says that it does not replace advice."""
    return len(text) <= 800 and _DISCLAIMER.search(text) is not None


def without_disclaimer_label(text: str) -> str:
    """Returns the text without a leading 'Disclaimer:'."""
    rest = _DISCLAIMER_LABEL.sub("", text, count=1)
    return rest if rest == text else rest[0].upper() + rest[1:]


def without_label(text: str) -> str:
    """Returns the text without a leading 'Q:' or 'Answer 2.'."""
    return _LABEL.sub("", text, count=1)
