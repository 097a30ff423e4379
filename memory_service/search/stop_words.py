"""Words of a question that say nothing about its subject."""

_WORDS = """
    a an the this that these those
    i me my we us our you your he him his she her it its they them their
    am is are was were be been being do does did doing done have has had having
    can could shall should will would may might must
    and or but nor not no if then than so because as while until
    of at by for with about against between into through during before after above below to from up down in out on off
    over under again further once here there
    what which who whom whose when where why how much many kind kinds
    all any both each few more most other some such only own same too very just also ever
    s t d ll m re ve
    please tell show give find know get describe explain summarize summarise
    say says said mention mentioned discuss discussed discussing
"""

STOP_WORDS = frozenset(_WORDS.split())
"""Left out of a query when other words remain. Articles, pronouns, auxiliaries, prepositions, question words, what an
apostrophe leaves behind, and the verbs with which one asks, or asks for what somebody told."""
