"""What the short words of a message point back to: "both", "the second one", "the other one", "the pill", "those".

And who is asking, where a message says so ("I'm a nurse", "my mum is on ..."). These are closed classes of words, so
they are read by rule; what a message asks is the classifier's to say. Nothing of the text is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from helpline.knowledge import Knowledge
from helpline.question import Memory, Reference

_ONE = r"(?:one|drug|medicine|medication|option|treatment|choice|pill|tablet|injection|shot|infusion)"
_PLACES = {
    "first": 0,
    "1st": 0,
    "second": 1,
    "2nd": 1,
    "third": 2,
    "3rd": 2,
    "fourth": 3,
    "4th": 3,
    "fifth": 4,
    "5th": 4,
    "last": -1,
    "former": 0,
    "latter": -1,
}
# "the second" alone, or before a verb; "the second cycle" and "the first week" are something else.
_VERB = (
    r"(?:is|are|was|goes|go|does|do|has|have|can|could|will|would|causes?|comes?|works?|gets?|given|taken|also|too"
    r"|please|then)"
)
_PLACE = re.compile(
    rf"\bthe ({'|'.join(_PLACES)})(?: {_ONE}\b|(?= ?(?:$|[?.!,;]))|(?= {_VERB}\b)"
    r"|(?= of (?:them|these|those|the two)\b))"
    rf"|^(?:number|no|nr|option) ?([1-5])$|^([1-5])$"
)
_BOTH = re.compile(r"\bboth\b|\b(?:the|these|those) two\b|\btwo of them\b|\beither(?: one)?(?: of them)?\b")
_THREE = re.compile(r"\b(?:all|the|these|those) three\b|\bthree of them\b")
_MANY = re.compile(r"\b(?:they|them|their|theirs|these|those|each one|each of)\b")
_OTHER = re.compile(
    rf"\b(?:the|that) other(?: {_ONE}\b|(?= ?(?:$|[?.!,;]))|(?= {_VERB}\b))"
    rf"|^(?:(?:and|or|so|ok|what about|how about) )*other(?: {_ONE})?\W*$"
)
_NARROWS = re.compile(
    r"\b(?:which|what|any|some|one|none|how many|do any) (?:one |ones )?of (?:those|these|them|the)\b|\bwhich ones?\b"
)
_ROUTES = {
    "pill": r"pill|tablet|capsule",
    "injection": r"shot|injection|jab|needle",
    "infusion": r"infusion|drip|iv",
}
_ROUTE = {
    route: re.compile(
        rf"\bthe (?:{words})(?: (?:one|version|form|drug|medicine))?"
        rf"(?= ?(?:$|[?.!,;])|(?: {_VERB}\b| (?:take|cost|hurt|last)))"
        # "the one you get by drip", "the one that is a tablet"
        rf"|\bthe one (?:\w+ ){{0,3}}(?:by|via|through|with|in|as|is|an?) (?:an? |the |my )?(?:{words})\b"
    )
    for route, words in _ROUTES.items()
}
_EFFECTS = re.compile(r"\bside[- ]?effects\b|\b(?:risks|dangers|warnings?)\b")
_GRAVE = re.compile(r"\b(?:bad|badly|severe|severely|serious|worst|dangerous|terrible|awful)\b")
_OTHERS = re.compile(
    r"\b(?:the|those|these) (?:other (?:two|three|ones|drugs|medicines|pills|tablets|kinds)|others)\b"
    r"|\bthe rest of them\b"
    r"|\bthe others? (?:ones? )?of (?:that|this|the same|its) (?:sort|kind|type|class|group|family)\b"
)
_CORRECTS = re.compile(
    r"^(?:(?:oh|ah|ok|hang on|hold on) )?(?:no+|nope|sorry|oops|actually|wait|not|i mean|i meant|i said|correction)\b"
    r"|\b(?:mixed (?:\w+ ){1,3}up|mix(?:ed|ing) up|got (?:\w+ ){1,3}mixed up|my mistake|wrong (?:one|drug|name))\b"
)
# Somebody says how frightened or desperate they are, or somebody close is.
_AFRAID = re.compile(
    r"\b(?:(?:i|we|she|he|mum|mom|dad)(?:'m| am|'re| are|'s| is)?|(?:my|our) \w+(?: is)?|so|very|really|been"
    r"|feel|feeling) (?:so |very |really |just |all |a bit |that |getting |absolutely |completely |lying here )*"
    r"(?:scared|terrified|frightened|petrified|panicking|in a panic|worried sick|worried|in tears|crying|sobbing"
    r"|shaking|heartbroken|devastated|overwhelmed|freaking out|desperate|losing it|beside myself"
    r"|afraid(?! (?:i|we|so|not|that i|that we)\b))\b"
    r"|\b(?:scares|terrifies|frightens|(?:is|are) (?:scaring|frightening|terrifying)) (?:me|us|her|him)\b"
    r"|\bterrified\b|\bscared (?:to death|stiff|stupid|out of)\b|\bcan'?t stop crying\b"
)
# Somebody wants to hear the last answer once more, or says that it was none.
_AGAIN = re.compile(
    r"^(?:(?:sorry|pardon|please|can|could|would|will) )*(?:you )?(?:please )?"
    r"(?:repeat|(?:say|tell me|show me|write) (?:that|it|this) (?:again|once more)|go back"
    r"|what did you (?:just )?say)\b"
)
_COMPLAINS = re.compile(
    r"\b(?:you (?:did ?n[o']?t|do ?n[o']?t|have ?n[o']?t|are not|aren'?t|never) (?:really |even )?"
    r"(?:answer\w*|help\w*|listen\w*|understand\w*|read\w*)"
    r"|(?:this|that|it|you)(?: is|'s| are|'re)? (?:so |just |totally |completely |absolutely )?"
    r"(?:useless|no (?:use|help|good)|not help(?:ing|ful)|unhelpful|rubbish|stupid|a waste|a joke|hopeless)"
    r"|useless (?:bot|thing|machine|computer|chat)|stupid (?:bot|thing|machine|computer|chat))\b"
)
# A message with none of these asks nothing: somebody tells what happened.
_ASKS = re.compile(
    r"\?|\b(?:how|what|whats|what's|why|when (?:does|do|will)|which|who|whether|any ?one|any ?body"
    r"|any (?:tips?|ideas?|advice|experience)|is (?:it|this|that|there|he|she|my)|are (?:there|they|you|these)|does|did"
    r"|do (?:i|you|we|they)|can (?:i|you|we|it|they|she|he|this)|could|should|shall|shud"
    r"|will (?:i|it|this|they|she|he|my)|would (?:it|you|that)|if|wonder(?:ing)?|want to know|tell me|please explain)\b"
    r"|^(?:is|are|was|can|will|do|has|have|had (?:any)|should|may|might)\b"
)
_THEIR_HELP = r"(?:they|nurse|ward|clinic|hospital|doctor|team)"
_CALLED = re.compile(
    r"(?:^|\b(?:just|already|(?:i|we|she|he|they|mum|mom)(?:'ve| have|'s| has)?(?: just)?) )"
    r"(?:called|phoned|rang|rung|spoken? to) (?!back\b)\w+"
    rf"|\b{_THEIR_HELP}(?:'re| are| is|'ll| will)? (?:seeing|calling|coming|sending|see|call|look(?:ing)? after)\b"
    r"|\b(?:ambulance|help|paramedics?) (?:is|are) (?:coming|on|here)"
    r"|\b(?:on (?:my|our) way|(?:i|we)(?: am|'?m| are|'re) at) (?:to |in )?(?:the )?"
    r"(?:a&e|er|e\.r|hospital|ward|clinic|emergency)"
)
_ORGANS = {
    "heart": "heart|cardiac",
    "lungs": "lungs?",
    "liver": "liver",
    "kidneys": "kidneys?|renal",
    "eyes": "eyes?|eyesight|vision|sight",
    "hair": "hair",
    "nerves": "nerves?",
    "skin": "skin",
    "mouth": "mouth",
    "platelets": "platelets?",
    "sugar": "sugars?|glucose",
}
_ORGAN = {organ: re.compile(rf"\b(?:{words})\b") for organ, words in _ORGANS.items()}
# Another medicine that is taken with the one that we talk about, or against what it does.
_BESIDE = re.compile(
    r"\b(?:together|with (?:it|this|that|them|these|those)|as well|too|also|at the same time|alongside"
    r"|while (?:on|taking)|on top|besides|mix(?:ed|es|ing)?|clash(?:es)?|interact\w*|allowed)\b"
    r"|\b(?:can|could|may|should|is it (?:ok|okay|alright|all right|safe|fine) (?:to|if)|ok (?:to|if)|am i allowed to)"
    r" (?:(?:i|she|he|we|my \w+) )?(?:still )?(?:have|take|use|keep|carry on|stay|go on|get|be on|takes?)\b"
    r"|\b(?:i|she|he)(?:'m| am|'s| is)? (?:also |already |still )?(?:on|take|takes|taking|use|uses)\b"
    r"|\b(?:ok|okay|safe|fine|alright|all right)\?*$"
)
_HELPS = re.compile(
    r"\b(?:help(?:s|ed)?|works?|take|takes|use|used?|swears?|good|give|given) (?:\w+ )?"
    r"(?:for|against|by|with) (?:it|that|this|them)\b"
    r"|\b(?:would|does|do|will|can|could|did) (?:\w+ ){1,3}(?:help|work|do the trick)\b|\bswears? by\b"
)
_CAUSES = re.compile(
    r"\b(?:gives?|causes?|gets?|leads? to|turns? into|risk of|develops?|bring on|triggers?|end up with)\b"
)
_COMPARED = (
    r"(?:less|more|least|most|worse|worst|better|best|milder|mildest|gentler|gentlest|kinder|easier|easiest|harder|hardest"
    r"|harsher|harshest|rougher|tougher|stronger|strongest|weaker|nicer|fewer|fewest)"
)
_WEIGHS = re.compile(
    r"\bwh(?:ich|at)(?: (?:one|drug|pill|medicine))?(?: of (?:the(?:m|se)?|those)(?: (?:two|three|drugs|pills))?)?"
    rf"(?: \w+){{0,4}} {_COMPARED}\b"
    rf"|\bis (?:either|one|any) of (?:them|these|those|the two)\b.*\b{_COMPARED}\b"
    rf"|\b{_COMPARED}\b.*\bof the (?:two|three|[23])\b"
    rf"|^(?:and |so )?(?:the )?{_COMPARED} (?:one|of (?:them|the two))\W*$"
)
# The endings of our drugs' names: a word like that, linked to nothing, is a drug that we do not know.
_DRUG_LIKE = re.compile(r"\b[a-z]{4,}(?:mab|tinib|ciclib|parib|lisib|sertib|limus|strant|tecan|tansine)\b")
_WHAT_ABOUT = re.compile(r"^(?:(?:ok(?:ay)?|so|and|but|right|then) )*(?:what|how|wat) (?:about|abt|bout)\b")
# "how often", "how frequently is it repeated": of what was just told; "how often do I take it" is another question.
_REPEATS = re.compile(
    r"^(?:(?:and|so|ok|but) )*how (?:often|frequently|regularly|many times)"
    r"(?: (?:do|does|is|are|will|would|must|should) (?:they|it|this|that|these|those|i|she|he|we))?"
    r"(?: (?:be|get|have|need|to))*(?: (?:it|that|this|them))?"
    r"(?: (?:repeated|done|redone|checked|tested|looked at|measured|happen))?(?: again)?\W*$"
)
# "my wife takes Phesgo since May", "I started Nerlynx yesterday": told, and nothing asked.
_TELLS_DRUG = re.compile(
    r"^(?:(?:hi|hello|hey|so|well|ok) )*(?:i|we|she|he|my \w+)(?:'m|'s|'ve| am| is| has| have| was| will be)?"
    r"(?: (?:just|now|also|been|only|going to|about to|to))*"
    r" (?:take|takes|taking|took|start(?:s|ed|ing)?|on|put on|given|get|gets|getting|got)"
    r"(?: (?:on|the|a|her|his|my|it is|called))*(?: [\w-]+){1,2}"
    r"(?: (?:(?:since|from|in|for|last|this|next|on|about|a) [\w ]{1,24}|today|yesterday|tomorrow|tonight|now))?[.! ]*$"
)
_FORGOT_NAME = re.compile(
    r"\b(?:forg[eo]t(?:ten)?|don't (?:know|remember)|dont (?:know|remember)|can't remember|cant remember|not sure of)"
    r"(?: \w+){0,2} name of (?:my|the|her|his|this|that) (?:\w+ )?"
    r"(?:drug|pills?|medicine|medication|tablets?|capsules?|treatment|drip)\b"
)
# Words that say nothing of their own beside a name.
_SIGNS = ".,;:!?()\"'"
_EMPTY = frozenset(
    re.findall(
        r"\S+",
        """
        and or so ok okay but then also too as well what whats what's how about abt bout for on with the a an this
        that it is are were do does did you one ones my your her his their same please pls thanks yes no not i mean
        meant i'm im was now instead again back to of drug medicine medication drugs pill pills tablet tablets
        injection infusion treatment try said say called name she he we they me just maybe next tell more sorry oops
        oh ah hi hello if in by from
        """,
    )
)
_IT = re.compile(r"\b(?:it|this|that)\b")
_SAME = re.compile(r"\bsame(?: (?:thing|story|here|problem))?\W*$")
_FEW_WORDS = 4
# "does the same go for Perjeta", "is that the same one as for Piqray": what was asked last, of another drug.
_SAME_FOR = re.compile(
    r"\b(?:same|that|this|it)(?: also)? (?:(?:goes|go|counts?)(?: too| as well)? for"
    r"|(?:applies|apply|holds?|true)(?: too| as well)? (?:for|to|of|with|on))\b"
    r"|\bsame(?: \w+){0,2}(?: as)? (?:for|with|on|applies to) "
)
# What was, and what is: a name belongs to the last of these before it, within its sentence.
_WAS = (
    r"\b(?:(?:have|has|'ve|'s) had|had|(?:was|were) (?:\w+ )?on|(?:been|went|gone) through"
    r"|used to (?:take|be on|have|get)"
    r"|previously|formerly|before that|failed|finish(?:ed|es)?|completed|stopped|came off|started (?:out |off )?with"
    r"|(?:chang|switch|mov|swapp)ed(?: \w+){0,3} from|went from|tried|progressed on|first line was)\b"
)
_IS = (
    r"\b(?:now|then|currently|today|these days|at the moment|next|to|onto|instead|(?:is|am|are|'m|'s|be|been) on"
    r"|start(?:s|ing)?|begins?|wants?|offer(?:s|ed|ing)?|mention(?:s|ed)?|suggest\w*|recommend\w*|talk\w*|will|gets?|getting"
    r"|takes?|taking|putting|put|new|is|are|does|can|what|how|which|or|vs|versus|than)\b"
)
_WAS_OR_IS = re.compile(rf"(?P<was>{_WAS})|(?P<is>{_IS})")
_ENDED = re.compile(
    r"^(?:,? (?:and |but |which )?(?:both |it )?(?:failed|stopped working)\b)"
    r"|^(?:\s*(?:\+|and|plus|with|&)\s*\w+){0,2}\s*(?:(?:and|which|but|it|that|then|both)\s+){0,2}"
    r"(?:failed|stopped working|gave (?:me|her|him|us)|bought|got (?:me|her|him) (?:\w+ ){0,3}(?:months|years)"
    r"|worked (?:for|until|till)|kept (?:it|things)|years ago|last year|in (?:19|20)\d\d|before that|in the past)\b"
)
_AFTER = re.compile(
    r"\b(?:after|following|post|since finishing)(?: (?:my|her|his|the|a|an|\w+ (?:years?|months|cycles|rounds|doses) of"
    r"|year of|finishing|having|getting|completing|stopping|failing|and|plus|\w+ and|\w+ plus))* $"
)
# "now we are changing to something called Orserdu"
_CHANGES_TO = re.compile(
    r"\b(?:chang|switch|mov|swapp?|go)(?:ed|ing|es|e)?(?: \w+){0,2} (?:over |on)?to"
    r"(?: (?:a|the|something|this|one|pill|drug|new|called|named))* $"
)
# "six months of Kadcyla and now ..."
_FOR_MONTHS = re.compile(r"\b(?:weeks?|months?|years?|cycles?|rounds?|doses?) (?:of|on) $")
_AND_NOW = re.compile(r"^,? (?:and|but|then|so) (?:then )?now\b")
# "what is in it besides Herceptin": that one is known already.
_BESIDES = re.compile(r"\b(?:besides|apart from|aside from|other than|except(?: for)?)(?: the)? $")
_CONTRASTED = re.compile(r"[\s,.;-]*(?:but|(?:i|she|he|they|it)(?:'?m|'?s|'?re| am| is| are)|its|im|hers|mine)\b")
_WITH = re.compile(r"\b(?:with|alongside|in addition to)(?: the)? $")
_OF_ALL = re.compile(r"\b(?:out of|of|among) all\b")
_SENTENCE_END = re.compile(r"[.?!;\n]")
_NEGATED = re.compile(r"\b(?:not|instead of|rather than)(?: (?:the|about|on))? $")

_I_AM = r"(?:i am|i'?m|as|speaking as)"
_PROFESSION = (
    r"(?:(?:oncology|breast|care|chemo|research|clinical|nurse|hospital|community|medical|radiation|surgical|junior"
    r"|specialist|registered|family|retired|consultant) )*"
    r"(?:nurse|doctor|physician|oncologist|pharmacist|gp|clinician|surgeon|radiologist|registrar|rn|medic"
    r"|nurse practitioner|physician assistant|health ?care professional|hcp|medical student)"
)
_CLINICIAN = re.compile(
    rf"\b{_I_AM} (?:an? |the |her |his |their )?{_PROFESSION}\b(?! appointment|'s| told| said| says| gave| wants)"
    rf"|^(?:{_PROFESSION}) here\b|\b(?:my|our) patients? (?:is|are|has|have|was|on|takes?|started|asks?|with)\b"
)
_FEMALE = (
    r"(?:mum|mom|mam|mother|mommy|mummy|wife|sister|daughter|aunt|auntie|grandmother|grandma|granny|nan|gran|niece)"
)
_ANYONE = rf"(?:{_FEMALE}|husband|partner|girlfriend|boyfriend|best friend|friend|dad|father|brother|cousin|spouse)"
_IN_LAW = r"(?:[- ]in[- ]law)?"
# "my husband is worried" is said by a patient; "my husband is on Kisqali" is not.
_TREATED = (
    r"(?:(?:is|was|has|had|been|just|now|also|still|currently|recently|will|be|got|about|to) ){0,4}"
    r"(?:on|taking|takes?|starting|starts?|started|given|getting|gets|having|diagnosed|prescribed|put on|receiving)\b"
)
_HAS = r"(?:has|had|got)\b(?! (?:told|said|asked|read|found|heard|a question|been (?:told|great|there)))"
_CAREGIVER = re.compile(
    rf"\bmy {_ANYONE}{_IN_LAW}(?:'s)? {_TREATED}"
    rf"|\bmy {_FEMALE}{_IN_LAW} (?:{_HAS}|is (?:her2|er|hr|hormone|triple|stage))"
    rf"|\b(?:does|can|could|should|is|may) my {_FEMALE}\b|\bfor my {_FEMALE}\b"
    rf"|\b{_I_AM} (?:an? |the |her |his |their |my \w+'?s )(?:\w+ )?(?:{_ANYONE}|son|carer|caregiver|care giver)\b"
    r"|\b(?:caring|i care|carer|caregiver) for (?:my|her|him|someone)\b"
    r"|\basking (?:for|on behalf of) (?:my|someone|a friend)\b"
)
_KIND_OF_CANCER = (
    r"(?:metastatic|advanced|early|stage|her2|er|hr|positive|negative|triple|[1-4]|four|iv|iii|ii|two|three)"
)
_PATIENT = re.compile(
    r"\b(?:i am|i'?m) (?:the|a) (?:breast cancer )?patient\b"
    r"|\b(?:it is|it'?s) (?:for me|for myself)\b|\basking for myself\b"
    rf"|\bi (?:have|had|got) (?:{_KIND_OF_CANCER}[- ])*breast cancer\b"
    r"|\bi was diagnosed\b|\bi(?:'ve| have) been (?:diagnosed|prescribed|put on)\b"
)

# "I forgot my Ibrance", said after "my mum is on it": now somebody asks for themselves.
_SELF = re.compile(
    r"\bi(?:'m| am)(?: now| also)? (?:on|taking|starting)\b|\bi (?:forgot|missed|take|took|skipped) (?:my|mine)\b"
    r"|\bwill i (?:lose|get|feel|need|have|be (?:sick|ill|tired|able))\b|\bdo i have left\b|\b(?:put|has) me on\b"
    r"|\bmy (?:own|hair|skin|mouth|feet|hands|nails|infusions?|treatment|scans?|tumou?r|cancer)\b"
)

# The first that is heard counts: what a professional says of themselves, and "I" after whom somebody asks for.
_WHO = (("clinician", _CLINICIAN), ("patient", _PATIENT), ("caregiver", _CAREGIVER), ("patient", _SELF))


def read(text: str) -> Reference:
    """Return what a message points back to."""
    text = _plain(text)
    place = _PLACE.search(text)
    return Reference(
        place=_place(place) if place else None,
        both=bool(_BOTH.search(text)),
        three=bool(_THREE.search(text)),
        many=bool(_MANY.search(text)),
        other=bool(_OTHER.search(text)),
        others=bool(_OTHERS.search(text)),
        narrows=bool(_NARROWS.search(text)),
        route=next((route for route, words in _ROUTE.items() if words.search(text)), None),
        points_by_route="the one " in text and any(words.search(text) for words in _ROUTE.values()),
        effects=bool(_EFFECTS.search(text)),
        grave=bool(_GRAVE.search(text)),
        corrects=bool(_CORRECTS.search(text)),
        tells=bool(text) and not _ASKS.search(text),
        called=bool(_CALLED.search(text)),
        organs=tuple(organ for organ, words in _ORGAN.items() if words.search(text)),
        beside=bool(_BESIDE.search(text)),
        helps=bool(_HELPS.search(text)),
        causes=bool(_CAUSES.search(text)),
        weighs=bool(_WEIGHS.search(text)),
        of_all=bool(_OF_ALL.search(text)),
        again=bool(_AGAIN.search(text)),
        complains=bool(_COMPLAINS.search(text)),
        afraid=bool(_AFRAID.search(text)),
        tells_drug=bool(_TELLS_DRUG.search(text)),
        forgot_name=bool(_FORGOT_NAME.search(text)),
        repeats=bool(_REPEATS.search(text)),
        what_about=bool(_WHAT_ABOUT.search(text)),
        drug_like=bool(_DRUG_LIKE.search(text)),
        same=(bool(_SAME.search(text)) and len(text.split()) <= _FEW_WORDS) or bool(_SAME_FOR.search(text)),
        it=bool(_IT.search(text)),
        content=sum(word.strip(_SIGNS) not in _EMPTY for word in text.split()),
        words=len(text.split()),
    )


def _place(match: re.Match[str]) -> int:
    number = match[2] or match[3]
    return int(number) - 1 if number else _PLACES[match[1]]


def audience(text: str) -> str | None:
    """Return who is asking, where the message says so. What a professional says of themselves goes first."""
    text = _plain(text)
    for name, words in _WHO:
        if words.search(text):
            return name
    return None


def is_negated(before: str) -> bool:
    """Return whether a name is set aside by the words before it: "not Kisqali"."""
    return bool(_NEGATED.search(_plain(before) + " "))


def is_contrasted(after: str) -> bool:
    """Return whether the words after a name say what is so instead: "(not Ibrance), I'm on Kisqali"."""
    return bool(_CONTRASTED.match(_plain(after)))


def is_after(text: str, start: int) -> bool:
    """Return whether the name at a place of a text is what comes before another: "after Herceptin, is Nerlynx next"."""
    return bool(_AFTER.search(_plain(_SENTENCE_END.split(text[:start])[-1]) + " "))


def is_changed_to(text: str, start: int) -> bool:
    """Return whether the name at a place of a text is what comes in place of others: "we are changing to Orserdu"."""
    return bool(_CHANGES_TO.search(_plain(_SENTENCE_END.split(text[:start])[-1]) + " "))


def is_partner(text: str, start: int) -> bool:
    """Return whether the name at a place of a text is what something else goes with: "is it given with Ibrance"."""
    return bool(_WITH.search(_plain(_SENTENCE_END.split(text[:start])[-1]) + " "))


def is_past(text: str, start: int, end: int) -> bool:
    """Return whether the name at a place of a text is told as what somebody had: "had Herceptin, now Kadcyla".

    So is one that is set aside: "what is in it besides Herceptin".
    """
    before = _SENTENCE_END.split(text[:start])[-1].lower().replace("\u2019", "'")
    told = [m.lastgroup for m in _WAS_OR_IS.finditer(before)]
    after = text[end:].lower()
    is_over = _FOR_MONTHS.search(before) and _AND_NOW.match(after)
    return told[-1:] == ["was"] or bool(is_over or _ENDED.match(after) or _BESIDES.search(before))


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("\u2019", "'").split())


def resolve(refers: Reference, memory: Memory, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the ids that a message points back to, in the order in which they were shown or named.

    More than one for a word that means one ("the pill", "the other one") are those that it may mean.
    """
    drugs = drugs_of(memory.subjects, knowledge)
    spoken_of = tuple(reversed(memory.recent))
    if refers.place is not None:
        # A list of side effects to choose from is forgotten once something else was asked.
        listed = memory.listing if memory.pending or drugs_of(memory.listing, knowledge) else ()
        row = listed or (drugs if len(drugs) > 1 else spoken_of)
        return row[refers.place :][:1] if refers.place < len(row) and len(row) > 1 else ()
    if refers.both:
        pairs = (drugs, memory.listing, spoken_of[-2:])
        return next((pair for pair in pairs if len(pair) == 2), ())
    if refers.three:
        triples = (drugs, memory.listing, spoken_of[-3:])
        return next((triple for triple in triples if len(triple) == 3), ())
    if refers.other:
        return _other(drugs, memory)
    if refers.others:
        return _all_others(drugs, memory, knowledge)
    if refers.route:
        in_play = dict.fromkeys(drugs_of((*drugs, *memory.recent, *memory.listing), knowledge))
        given = tuple(i for i in in_play if knowledge.subjects[i].route == refers.route)
        return tuple(i for i in given if i in drugs) or given
    if refers.many and len(drugs) != 1:
        return drugs or memory.listing
    return ()


