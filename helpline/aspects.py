"""Which part of a topic a message asks about: "can I breastfeed" of pregnancy, "a flu shot" of interactions.

The classifier tells the topic; these few words tell what to say first within it. Only their names are kept, never the
text. An aspect that is heard wrongly changes which of our sentences stands first, and no fact.
"""

from __future__ import annotations

import re

from helpline.wording import fold

# How a drug is given, as the word of `route` in the drug files.
ROUTES = {
    "pill": r"pills?|tablets?|capsules?|by mouth|swallow(?:ed)?|oral",
    "infusion": r"iv|infusions?|infused|drips?|intravenous(?:ly)?|(?:into|through|in) (?:a|the|my) vein",
    "injection": r"shots?|injections?|injected|injectables?|jabs?|needles?|under the skin",
}
# Whom a question is about.
SOMEBODY = (
    r"(?:me|us|her|him|them|someone|somebody|people|a person|(?:my|our|her|his) (?:\w+ )?"
    r"(?:mum|mom|mother|wife|sister|daughter|aunt|gran\w*|nan|friend|husband|dad|father|partner|patients?))"
)
_WHO = r"(?:i|we|she|he|they|you|mum|mom|dad|(?:my|our|her|his) \w+)"
_FINE = r"(?:ok|okay|fine|safe|saf|alright|all right|allowed|alowed|permit(?:ted)?|possible|bad|dangerous|a problem)"
_VALUED = r"(?:good|bad|normal|ok|okay|fine|high|low|too \w+|dangerous|worrying|serious)"
# A decision, or a judgement about one person, that is not ours. The first heard chooses the words that decline it.
STOPPING = {
    "second_opinion": r"(?:get\w*|want\w*|need\w*|seek\w*|ask\w* for|have|having|about|worth) (?:a |an |my )?"
    r"(?:second|2nd|another|other|different) (?:opinion|doctor|oncologist)"
    r"|(?:is|was|are|could|has) (?:my|her|his|our) (?:doctors?|oncologists?|consultant|surgeon|nurse|team)(?: \w+){0,2}"
    r" (?:wrong|right about|mistaken|made a mistake|making a mistake)"
    r"|(?:docs?|doctors?|onc\w*|consultants?|surgeons?) .*who(?:s| is) (?:right|rite|correct)"
    r"|which (?:doctor|consultant|opinion)(?: \w+){0,3} (?:right|correct|believe|trust)"
    r"|do you agree with (?:my|her|his|our|the) (?:doctors?|oncologists?|onc|consultant|surgeon|team)"
    r"|disagree with (?:my|her|his) (?:doctor|onc\w*|team)",
    "results": r"(?:what (?:do|does|did|would)|explain|interpret|read|understand|make sense of|look at) (?:\w+ )?"
    r"(?:my|her|his|mums?|moms?|these|this) (?:\w+ ){0,4}(?:results?|reports?|scans?|labs?|bloodwork|numbers?|counts?|"
    r"markers?|pathology|biopsy|x ray|mri|ct|pet)"
    r"|what (?:does|do|would) (?:it|this|that|these|they) mean for (?:me|us|her|him|my \w+)"
    r"|\d+%?(?! (?:mg|pills?|tablets?|times|hours?|days?|weeks?|months?|years?)\b)(?: \S+){0,6}"
    rf" (?:is|are) (?:that|tht|this|it|they|those) {_VALUED}"
    rf"|(?:is|are) \d+%? {_VALUED}",
    "best": r"(?:wh?ich|what)(?: \w+){0,3} (?:is|are|works?|would be|do you recommend)(?: \w+){0,3} "
    r"(?:best|bet+er|stronger|strongest|safest|safer)|(?:the )?best (?:drug|medicine|treatment|option|one|choice)"
    r"|(?:is|are) \w+(?: \w+)? (?:better|stronger|safer) than|which (?:one )?(?:should|would|do) (?:i|you|we|she|he)"
    r"|which(?: one)? (?:i|we|she|he) should|(?:how am i|how are we) (?:meant|supposed) to (?:know|choose)"
    r"|(?:just )?tell me which(?: one)?(?= (?:to|i|we|is)\b|$)"
    r"|if (?:it|this|that|she|he|i) (?:was|were) (?:your|you)(?: own)?(?: (?:mum|mom|mother|wife|sister|husband|body))?"
    r"|whats (?:better|best)|rank|(?:least|leest|fewest|mildest) side ef+ects?",
    "safe_for_me": r"safe (?:for|4) (?:me|us|her|him|my \w+|someone|somebody|people|a person)|(?:ok|okay) (?:for|4) me"
    r"|(?:can|could|may|should|shud) (?:i|she|he|we|my \w+)(?: \w+){0,2} (?:take|have|use|get|be on|go on|start)"
    r"(?: \w+){1,4} (?:with|if i have|if she has|if he has|having) (?:my|her|his|an?|bad|high|low|fatty|weak|one)"
    r"(?: \w+)? (?:heart|hart|liver|kidneys?|lungs?|qt|blood pressure|diabetes|asthma|condition|problems?|disease)"
    rf"|(?:hurt|harm|(?:be )?(?:bad|too (?:much|strong|harsh|risky)|dangerous|risky) (?:for|4)) {SOMEBODY}",
    "skip": r"skip(?:ping)?|miss(?:ing)? (?:one|a few) on purpose",
    "switch": r"switch(?:ed|ing)?|swap(?:ped|ping)?|chang(?:e|ing) (?:to|from|over|my|her|his|drugs?|meds?|medicines?)",
    "taper": r"taper(?:ing)?|wean(?:ing)?|cut(?:ting)? (?:down|back|it|my|the)|lower(?:ing)? (?:the|my|her|his)"
    r"|reduc(?:e|ing)|halve|half (?:a|the|my)|less of it|every other day|lower dose",
    "stop": r"stop\w*|quit\w*|come off|coming off|get off|give up|pause|break|delay\w*|postpone",
    "start": r"(?:start(?:ing)?|begin(?:ning)?|go on|going on|try(?:ing)?|ask for)",
}
INTERACTION = {
    "vaccine": r"vac+in\w*|immuni[sz]ation\w*|mmr"
    r"|(?:flu|covid|shingles|pneumonia|booster|rsv|tetanus|travel) (?:shots?|jabs?|boosters?)"
    r"|boosters?",
    "alcohol": r"(?:can|could|may|should) (?:i|we|she|he)(?: still)? drink(?= (?:on|at|while|when|with|tonight)\b|$)"
    r"|alcohol|wine|beers?|drinks|drinking|vodka|whisk\w+|gin|cocktails?|champagne|booze|a drink|glass of",
    "supplement": r"supplements?|vitamins?|herbs?|herbal|turmeric|curcumin|cbd|cannabis|marijuana|weed|st johns? wort"
    r"|probiotics?|biotin|melatonin|ginger|ginseng|omega|fish oil|magnesium|zinc|iron|calcium|mushrooms?|green tea"
    r"|echinacea|ashwagandha|collagen|protein powder",
    "food": r"eat(?:ing?)?|ramadan|(?:can|to) fast|soya"
    r"|foods?|diet|grapefruits?|meals?|fruits?|juice|sushi|soy|milk|dairy|cheese|coffee|caffeine"
    r"|spicy|sugar|pomelo|breakfast|snack|empty stomach|fasting",
}
MISSED = {
    "too_much": r"doubl\w+\b(?! check)"
    r"|(?:took|taken|take|had) (?:it |them |my \w+ |two |2 |one )?(?:twice|extra|too (?:much|many))"
    r"|extra (?:dose|pill|tablet|capsule|one)"
    r"|(?<!missed )(?<!forgot )(?<!skipped )two (?:doses|pills|tablets|at once)",
    "vomited": r"vomit\w*|threw (?:it |them |up)|throw(?:ing)? (?:it )?up|thrown up|puked?|sick after",
}
PROGNOSIS = (
    r"how (?:long|much time) (?:do|have|has|will|does|did|would) (?:i|she|he|we|they|my \w+)(?: \w+)? "
    r"?(?:(?:have|got)(?! to\b)|live|left|survive|last)"
    r"|will (?:i|she|he|my \w+) (?:die|survive|live|make it|be (?:ok|okay|cured|fine))"
    r"|(?:my|her|his) (?:chances?|prognosis|odds|outlook|life expectancy|survival)|am i (?:dying|going to (?:die|live))"
    r"|is (?:she|he|my \w+) (?:dying|going to die)"
    r"|(?:will|wil|would|could|might|does|gonna|going to) (?:(?:it|this|that|cancer|my cancer|the cancer) )?"
    r"(?:come|cum) (?:back|bak)|(?:my|her|his|r my) ods"
    r"|(?:gonna|going to) die|time (?:is |do i have )?left|life expectancy|see my (?:kids|children|grand\w+)"
)
# What somebody takes as given and none of our sources says.
PREMISES = {
    "cures": r"cures?|cured|curing|cure for",
    "harmless": r"(?:no|without|zero|hasnt any|doesnt have any) (?:bad |real )?side effects|harmless"
    r"|(?:totally|completely|perfectly|100 ?% ?|absolutely) safe",
    "certain": r"(?:always|definitely|certainly|guaranteed?(?: to)?|for sure|100 ?%)"
    r" (?:works?|working|effective|kills?|stops?)|works? (?:for everyone|every time|100 ?%|for sure|always)"
    r"|guarantee\w*",
}
# What somebody hopes to hear of one side effect: that an effect is listed must not sound like a yes to it.
HOPES = {
    "how_long": r"how (?:long|many (?:days|weeks|months))(?: \w+){0,8} (?:last|lasts|go on|stay|take to (?:pass|heal))",
    "goes_away": r"(?:go|goes|going|went) away|revers\w+|irrevers\w+|(?:get|gets|getting) better|clears? up|resolves?"
    r"|heals?|recovers?|repairs?|mends?|bounces? back|wears? off|pass(?:es)? on its own|grows? back"
    r"|(?:come|comes|go|goes|get|gets|be) back (?:up|to normal|to how)|back to normal|(?:be|feel) normal again",
    "lasts": r"permanent\w*|temporar\w+|for ?ever|for life|lasting|long term|short lived|for good"
    r"|(?<!the )lasts?(?! (?:one|time|week|month|year|night|dose))"
    r"|rest of (?:my|her|his|your) life|stuck with (?:it|that|this)",
    "is_harmless": r"harmless|(?:nothing|no need|no reason|not (?:something|anything)|dont (?:have|need)|anything|"
    r"something) to (?:worry|be worried)|no big deal|not (?:a )?(?:big deal|serious|dangerous)|(?:can|could) i ignore"
    r"|(?:ok|okay|safe) to ignore",
    "is_normal": r"normal|expected|to be expected|usual",
    "prevents": r"(?:does|do|will|can|would|could)(?: (?!i |we |you |she |he )\w+){1,4} (?:prevent|protect)\w*"
    r"|(?:prevents?|protects?) (?!it)\w+",
    "more_or_less": r"(?:less|more|worse|milder|fewer|harder|gentler|easier|severer|oftener)(?: \w+){0,4} than",
}
# By what two drugs are compared.
COMPARED_BY = {
    "by_side_effects": r"(?:side ef+ects?|reactions|risks?|toxicit\w+|safety)",
    "by_giving": r"(?:given|taken|administered|administration|(?:how|way) (?:\w+ ){1,4}(?:take|get|give))",
    "by_use": r"(?:used for|uses?|indications?|indicated|approved for|for which (?:cancers?|patients|people))",
    "by_working": r"(?:works?|working|mechanisms?|targets?|acts? on)",
    "by_schedule": r"(?:how often|schedules?|how many times)",
    "by_checks": r"(?:monitor\w*|check ups?|checkups?|checks|blood tests?|lab tests?)",
    "by_pregnancy": r"(?:pregnan\w+|birth control|contracepti\w+)",
}
_OTHERS = {
    "breastfeeding": r"breast ?fe\w+|nursing (?:my|a|the|her|him|while)|(?:stop|start|keep|still|continue) nursing"
    r"|lactat\w+|breast ?milk|my milk|pump(?:ing)? (?:and dump|milk)",
    "fertility": r"fertil\w*|infertil\w*|freez\w+ (?:my |her )?eggs?|sperm"
    r"|(?:still |ever )?have (?:kids|children|a baby|babies|more kids)",
    # Asks whether to do what only the person and their team decide.
    "decide": r"(?:can|should|shall|could|may|shud|must|how do|(?:ok|okay|time|safe) to|i can)(?: \w+){0,3} "
    r"(?:stop|quit|skip|pause|taper|call it quits|give up|come off|go off|get off|carry on|go ahead"
    r"|(?:keep|still|stil|go on|continue) (?:taking|take|tak|having|have|with)"
    r"|leave (?:it|them|one|\w+ \w+) (?:out|off))"
    r"|(?:do|should|shall) (?:i|we|they) (?:hold|stop|halve|skip|cut|reduce|carry on|pause)"
    r"|(?:would|wud) you (?:\w+ ){1,6}or (?:\w+ ){0,4}(?:cancel|stop|skip|wait|stay|stop|leave)"
    r"|(?:should|shall|shud|ought)(?: \w+){0,2} (?:start|begin|try|refuse|insist|accept|turn down)"
    r"|(?:can|could|should|may)(?: \w+){1,8} (?:every other day|half (?:a|the|of)|less often)"
    r"|will (?:they|the|my|her|his)(?: \w+){0,3} (?:stop|pause|(?:take|pull) (?:me|her|him|us) off)"
    r"|will (?:they|the|my|her|his)(?: \w+){0,3} (?:do|give|hold|cancel|postpone|delay|go ahead)(?: \w+){0,5} or not",
    # Asks whether somebody may, should or safely can: the answer would be a yes or a no to one person.
    "allowed": rf"(?:can|could|cud|may|should|shall|shud|ought|must) {_WHO}(?: \w+){{0,3}} (?:take|tak|have|hav|use|add"
    r"|mix|combine|get|be|go|start|keep|stay|continue|give|put|stop|skip|space|drink|eat|eatin)"
    r"|(?<!why )(?<!how )(?<!when )(?<!what )do (?:i|we|she|he) (?:take|need (?:more|less|both|another)|have to)"
    rf"|(?:is|are|would|will|iz|thats|its)(?: \w+){{0,6}} {_FINE}"
    rf"|{_FINE}(?: or (?:no|not))?(?= (?:together|with|to|2)\b|$)"
    r"|any (?:problems?|issues?|risks?|dangers?|harm|interactions?|clash(?:es)?)"
    r"|(?:go|goes|get|gets) (?:well |on |along )?together|clash(?:es)?|interacts?|interfer\w+|yes or no|am i allowed",
    "which_drugs": r"(?:which|what|list|any|are there)(?: \w+){0,2} "
    r"(?:drugs?|medicines?|medications?|ones|treatments?)"
    r"|^(?:drugs|medicines|medications|pills|treatments) (?:that|which) (?:need|require|ask)",
    "when_to_call": r"(?:when|what|which|how (?:bad|soon|fast|quick|quickly|urgently))(?: \w+){0,6}"
    r" (?:call|phone|ring|contact|tell|report to|alert)(?:ing)?"
    r"(?: \w+){0,3} (?:doctors?|teams?|nurses?|oncologists?|oncology|clinic|hospital|911|999|you|someone|them|in)"
    r"|when (?:to|should i|do i|should we|do we|should she|should he) (?:call|phone|seek|get help|worry|go to)"
    r"|how (?:soon|fast|quick|quickly|urgently) (?:to|should (?:i|we|she|he)|do (?:i|we)) (?:call|phone|seek|get help)"
    r"|when (?:is it|does it become) (?:an emergency|serious|urgent)",
    "target": r"targets?|targeting|acts? on|acting on|aims? at|binds? to|sticks? to|attach\w* to",
    "in_common": r"in common|both (?:have|cause|do|share|work|act|treat|target)"
    r"|do they share|share|alike|the same about",
    # Which drugs have it, whatever the classifier takes it for: never "I am pregnant, which can I take".
    "harms_unborn": r"(?:which|list|(?:what|any|are there)(?: \w+){0,2} (?:drugs?|medicines?|medications?|treatments?))"
    r"(?: \w+){0,9} (?:unborn|fo?etus\w*|fo?etal|birth defects?|(?:in|during) pregnancy|(?:if|while|when) pregnant"
    r"|pregnant women)",
    "low_counts": r"low (?:blood )?(?:cell )?counts?|(?:blood|my) counts (?:\w+ )?(?:low|down|dropped)",
    "of_them": r"of (?:them|these|those|all these)|which ones",
    "compares": r"compare[ds]?|comparing|comparison|vs?|versus|differences?|differs?|different",
    "the_same": r"(?:(?:is|are)(?: \w+){1,3} the same|same (?:thing|sort|kind|stuff))"
    r"(?!(?: \w+)?(?: as)? (?:for|with|on) )",
    "similar": r"(?:drugs?|medicines?|ones?|pills?|others?) (?:\w+ )?(?:like|similar to)(?= (?!feel|other))"
    r"|(?:similar|comparable) (?:drugs?|medicines?|ones?|pills?)|others? (?:in|of) (?:the|that|this|its) same"
    r"|(?:same|its|that) (?:class|group|family)"
    r"|(?:besides|apart from|other than) \w+(?: \w+){0,3} other|any other \w+(?: \w+){0,2} (?:besides|apart from|than)",
    "family": r"(?:what|which)(?: \w+){0,2} (?:family|class|group)",
    "contains": r"contains?|containing|made (?:of|from)"
    r"|(?:is|are) (?:there )?\w+ (?:also )?(?:in|inside|part of) (?:it|that|this)",
    "report": r"(?:report|file|submit|log) (?:a |an |this |that |my |the |her |his |any )?(?:bad |serious |adverse )?"
    r"(?:side effects?|reactions?|adverse|problem with|complaint about)|medwatch|yellow card|report (?:it|this) to",
}
_IS_CHEMO = re.compile(
    r"\b(?:is|are|isnt|arent|was|counts? as|counted as|considered|called|same (?:thing )?as|(?:kind|type|sort|form) of"
    r"|or|like)(?: (?!with|after|before|given|plus|and|during|without)\w+){0,5} chemo(?:therap\w+)?\b"
)
_ALL = {
    **STOPPING,
    **INTERACTION,
    **MISSED,
    "prognosis": PROGNOSIS,
    **PREMISES,
    **HOPES,
    **COMPARED_BY,
    **_OTHERS,
    **ROUTES,
}
_PATTERNS = {name: re.compile(rf"\b(?:{pattern})(?!\w)") for name, pattern in _ALL.items()}
# Heard in no words of its own: of two medicines, whether somebody may take them together (`helpline.steering`).
TOGETHER = "together"
NAMES = frozenset((*_PATTERNS, "is_chemo", TOGETHER))


def heard(text: str) -> tuple[str, ...]:
    """Return the names of the aspects heard in a message, in a fixed order; none in the payload of a button."""
    if text.startswith("/"):
        return ()
    words = re.sub(r"[^\w%]+", " ", fold(text)).strip()
    found = [name for name, pattern in _PATTERNS.items() if pattern.search(words)]
    return (*found, "is_chemo") if _IS_CHEMO.search(words) else tuple(found)


def first_of(heard_aspects: tuple[str, ...], group: dict[str, str]) -> str | None:
    """Return the first aspect of a group that was heard."""
    return next((name for name in group if name in heard_aspects), None)
