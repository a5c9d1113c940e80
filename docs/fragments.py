"""The sentences around the generated tables: what no registry says. tests/test_docs.py checks their examples."""

COMMANDS = """\
Every command works on a *home*, a folder with `energibok.toml`, `tariffs/` and `inbox/`: the one `--home MAPP` names,
else `$ENERGIBOK_HOME`, else the current folder. `--json` gives one JSON document on standard output and nothing else
there. The program speaks Swedish, so its help texts below are Swedish. `energibok KOMMANDO --help` shows the same."""

EXIT_STATUS = """\
Exit status: 0 done; 1 done, with findings of level error; 2 usage or settings are wrong; 3 nothing usable to work on.

Of the commands that only read, those that print findings tell 1 where one that they print is of level error: `quality`,
`invoices`, and `ledger` where an invoice is posted twice or with its VAT as a cost. The others give an answer: 0.
"""

SOURCES = """\
A source turns the bytes of one file into canonical rows. Rows in are always loaded, rejected or duplicates, and each
file that arrived is kept as it came. A file that no source knows becomes a warning, a file whose source cannot read it
is set aside as an error, and the rest of the inbox is read all the same."""

SOURCE_RULE = """\
What is recognised by content needs no setting. The rest, and everything whose columns are the sender's own choice, has
a rule in `energibok.toml`; the first rule that fits a file is used, and a rule comes before recognition. An unknown
setting is an error that names the nearest known one.

```toml
[[source]]
name = "fjarrvarme"
match = "fjarrvarme/*.csv"
format = "delimited"

[source.options]
decimal = ","
clock = "Etc/GMT-1"
stamp = "start"
time_column = "Tid"
time_format = "%Y-%m-%d %H:%M"
columns = [
  { column = "Energi (MWh)", metering_point = "735999000000000000", quantity = "energy_kwh", unit = "MWh" },
  { column = "Flöde (m3)", metering_point = "735999000000000000", quantity = "volume_m3", unit = "m3" },
]
```

Quantities are `energy_kwh`, `volume_m3`, `supply_m3c`, `return_m3c`, `supply_temperature_c`, `return_temperature_c`
and `power_kw`; units are converted by what they say, never by the size of the number. `clock` is `Etc/GMT-1` (Swedish
normal time all year), `Europe/Stockholm` (civil time) or `UTC`.
"""

TARIFFS = """\
A price list is a TOML file in the home's `tariffs/`, valid from one day up to, not including, another. New prices are a
new file; a new way to measure what is billed is one function ([CONTRIBUTING.md](../CONTRIBUTING.md)). All prices are
SEK excluding VAT inside the program."""

PRICE_LIST = """\
```toml price list
id = "exempel-fjarrvarme-2024"
family = "exempel-fjarrvarme"
name = "Exempel fjärrvärme 2024"
carrier = "district_heating"
valid_from = 2024-01-01
valid_to = 2025-01-01
vat = "excluded"
clock = "normal_time"
source = "leverantörens prislista 2024, sida 2"
synthetic = false
notes = ""

[[component]]
component = "demand"
label = "Effekt"
determinant = { method = "mean_of_highest_daily_means", n = 3, window_months = 12 }
price = { unit = "SEK/kW,year", spread = "days", bands = [
  { up_to = 100, fixed = 10000, price = 1000 },
  { fixed = 15000, price = 950 },
] }

[[component]]
component = "energy"
label = "Energi"
determinant = { method = "billed_energy_kwh" }
price = { unit = "SEK/MWh", seasons = [
  { months = [11, 12, 1, 2, 3], price = 520 },
  { months = [4, 5, 6, 7, 8, 9, 10], price = 300 },
] }
```

A price has exactly one of `value`, `by_month` (twelve), `seasons`, `bands` and `tax`, or an `option` that the contract
holds. A band includes its upper edge unless the list says `edge = "upper"`; bands may begin where the list prints them
(`from = 51`), and `round_kw` rounds billed power before it is priced. A price per year falls on the months by `days`
or by `twelfths`.
"""

MEASURES = """\
A measure is a rule that looks at the last twelve months and says what could be saved, or why it stays silent. Its value
is the whole bill run again with that one change, less the bill as it was. Measures overlap: their values are never
added: what a set of them gives is the bills run with all their effects in sequence (`energibok measures --set`), and
the marginal list takes at each step the measure that adds most. The codes are those of the field's list of measures (T
tariff and contract, O operation, S store and heat pump, I invoice, M meter). Every number a rule assumes stands below
with its date and source, and is changed in the `assumptions.toml` of its folder in `energy/measures/`."""

REGISTERED = """\
Invoice (I) and data (M) findings are those of the invoice audit, the books and the quality checks. They are
registered here, never found here (`energy/measures/registered/`). A claim comes back once and is never part of a sum a
year; what is charged too little, a posting to move and a faulty meter have no amount, with the reason, and are listed
all the same. They are decided on like the rest ([register](register.md)) and verified by what arrives: a credit, or
that the deviation is gone. An idle meter (`dormant_meter`, T9) is valued by its own rule."""

MARTS = """\
Pages, workbook, letter and the commands that print figures read these tables and nothing else, so they cannot disagree.
Amounts are SEK excluding VAT, whatever unit a page shows. A missing figure is null, with its reason beside it.
`evidence_key` is what `energibok explain` takes to walk further down, to the rows of a file."""

SETTINGS = """\
A home is described by `energibok.toml`. An unknown key or a wrong value is an error that names file, key, what was
found and what is allowed; `energibok doctor` checks a home, `energibok init MAPP` writes a commented one. A value of
the head of the file may also come from the environment, for example `ENERGIBOK_AMOUNT_UNIT=kkr`, which then wins."""

SETTINGS_EXAMPLE = """\
```toml
organisation = "Exempel kommun"
amount_unit = "tkr"

[[facility]]
id = "ishallen"
name = "Ishallen"
weather_station = "98040"

[[metering_point]]
id = "735999000000000000"
facility = "ishallen"
name = "Fjärrvärme"
carrier = "district_heating"

[[contract]]
metering_point = "735999000000000000"
kind = "heat"
family = "exempel-fjarrvarme"
valid_from = 2018-01-01

[[project]]
id = "lager"
name = "Energilager"
facility = "ishallen"
boundary_meters = ["735999000000000000"]
baseline_from = 2018-01-01
baseline_to = 2020-03-01
reporting_from = 2020-09-01
```
"""
