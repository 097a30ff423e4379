"""English words that are written in several ways which no ending tells of: irregular forms, and British spellings."""

_IRREGULAR = """
    arise arose arisen, awake awoke awoken, become became, begin began begun, bend bent, bite bitten, bleed bled,
    blow blew blown, break broke broken, breed bred, bring brought, build built, burn burnt, buy bought, catch caught,
    choose chose chosen, cling clung, come came, creep crept, deal dealt, dig dug, draw drew drawn, dream dreamt,
    drink drank drunk, drive drove driven, eat ate eaten, fall fell fallen, feed fed, feel felt, fight fought,
    find found, flee fled, fling flung, fly flew flown, forbid forbade forbidden, forget forgot forgotten,
    forgive forgave forgiven, freeze froze frozen, get got gotten, give gave given, go goes went gone,
    grow grew grown, hang hung, hear heard, hide hid hidden, hold held, keep kept, kneel knelt, know knew known,
    lay laid, lead led, lean leant, leap leapt, learn learnt, lend lent, lose lost, make made, mean meant, meet met,
    mistake mistook mistaken, overcome overcame, overtake overtook overtaken, pay paid, prove proven, rebuild rebuilt,
    rewrite rewrote rewritten, ride rode ridden, ring rang, rise risen, run ran, say said, see saw seen, seek sought,
    sell sold, send sent, sew sewn, shake shook shaken, shine shone, shoot shot, show shown, shrink shrank shrunk,
    sing sang sung, sink sank sunk, sit sat, sleep slept, slide slid, smell smelt, sneak snuck, speak spoke spoken,
    speed sped, spell spelt, spend spent, spill spilt, spin spun, spit spat, spring sprang sprung, stand stood,
    steal stole stolen, stick stuck, sting stung, strike struck, swear swore sworn, sweep swept, swell swollen,
    swim swam swum, swing swung, take took taken, teach taught, tear tore torn, tell told, think thought,
    throw threw thrown, undergo underwent undergone, understand understood, undertake undertook undertaken,
    uphold upheld, wake woke woken, wear wore worn, weave wove woven, weep wept, win won, withdraw withdrew withdrawn,
    withhold withheld, withstand withstood, write wrote written,
    child children, foot feet, goose geese, knife knives, loaf loaves, man men, mouse mice, shelf shelves,
    thief thieves, tooth teeth, wife wives, wolf wolves, woman women
"""

_BRITISH = """
    aluminum aluminium, analog analogue, anemia anaemia, archeology archaeology, armor armour, artifact artefact,
    behavior behaviour, catalog catalogue, center centre, centimeter centimetre, color colour, defense defence,
    dialog dialogue, encyclopedia encyclopaedia, endeavor endeavour, estrogen oestrogen, favor favour,
    favorite favourite, fiber fibre, flavor flavour, gray grey, harbor harbour, honor honour, humor humour,
    judgment judgement, kilometer kilometre, labor labour, leukemia leukaemia, license licence, liter litre,
    maneuver manoeuvre, meter metre, millimeter millimetre, mold mould, neighbor neighbour,
    neighborhood neighbourhood, odor odour, offense offence, parlor parlour, pediatric paediatric, plow plough,
    practice practise, program programme, rumor rumour, skeptic sceptic, splendor splendour, sulfur sulphur,
    theater theatre, tumor tumour, vapor vapour, vigor vigour
"""


def _by_form(table: str) -> dict[str, str]:
    groups = (group.split() for group in table.split(","))
    return {form: base for base, *forms in groups for form in forms}


IRREGULAR = _by_form(_IRREGULAR)
"""Form → the word that it is a form of. Those are left out that are as often another word: *bit*, *ground*, *left*,
*lives*, *rose*; and forms of what only stands in questions: *be*, *do*, *have*."""

AMERICAN = _by_form(_BRITISH)
"""British spelling → American spelling, for words that an ending follows as it follows others; those in *-ise* and
*-yse* are told by their stems."""
