"""What each topic reads from the knowledge, and what the buttons that ask it say."""

from __future__ import annotations

# The knowledge fields that answer a topic, by the kind of subject it is asked of.
FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "drug": {
        "overview": ("overview", "targets"),
        "definition": ("overview", "targets"),
        "mechanism": ("mechanism", "targets", "overview"),
        "side_effects": ("side_effects",),
        "serious_side_effects": ("serious_side_effects", "boxed_warning", "when_to_call"),
        "indication": ("indication",),
        "administration": ("administration", "duration_schedule"),
        "duration_schedule": ("duration_schedule", "administration"),
        "biomarker_test": ("biomarker_test",),
        "monitoring": ("monitoring",),
        "pregnancy_fertility_breastfeeding": ("pregnancy_fertility_breastfeeding",),
        "combination": ("combination",),
        "efficacy_survival": ("efficacy_survival",),
        "brand_generic_biosimilar": ("brand_generic_biosimilar",),
    },
    "class": {
        "overview": ("overview",),
        "definition": ("overview",),
        "mechanism": ("mechanism",),
        "side_effects": ("side_effects",),
        "serious_side_effects": ("serious_side_effects",),
        "indication": ("indication",),
        "administration": ("administration",),
    },
    "side_effect": {
        "overview": ("definition", "seriousness"),
        "definition": ("definition", "seriousness"),
        "serious_side_effects": ("seriousness", "when_to_call"),
        "side_effect_of_symptom": ("when_to_call", "management_of_side_effect"),
        "management_of_side_effect": ("management_of_side_effect", "when_to_call"),
        "pregnancy_fertility_breastfeeding": ("when_to_call", "definition", "seriousness"),
    },
    "term": {
        "overview": ("definition",),
        "definition": ("definition",),
        "mechanism": ("definition",),
        "biomarker_test": ("definition",),
    },
}

# What people ask next, as (topic, title of the button).
NEXT = (
    ("mechanism", "How it works"),
    ("side_effects", "Side effects"),
    ("serious_side_effects", "Serious side effects and when to call"),
    ("administration", "How it is given"),
    ("indication", "Who it is for"),
)
TITLES = dict(NEXT) | {
    "overview": "What it is",
    "definition": "What a word means",
    "side_effect_of_symptom": "Whether it causes a symptom",
    "management_of_side_effect": "What helps with a side effect",
    "duration_schedule": "How often and how long",
    "dosage": "The dose",
    "biomarker_test": "The test that decides",
    "monitoring": "Check-ups during treatment",
    "pregnancy_fertility_breastfeeding": "Pregnancy and birth control",
    "interaction_food_drug_alcohol": "Food and other medicines",
    "combination": "Drugs given with it",
    "comparison": "Compare two drugs",
    "efficacy_survival": "What studies showed",
    "cost_access": "Help with costs",
    "brand_generic_biosimilar": "Brand names and copies",
    "class_members": "Drugs of one kind",
    "drugs_for_subtype": "Drugs for my type of cancer",
    "drugs_with_side_effect": "Drugs with a side effect",
    "stop_or_change_treatment": "Stopping or changing treatment",
    "missed_dose": "A missed dose",
    "emotional_support": "I need support",
    "talk_to_human": "Talk to a person",
}
