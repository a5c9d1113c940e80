"""The registry of determinants: method name -> how a load becomes the quantity a bill is computed on.

A new method is one small function with its settings and one row here; new prices are data only.
"""

from __future__ import annotations

from collections.abc import Mapping

from energy.tariffs import category, powers, reactive, retail, settled, signature, subscription, utilisation, volumes
from energy.tariffs.period import CONTRACT_MAY_SET as CONTRACT_MAY_SET
from energy.tariffs.period import Determinant

_ALL = (
    Determinant("fixed", "fixed", "st", "Fast avgift, oberoende av lasten.", volumes.NoSettings, volumes.fixed),
    Determinant(
        "billed_energy_kwh", "billed_energy_kwh", "kWh",
        "Periodens energi, alla timmar eller delad på höglasttid och övrig tid.",
        volumes.EnergySettings, volumes.billed_energy_kwh,
    ),
    Determinant(
        "spot_energy", "billed_energy_kwh", "kWh",
        "Periodens energi, eller den del som inte är prissäkrad, varje timme eller kvart till sitt spotpris.",
        retail.SpotSettings, retail.spot_energy, priced_per="spot",
    ),
    Determinant(
        "hedged_energy", "billed_energy_kwh", "kWh",
        "Den prissäkrade andelen av periodens energi.",
        retail.HedgedSettings, retail.hedged_energy,
    ),
    Determinant(
        "billed_flow_m3", "billed_flow_m3", "m³",
        "Periodens fjärrvärmevatten genom mätaren.",
        volumes.NoSettings, volumes.billed_flow_m3,
    ),
    Determinant(
        "flow_against_reference", "billed_flow_m3", "m³",
        "Periodens flöde utöver ett referensflöde per MWh; under det negativt.",
        volumes.FlowReferenceSettings, volumes.flow_against_reference,
    ),
    Determinant(
        "return_temperature_difference", "return_temperature_mwh_c", "MWh·°C",
        "Flödesvägd returtemperatur minus referensen, gånger periodens energi; negativt är rabatt.",
        volumes.ReferenceSettings, volumes.return_temperature_difference,
    ),
    Determinant(
        "mean_of_highest_daily_means", "billed_power_kw", "kW",
        "Medel av de n högsta dygnsmedeleffekterna i ett fönster, rullande eller satt en gång om året.",
        powers.HighestDaysSettings, powers.mean_of_highest_daily_means,
    ),
    Determinant(
        "highest_daily_mean_in_season", "billed_power_kw", "kW",
        "Högsta dygnsmedeleffekt (eller medel av de n högsta) under senaste säsongen; gäller ett helt år.",
        powers.SeasonSettings, powers.highest_daily_mean_in_season,
    ),
    Determinant(
        "effect_signature", "billed_power_kw", "kW",
        "Effektsignatur: dygnsmedeleffekt mot utetemperatur, läst vid en bestämd temperatur; gäller ett helt år.",
        signature.SignatureSettings, signature.effect_signature,
    ),
    Determinant(
        "category_number", "billed_power_kw", "kW",
        "Kategorital: normalårskorrigerad energi delad med ett antal timmar; gäller ett helt år.",
        category.CategorySettings, category.category_number,
    ),
    Determinant(
        "corrected_energy", "corrected_energy_kwh", "kWh",
        "Normalårskorrigerad energi av tidigare år eller säsonger, som ett års avgift räknas på.",
        category.CorrectedEnergySettings, category.corrected_energy, priced_per="kWh per år",
    ),
    Determinant(
        "power_in_category", "billed_power_kw", "kW",
        "Debiterad effekt i en priskategori, som Standard eller Spetsig: bara om utnyttjningstiden ligger inom den.",
        utilisation.PriceCategorySettings, utilisation.power_in_category,
    ),
    Determinant(
        "utilisation_shortfall", "utilisation_shortfall_kw", "kW",
        "Effekt gånger de timmar som utnyttjningstiden understiger en gräns med; ett linjärt tillägg.",
        utilisation.ShortfallSettings, utilisation.utilisation_shortfall,
    ),
    Determinant(
        "monthly_peak_hour", "billed_power_kw", "kW",
        "Månadens högsta timeffekt, eller medel av de n högsta från skilda dygn.",
        powers.PeakSettings, powers.monthly_peak_hour,
    ),
    Determinant(
        "high_load_peak", "billed_high_load_power_kw", "kW",
        "Månadens högsta timeffekt under höglasttid, svensk normaltid.",
        powers.HighLoadPeakSettings, powers.high_load_peak,
    ),
    Determinant(
        "subscribed", "subscribed_power_kw", "kW",
        "Effekt som abonneras enligt avtalet, annars leverantörens rekommenderade.",
        subscription.SubscribedSettings, subscription.subscribed,
    ),
    Determinant(
        "overrun", "overrun_power_kw", "kW",
        "Månadens högsta timme eller dygnsmedel utöver den abonnerade effekten, aldrig under noll.",
        subscription.OverrunSettings, subscription.overrun,
    ),
    Determinant(
        "settled_high_load_peak", "settled_power_kw", "kW",
        "Medel av förra årets eller vinterns högsta månadseffekter under höglasttid; avräknas i januari.",
        settled.SettledSettings, settled.settled_high_load_peak,
    ),
    Determinant(
        "reactive_peak_above_share", "billed_reactive_kvar", "kVAr",
        "Månadens högsta reaktiva timeffekt utöver en fri andel av månadens högsta aktiva.",
        reactive.ReactiveSettings, reactive.reactive_peak_above_share,
    ),
    Determinant(
        "reactive_energy_above_share", "billed_reactive_kvarh", "kVArh",
        "Periodens reaktiva energi utöver en fri andel av den aktiva.",
        reactive.ReactiveEnergySettings, reactive.reactive_energy_above_share,
    ),
)  # fmt: skip

DETERMINANTS: Mapping[str, Determinant] = {one.name: one for one in _ALL}