def means_one(refers: Reference) -> bool:
    """Return whether the words point to one thing, so that more than one must be asked about."""
    return refers.other or (refers.route is not None and not refers.both)


def drugs_of(ids: Iterable[str], knowledge: Knowledge) -> tuple[str, ...]:
    """Return the drugs among some ids."""
    return tuple(i for i in ids if i in knowledge.subjects and knowledge.subjects[i].kind == "drug")


def _other(drugs: tuple[str, ...], memory: Memory) -> tuple[str, ...]:
    if len(drugs) > 1:
        return drugs
    of_two = memory.listing if len(memory.listing) == 2 and set(drugs) <= set(memory.listing) else memory.recent
    return tuple(i for i in of_two if i not in drugs)[:1]


def _all_others(drugs: tuple[str, ...], memory: Memory, knowledge: Knowledge) -> tuple[str, ...]:
    """Return the drugs of the last list that are not spoken of now; without a list, the others of their kind."""
    listed = drugs_of(memory.listing, knowledge)
    kinds = {knowledge.subjects[i].class_id for i in drugs}
    of_kind = tuple(d.id for d in knowledge.of_kind("drug") if d.class_id in kinds)
    row = listed if len(listed) > len(drugs) and set(drugs) <= set(listed) else of_kind
    return tuple(i for i in row if i not in drugs)
