"""Words the generated company is made of, with the oddities of real books."""
# ruff: noqa: RUF001  # letters that look like others are the point

from __future__ import annotations

GROUPS = (
    ("RAW", "Raw materials"),
    ("PACK", "Packaging, labels & pallets"),
    ("SVC", 'Services ("as agreed")'),
    ("UTIL", "Utilities"),
    ("EQUIP", "Équipement et machines"),
    ("OFFICE", "Office supplies"),
    ("FREIGH", "Freight; duty, brokerage"),
    ("IMPORT", "Import – Übersee"),
)

ODD_VENDORS = (
    "O'Brien & Sons Ltd.",
    'The "Quick" Courier Co.',
    "Müller Werkzeugbau GmbH & Co. KG",
    "Société Générale d'Équipement, S.A.",
    "'Tis the Season Décor",
    "Acme Tools'",
    '"Best" Bolts, Nuts, Etc.',
    "株式会社 東京部品",
    "Ñandú Importaciones, S.L.",
    "Łódź Metal Sp. z o.o.",
    "ООО Северсталь-Трейд",
    "Smith,  Jones;  Brown",
    "50% Off Packaging",
    "=Sum Consulting",
    "+1 Staffing",
    "-Minus Zero Refrigeration",
    "A & B / C \\ D Partners",
    "null",
    "N/A",
    "1e10 Industries",
    "Fournitures Québécoises de Bureau et d'Informatique inc. Ltée",
    "Zoë's Café | Catering",
    "#Hashtag Print",
    "@Home Cleaning",
    "D’Angelo Fréres",
)

STEMS = (
    "Northern", "Pacific", "Maple", "Harbour", "Summit", "Prairie", "Lakeside", "Granite", "Cedar",
    "Atlantic", "Capital", "Union", "Western", "Sterling", "Beacon", "Frontier", "Heritage",
)  # fmt: skip
TRADES = (
    "Steel", "Packaging", "Freight Lines", "Electric", "Office Supply", "Chemicals", "Fasteners",
    "Paper", "Plastics", "Hydraulics", "Logistics", "Tooling", "Coatings", "Instruments", "Foods",
)  # fmt: skip
FORMS = ("Ltd.", "Inc.", "Corp.", "LLC", "& Co.", "Limited", "Group")

CITIES = (
    ("Toronto", "ON", "Canada"),
    ("Montréal", "QC", "Canada"),
    ("Vancouver", "BC", "Canada"),
    ("Köln", "NW", "Germany"),
    ("Lyon", "", "France"),
    ("Seattle", "WA", "United States"),
    ("Coeur d'Alene", "ID", "United States"),
    ("", "", ""),
)

ITEMS = (
    ('Bolt, hex 1/2" x 3", zinc', "EACH"),
    ("Sheet, galvanised 2×1 m", "EACH"),
    ("Carton 40x30x20 cm", "BOX"),
    ("Toner – black", "EACH"),
    ("Solvent, 20 L drum", "DRUM"),
    ("Filter élément d'huile", "EACH"),
    ("Pallet 'EUR' 1200x800", "EACH"),
    ("Copper wire Ø 1.5 mm", "KG"),
    ("Consulting, per hour", "HR"),
    ("Freight surcharge", "EACH"),
    ('Label roll, 4" x 6"', "ROLL"),
    ("Valve; brass", "EACH"),
    ("Grease  (food grade)", "KG"),
    ("Bearing 6204-2RS", "EACH"),
    ("Hose, per metre", "M"),
    ("Resin", "LB"),
)

COMMENTS = (
    "",
    "",
    "",
    'Call "Bob" first, then ship.',
    "Deliver to dock 3; ask for Zoë",
    "First line\nsecond line",
    "Tab\there",
)
DESCRIPTIONS = (
    "",
    "Stock replenishment",
    "Q3 project, phase 2",
    "Réapprovisionnement",
    'As per "MOU"',
)
