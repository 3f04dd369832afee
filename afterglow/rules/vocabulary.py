"""The words a treatment is described with, and how each is said to people."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

# On staff screens a family is "the plan for <label>"; a client reads "your <label>" only where the practice chose so.
FAMILIES = {
    "neuromodulator": "wrinkle relaxer",
    "ha_filler": "filler",
    "biostimulator": "collagen stimulator",
    "hydrafacial": "HydraFacial",
    "facial": "facial",
    "chemical_peel": "chemical peel",
    "microneedling": "microneedling",
    "rf_microneedling": "RF microneedling",
    "laser_hair_removal": "laser hair removal",
    "ipl": "IPL",
    "laser_resurfacing": "laser resurfacing",
    "tattoo_removal": "tattoo removal",
    "vascular_laser": "vascular laser",
    "body_contouring": "body contouring",
    "kybella": "Kybella",
    "prp": "PRP",
    "threads": "thread lift",
    "weight_management": "weight management",
    "iv_therapy": "IV therapy",
    "injection_wellness": "wellness shot",
    "filler_dissolve": "filler dissolving",
}

AREAS = {
    "lips": "lips",
    "under_eye": "under-eye area",
    "cheeks": "cheeks",
    "jawline": "jawline",
    "chin": "chin",
    "nose": "nose",
    "forehead": "forehead",
    "glabella": "frown lines",
    "crows_feet": "crow's feet",
    "lip_flip": "lip flip",
    "masseter": "jaw muscles",
    "neck": "neck",
    "underarms": "underarms",
    "bikini": "bikini line",
    "legs": "legs",
    "back": "back",
    "face": "face",
    "full_body": "full body",
    "abdomen": "abdomen",
    "scalp": "scalp",
    "hands": "hands",
    "other": "",  # says nothing a client would recognise
}

BRANDS = {
    "botox": "Botox",
    "dysport": "Dysport",
    "xeomin": "Xeomin",
    "jeuveau": "Jeuveau",
    "daxxify": "Daxxify",
    "letybo": "Letybo",
    "juvederm": "Juvéderm",
    "restylane": "Restylane",
    "rha": "RHA",
    "belotero": "Belotero",
    "revanesse": "Revanesse",
    "sculptra": "Sculptra",
    "radiesse": "Radiesse",
    "hydrafacial": "HydraFacial",
    "diamondglow": "DiamondGlow",
    "geneo": "Geneo",
    "vi_peel": "VI Peel",
    "pca": "PCA peel",
    "biorepeel": "BioRePeel",
    "cosmelan": "Cosmelan",
    "skinpen": "SkinPen",
    "dermapen": "Dermapen",
    "morpheus8": "Morpheus8",
    "vivace": "Vivace",
    "potenza": "Potenza",
    "secret_rf": "Secret RF",
    "sylfirm_x": "Sylfirm X",
    "gentlemax": "GentleMax",
    "soprano": "Soprano",
    "bbl": "BBL",
    "lumecca": "Lumecca",
    "m22": "M22",
    "fraxel": "Fraxel",
    "halo": "Halo",
    "moxi": "Moxi",
    "coolpeel": "CoolPeel",
    "clear_and_brilliant": "Clear + Brilliant",
    "picoway": "PicoWay",
    "vbeam": "Vbeam",
    "excel_v": "Excel V",
    "coolsculpting": "CoolSculpting",
    "cooltone": "CoolTone",
    "emsculpt": "Emsculpt",
    "emface": "Emface",
    "trusculpt": "truSculpt",
    "kybella": "Kybella",
    "ez_gel": "EZ Gel",
    "instalift": "InstaLift",
    "wegovy": "Wegovy",
    "zepbound": "Zepbound",
    "ozempic": "Ozempic",
    "hylenex": "Hylenex",
}


def spoken_list(words: Iterable[str]) -> str:
    """The words as a person would say them: "lips", "lips and chin", "lips, chin and cheeks"."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion to append to a sentence, empty when no known word is close."""
    close = get_close_matches(word, list(known), n=1)
    return f'; did you mean "{close[0]}"?' if close else ""
