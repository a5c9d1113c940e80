"""The dictionary of the marts: every table and column with its Swedish heading, unit and kind. Holds no data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboards import schema_storage


@dataclass(frozen=True)
class Column:
    """One column: its name (of its codes too), Swedish heading, unit ("" without), kind (how it is written)."""

    name: str
    heading: str
    unit: str
    kind: str  # a key of `dashboards.conform.TYPES` or of `dashboards.cells.NUMBER_FORMATS`

    @property
    def label(self) -> str:
        """Return the heading with its unit in brackets, for example ``Kostnad (SEK)``."""
        return f"{self.heading} ({self.unit})" if self.unit else self.heading


UNITS = {"sek": "SEK", "energy": "kWh", "power": "kW", "percent": "%", "degrees": "°C", "volume": "m³"}

# kind -> column and heading; the same quantity has the same name in every mart
_HEADINGS: Mapping[str, str] = {
    "text": """facility=Anläggning|name=Namn|cost_centre=Kostnadsställe
        metering_point=Mätpunkt|file_id=Fil-id|file_name=Fil|sha256=SHA-256
        encoding=Teckenkodning|issued_at=Utfärdad|message=Meddelande|sheet=Blad|ended_why=Varför den inte gäller
        original=Ursprunglig text|label=Benämning|unit=Enhet|price_list=Prislista
        reason=Orsak|supplier=Leverantör|supplier_id=Organisationsnummer|invoice_no=Fakturanummer|line_id=Rad
        item=Artikel|project=Projekt|ipmvp_option=IPMVP-alternativ|
        boundary_text=Mätgräns|static_factors=Statiska faktorer|
        version=Version|frozen_why=Varför den frystes|input_hash=Indata (hash)|measure_key=Åtgärdsnyckel|title=Rubrik
        description=Beskrivning|method=Värderingsmetod|silent_reason=Varför inget belopp|note=Anmärkning
        point=Punkt|decided_by=Beslutat av|period_text=Avser|run_id=Körning|
        published_at=Publicerad|home_name=Hem|languages=Språk
        finding_key=Nyckel till iakttagelsen|evidence=Underlag|supplier_text=Text till leverantören
        account=Konto|expected_account=Väntat konto|expected_cost_centre=Väntat kostnadsställe|voucher=Verifikation
        objects=Objekt|text=Text|key_text=Fördelningsnyckel|key_name=Benämning på nyckeln|
        dimension_key=Värde|dimension_name=Vad det heter|deviation_key=Nyckel till avvikelsen
        cause=Orsak till avvikelsen
        granter=Bidragsgivare|saving_basis=Så är årsbesparingen räknad|saving_reason=Besparing, orsak
        simple_payback_reason=Återbetalning, orsak|discounted_payback_reason=Återbetalning med ränta, orsak
        npv_reason=Nuvärde, orsak|internal_rate_of_return_reason=Avkastning, orsak
        range_reason=Varför så mycket|document=Dokument
        event_reason=Vad hände|handled_by=Rad i liggaren|remark=Anmärkning till händelsen
        ready_row=Rad att kopiera till händelsefilen|ready_toml=Stycke att kopiera till energibok.toml
        owner_role=Ansvarig roll|likely_cause=Trolig orsak|factor_source=Faktorns källa|excludes=Ingår inte
        class_without=Prisklass utan projektet|class_with=Prisklass med projektet
        store=Lager|class_without_store=Prisklass utan lagret|class_with_store=Prisklass med lagret
        class_optimal=Prisklass med allt känt i förväg|
        code=Kod|actor=Vem som kan göra det|verification=Så syns det att det lyckades
        stage_note=Om läget|dismissed_elsewhere=Avböjd på annat håll
        metering_points=Mätpunkter|measure_keys=Åtgärdsnycklar|overlaps=Överlappar
        source_text=Källa|
        picture_x=Bildens vågräta axel|picture_y=Bildens lodräta axel|series=Serie""",
    "code": """carrier=Energislag|quantity_name=Storhet|contract_kind=Avtal|component=Avgiftsdel|verdict=Utfall
        level=Nivå|status=Status|period=Period|step=Steg|phase=Skede|kind=Slag|treatment=Behandling|
        stage=Läge|decision=Beslut|event=Händelse|channel=Väg in
        cost_class=Kostnadsklass|difficulty=Svårighet|picture_kind=Bildens slag
        confidence=Säkerhet|extrapolation=Extrapolering|key=Nyckeltal|source=Källa|clock=Klocka|rule=Regel
        determinant=Debiteringsgrund|line_class=Radslag|document_type=Dokumenttyp|price_basis=Prisbas|target=Målstorhet
        effect=Nu eller varaktigt|placebo_kind=Prov
        normal_method=Korrigerad med|definition=Graddagarnas definition
        dimension=Uppdelning|basis=Underlag för månaden|emission_method=Metod för klimatfaktor|
        entry=Post|event_carrier=Händelsens energislag|change=Förändringens slag
        cost_bearer=Kostnadsbärare|parameter=Antagande
        measure_id=Regel för åtgärd|key_figure=Nyckeltal mot andra|measure=Storhet som ändras|point_kind=Punktens slag
        operation=Drift|gap_cause=Orsak till gapet
        comparison=Jämförelse""",
    # a text that holds a number, a day or words, row by row: the workbook writes each as what it is
    "mixed": "x=Läge|at=Tidpunkt|start_local=Börjar (lokal tid)|received_at=Mottagen (UTC)|ended_at=Gällde till (UTC)",
    "key": "evidence_key=Kvitto (energibok explain)",
    "date": """data_to=Data till och med|issue_date=Fakturadatum|period_start=Period från|period_end=Period till
        day=Dag|baseline_from=Basperiod från|baseline_to=Basperiod till|reporting_from=Rapportperiod från
        reporting_to=Rapportperiod till|
        baseline_before=Basperiod, slutar före|reporting_before=Rapportperiod, slutar före
        expected_on=Väntad senast|voucher_date=Verifikationsdatum|posting_date=Bokföringsdag|answered_on=Besvarad den
        priced_from=Priser från|priced_to=Priser till
        event_from=Händelsen från|event_to=Händelsen till och med
        noted_on=Noterat den
        promised_on=Utlovat den|trained_from=Anpassad från|trained_to=Anpassad till|base_from=Jämförs från
        base_to=Jämförs till|frozen_on=Fryst|decided_on=Beslutat den|start_on=Startar den
        happened_on=Dag""",
    "month": """month=Månad|consumption_month=Förbrukningsmånad|accounting_period=Bokföringsperiod
        from_month=Från månad|to_month=Till månad|first_seen=Först sedd i data till|last_seen=Senast sedd i data till
        made_from=Gjord efter månad|reversal_period=Återförs i period""",
    "instant": "first_utc=Första värde (UTC)|last_utc=Sista värde (UTC)|start_utc=Börjar (UTC)|end_utc=Slutar (UTC)",
    "bool": "synthetic=Syntetisk|placebo_only=Bara metodprov|placebo=Metodprov|holds_zero=Energibandet innehåller noll|"
    "held=Bandet höll|"
    "cost_holds_zero=Kostnadsbandet innehåller noll|"
    "is_closed=Stängd månad|is_headline_basis=Nyckeltalens prisbas|is_measured=Mätt år|one_off=Bara en gång|"
    "is_visible=Föreslås nu|is_quiet=Tyst",
    "count": """row_no=Radnummer|expected_values=Väntade värden|values_present=Värden som finns|rows_in=Rader in
        loaded=Inlästa|rejected=Avvisade|duplicates=Dubbletter|excluded_hours=Uteslutna timmar|step_no=Stegnummer|
        estimated_hours=Uppskattade timmar|rank=Plats|no=Nummer|closed_version=Stängning nr|
        frozen_version=Baslinjens version|measures=Antal åtgärder|
        months_closed=Stängda månader|months=Mätta månader|months_needed=Månader som saknas|hour=Timme|samples=Prov|
        days_late=Dagar försenad|others=Övriga anläggningar|year=År|weather_years=Väderår
        lifetime_years=Livslängd (år)|horizon_years=Kalkyltid (år)""",
    "percent": """coverage_pct=Täckning|estimated_pct=Uppskattat|vat_percent=Moms|avoided_pct=Undviken energi, andel
        cvrmse_daily_pct=CV(RMSE) dygn|cvrmse_hourly_pct=CV(RMSE) timme|nmbe_pct=NMBE
        drift_sd_pct=Variation mellan år, std|placebo_error_pct=Beräknat minus mätt, andel
        deviation_pct=Avvikelse, andel av budget|effect_pct=Händelsens verkan på lasten
        effect_band_pct=Verkans osäkerhet (±, 90 %)|size_pct=Storlek, andel|size_band_pct=Storlekens osäkerhet (±, 90 %)
        error_pct=Periodiseringens fel, andel|share_pct=Andel
        cost_probability_pct=Sannolikhet för lägre kostnad
        energy_probability_pct=Sannolikhet för lägre energi|probability_pct=Sannolikhet för en besparing
        pays_back_pct=Sannolikhet att investeringen betalar sig|npv_positive_pct=Sannolikhet att nuvärdet är positivt
        internal_rate_of_return_pct=Avkastning på investeringen (IRR)|delivered_pct=Levererat, andel av utlovat
        changed_pct=Sannolikhet för annan prisklass
        rank_pct=Andel av tiden|missing_pct=Timmar utan prov""",
    "number": "simple_payback_years=Återbetalningstid (år)|discounted_payback_years=Återbetalningstid med ränta (år)|"
        "promised=Utlovat|measured=Levererat|"
        "quantity=Mängd|invoiced_quantity=Fakturerad mängd|recomputed_quantity=Omräknad mängd|"
        "closed_value=Stängd siffra|new_value=Siffra vid ny körning|difference=Ändring|"
        "delivered_difference=Levererat minus utlovat|"
        "value=Värde|low=Undre gräns|high=Övre gräns|lag_h=Termisk fördröjning (h)|hours=Timmar|days=Dygn|"
        "utilisation_without_h=Utnyttjningstid utan projektet (h)|"
        "utilisation_without_store_h=Utnyttjningstid utan lagret (h)|"
        "utilisation_with_store_h=Utnyttjningstid med lagret (h)|"
        "utilisation_optimal_h=Utnyttjningstid med allt känt i förväg (h)|"
        "utilisation_with_h=Utnyttjningstid med projektet (h)|base_kd=Graddagar före (kd)|"
        "reporting_kd=Graddagar med projektet (kd)|normal_kd=Graddagar normalår (kd)|"
        "likelihood_ratio=Bevis (sannolikhetskvot)|size_kwh_per_day=Storlek (kWh per dygn)|"
        "area_m2=Area (m²)|reference=Publicerat värde|reference_low=Publicerat, lägst|"
        "reference_high=Publicerat, högst|others_value=Övriga anläggningar, median|"
        "y=Bildens värde|kg_per_mwh=Klimatfaktor (kg CO2e/MWh)|co2e_kg=Klimatpåverkan (kg CO2e)",
    "sek": """amount_sek=Belopp|invoiced_sek=Fakturerat|recomputed_sek=Omräknat|difference_sek=Skillnad
        actual_cost_sek=Verklig kostnad|adjusted_baseline_cost_sek=Kostnad utan projektet|
        avoided_cost_sek=Undviken kostnad|investment_sek=Investering|saving_sek_per_year=Besparing per år
        net_sek=Fakturans netto|posted_sek=Bokfört|estimated_sek=Beräknat|accrual_sek=Periodiserat
        error_sek=Periodiseringens fel|debit_sek=Debet|credit_sek=Kredit|cost_sek=Kostnad|budget_sek=Budget
        subsidy_sek=Bidrag|net_investment_sek=Investering efter bidrag|depreciation_sek=Avskrivning
        internal_interest_sek=Internränta
        book_value_sek=Bokfört värde vid årets början|capital_cost_sek=Kapitalkostnad|saving_sek=Besparing
        net_effect_sek=Effekt på driftbudgeten|balance_sek=Kvar av besparingen efter inköp, summerat|npv_sek=Nuvärde
        npv_low_sek=Nuvärde när antagandet är lågt|npv_high_sek=Nuvärde när antagandet är högt
        annuity_sek_per_year=Annuitet per år
        outcome_sek=Utfall|deviation_sek=Avvikelse från budget|last_year_sek=Samma period i fjol
        assumed_cost_sek=Antagen kostnad
        gain_sek=Lägre kostnad än verklig drift
        class_with_store_sek=Kostnad av prisklassen med lagret
        class_optimal_sek=Kostnad av prisklassen med allt känt i förväg
        forecast_sek=Prognos helår|class_change_sek=Kostnad av prisklassen
        remaining_sek=Återstår enligt prognos|previous_forecast_sek=Förra prognosen
        event_value_sek=Värde vid händelsen (per år eller en gång)
        first_value_sek=Värde när den först föreslogs (per år eller en gång)
        worth_sek=Värde (per år eller en gång)
        latest_sek_per_year=Senaste värde (per år eller en gång)
        decided_value_sek=Värde vid senaste beslutet (per år eller en gång)
        promised_sek_per_year=Utlovat (per år eller en gång)
        verified_sek=Verifierat hittills|verified_sek_per_year=Verifierat per år
        change_sek=Ändring sedan förra prognosen|marginal_sek_per_year=Tillkommer per år
        cumulative_sek_per_year=Tillsammans per år|separate_sek_per_year=Summa var för sig, per år
        remaining_budget_sek=Kvar av budget""",
    "energy": """metered_kwh=Uppmätt energi|predicted_kwh=Beräknad energi|
        adjusted_baseline_kwh=Justerad baslinje|avoided_energy_kwh=Undviken energi
        budget_kwh=Budgeterad energi|outcome_kwh=Energi, utfall|last_year_kwh=Energi, samma period i fjol
        forecast_kwh=Energi, prognos helår|
        charge_kwh=Laddat|discharge_kwh=Levererat|direct_kwh=Direkt från källan|electricity_kwh=El till lagret
        reckoned_content_kwh=Innehåll i lagret, räknat från årets början|stored_kwh=Mer kvar i lagret
        energy_kwh=Energi|saving_kwh_per_year=Energi per år|cumulative_avoided_kwh=Undviken energi, summerad
        base_normal_kwh=Normalår före|reporting_normal_kwh=Normalår med projektet
        normalized_savings_kwh=Normalårskorrigerad besparing""",
    "power": "power_without_kw=Effekt utan projektet|power_with_kw=Effekt med projektet|"
    "power_without_store_kw=Effekt utan lagret|power_with_store_kw=Effekt med lagret|"
    "power_optimal_kw=Effekt med allt känt i förväg|"
    "mean_power_kw=Medeleffekt|adjusted_mean_power_kw=Medeleffekt enligt baslinjen|power_kw=Effekt",
    "degrees": """air_temperature_c=Utetemperatur|supply_temperature_c=Framledning|return_temperature_c=Retur""",
    "volume": "volume_m3=Volym",
}  # fmt: skip


_BANDED = (  # other than amounts and energies
    "simple_payback_years", "discounted_payback_years", "internal_rate_of_return_pct", "delivered_pct", "measured",
    "delivered_difference", *schema_storage.BANDED,
)  # fmt: skip


def _dictionary() -> dict[str, Column]:
    """Return column name -> Column, with the bounds `_low` and `_high` of every amount and energy."""
    found: dict[str, Column] = {}
    for kind, block in (*_HEADINGS.items(), *schema_storage.HEADINGS.items()):
        for entry in filter(None, (e.strip() for line in block.splitlines() for e in line.split("|"))):
            name, heading = entry.split("=", 1)
            found[name] = Column(name, heading, UNITS.get(kind, ""), kind)
    for name in [n for n, c in found.items() if c.kind in ("sek", "energy") or n in _BANDED]:
        base = found[name]
        found[f"{name}_low"] = Column(f"{name}_low", f"{base.heading}, undre gräns", base.unit, base.kind)
        found[f"{name}_high"] = Column(f"{name}_high", f"{base.heading}, övre gräns", base.unit, base.kind)
    return found


COLUMNS: Mapping[str, Column] = _dictionary()

_BAND = "avoided_energy_kwh* actual_cost_sek adjusted_baseline_cost_sek avoided_cost_sek*"
_SURE = "energy_probability_pct cost_probability_pct"
# mart -> (Swedish sheet title, columns in order); x* stands for x, x_low, x_high
_MARTS: Mapping[str, tuple[str, str]] = {
    "headline": ("Nyckeltal", "facility project key value low high unit probability_pct price_basis excludes reason "
                 "period_text evidence_key"),
    "facilities": ("Anläggningar", "facility name area_m2 cost_bearer cost_centre synthetic placebo_only"),
    "projects": ("Projekt", "project name facility ipmvp_option baseline_from baseline_to reporting_from reporting_to "
                 "boundary_text static_factors price_basis investment_sek placebo"),
    "savings_total": ("Besparing totalt", "project facility carrier period from_month to_month metered_kwh "
                      f"adjusted_baseline_kwh {_BAND} {_SURE} avoided_pct excluded_hours holds_zero cost_holds_zero "
                      "excludes reason evidence_key"),
    "savings_monthly": ("Besparing per månad", "project facility carrier month metered_kwh adjusted_baseline_kwh "
                        f"{_BAND} {_SURE} excluded_hours excludes reason is_closed evidence_key"),
    "savings_component": ("Besparing per avgiftsdel", "project facility carrier component period from_month to_month "
                          "actual_cost_sek adjusted_baseline_cost_sek avoided_cost_sek* cost_probability_pct excludes "
                          "reason"),
    "avoided_cost": ("Undviken kostnad", "project facility carrier component period from_month to_month effect "
                     "price_basis priced_from priced_to actual_cost_sek adjusted_baseline_cost_sek avoided_cost_sek* "
                     "cost_probability_pct excludes reason is_headline_basis evidence_key"),
    "class_change": ("Prisklass", "project facility carrier metering_point label from_month to_month effect "
                     "class_without class_with changed_pct class_change_sek* power_without_kw power_with_kw "
                     "utilisation_without_h utilisation_with_h reason"),
    "normal_year": ("Normalår", "project facility carrier metering_point normal_method from_month to_month "
                    "base_normal_kwh reporting_normal_kwh normalized_savings_kwh* energy_probability_pct "
                    "avoided_energy_kwh* weather_years definition base_kd reporting_kd normal_kd reason"),
    "bridge": ("Kostnadsbrygga", "project facility carrier step_no step amount_sek* energy_kwh base_from base_to "
               "reporting_from reporting_to reason evidence_key"),
    "bridge_matrix": ("Kostnadsbrygga per avgiftsdel", "project facility comparison carrier step_no step component "
                      "amount_sek* energy_kwh base_from base_to reporting_from reporting_to reason note evidence_key"),
    "bridge_bearer": ("Kostnadsbrygga per bärare", "project facility comparison carrier cost_bearer step_no step "
                      "amount_sek* base_from base_to reporting_from reporting_to reason note evidence_key"),
    "bridge_paid": ("Kostnadsbrygga, fakturerat", "project facility comparison carrier step_no step amount_sek* "
                    "base_from base_to reporting_from reporting_to reason evidence_key"),
    "economics_returns": ("Projektkalkyl", "project facility cost_bearer investment_sek subsidy_sek net_investment_sek "
                          "saving_sek_per_year* saving_reason simple_payback_years* simple_payback_reason "
                          "discounted_payback_years* discounted_payback_reason npv_sek* npv_reason "
                          "internal_rate_of_return_pct* internal_rate_of_return_reason pays_back_pct npv_positive_pct "
                          "annuity_sek_per_year horizon_years saving_basis text evidence_key"),
    "economics_components": ("Kalkyl, komponenter", "project facility no name cost_bearer amount_sek subsidy_sek "
                             "granter net_investment_sek year lifetime_years depreciation_sek"),
    "economics_years": ("Kalkyl per år", "project facility cost_bearer year is_measured book_value_sek "
                        "depreciation_sek internal_interest_sek capital_cost_sek saving_sek* net_effect_sek* "
                        "balance_sek* reason"),
    "economics_tornado": ("Kalkyl, känslighet", "project facility cost_bearer rank parameter low high unit "
                          "npv_low_sek npv_sek npv_high_sek range_reason reason"),
    "economics_assumptions": ("Kalkyl, antaganden", "project facility no text"),
    "promised_delivered": ("Utlovat och levererat", "project facility period unit price_basis promised measured* "
                           "difference* delivered_pct* verdict text excluded_hours document promised_on reason"),
    "measures": ("Åtgärder", "rank measure_key measure_id facility title description saving_sek_per_year* "
                 "saving_kwh_per_year confidence status method silent_reason code cost_class assumed_cost_sek "
                 "difficulty actor verification metering_point one_off picture_kind picture_x picture_y is_quiet "
                 "stage_note dismissed_elsewhere evidence_key"),
    "measure_register": ("Åtgärdsregister", "stage measure_key measure_id facility metering_point title "
                         "latest_sek_per_year* promised_sek_per_year verified_sek_per_year* verified_sek* verdict "
                         "decision decided_on owner_role start_on cost_sek note decided_value_sek first_value_sek "
                         "first_seen last_seen is_visible one_off cost_class difficulty actor verification stage_note "
                         "dismissed_elsewhere evidence_key"),
    "measure_history": ("Åtgärder, historik", "measure_key facility title no happened_on event decision owner_role "
                        "start_on cost_sek value_sek note channel file_name sheet row_no evidence_key"),
    "measure_verification": ("Åtgärder, verifiering", "measure_key measure_id facility title decided_on start_on "
                             "metering_points from_month to_month months months_needed promised_sek_per_year "
                             "verified_sek* verified_sek_per_year* avoided_energy_kwh* verdict text overlaps one_off "
                             "trained_from trained_to cvrmse_daily_pct owner_role cost_sek reason evidence_key"),
    "measure_verified": ("Åtgärder, verifierat", "facility measures measure_keys verified_sek_per_year* reason"),
    "measures_combined": ("Åtgärder tillsammans", "facility rank measure_key title marginal_sek_per_year* "
                          "cumulative_sek_per_year* separate_sek_per_year cost_class reason"),
    "reference_values": ("Nyckeltal mot andra", "facility key_figure label value unit reference_low reference "
                         "reference_high verdict others others_value reason source_text noted_on"),
    "storage_optimum": ("Lagrets bästa drift", "store facility operation from_month to_month cost_sek gain_sek* "
                        "charge_kwh discharge_kwh direct_kwh electricity_kwh reason evidence_key"),
    "storage_optimum_cause": ("Lagrets gap per orsak", "store facility operation no gap_cause gain_sek* hours "
                              "stored_kwh evidence_key"),
    "storage_optimum_month": ("Lagrets bästa drift per månad", "store facility operation month charge_kwh "
                              "discharge_kwh direct_kwh electricity_kwh reckoned_content_kwh evidence_key"),
    "storage_optimum_day": ("Lagrets bästa drift per dygn", "store facility operation day reckoned_content_kwh "
                            "power_kw evidence_key"),
    "storage_optimum_class": ("Lagret och prisklassen", "store facility carrier metering_point label "
                              "class_without_store class_with_store class_optimal class_with_store_sek "
                              "class_optimal_sek power_without_store_kw power_with_store_kw power_optimal_kw "
                              "utilisation_without_store_h utilisation_with_store_h utilisation_optimal_h reason "
                              "evidence_key"),
    "storage_optimum_bill": ("Lagrets bästa drift, räkning", "store facility operation no month metering_point "
                             "component label determinant quantity unit amount_sek evidence_key"),
    "storage_optimum_note": ("Lagrets drift, antaganden", "store facility no text"),
    "measure_series": ("Åtgärder, bild", "measure_key no series x y"),
    "measure_evidence": ("Åtgärder, underlag", "measure_key no label at value unit note"),
    **schema_storage.MARTS,
    "monthly_cost": ("Kostnad per månad", "facility carrier metering_point contract_kind month component label "
                     "determinant quantity unit amount_sek price_list estimated_hours reason "
                     "is_closed evidence_key"),
    "invoice_check": ("Fakturakontroll", "facility carrier metering_point contract_kind supplier consumption_month "
                      "component invoiced_sek recomputed_sek difference_sek invoiced_quantity recomputed_quantity "
                      "unit verdict reason evidence_key"),
    "invoice_lines": ("Fakturarader", "facility carrier metering_point supplier supplier_id invoice_no issue_date "
                      "document_type line_id item component line_class quantity unit amount_sek vat_percent "
                      "period_start period_end consumption_month accounting_period file_name row_no evidence_key"),
    "invoice_audit": ("Fakturagranskning", "facility carrier metering_point contract_kind supplier supplier_id "
                      "invoice_no issue_date document_type line_id item component period_start period_end "
                      "consumption_month accounting_period price_list invoiced_quantity recomputed_quantity unit "
                      "invoiced_sek recomputed_sek difference_sek verdict reason file_name row_no evidence_key"),
    "invoice_findings": ("Fakturafel", "facility carrier metering_point contract_kind supplier supplier_id invoice_no "
                         "consumption_month rule level amount_sek message evidence supplier_text finding_key "
                         "evidence_key"),
    "missing_invoices": ("Saknade fakturor", "facility carrier metering_point contract_kind supplier supplier_id "
                         "consumption_month expected_on days_late estimated_sek message evidence_key"),
    "ledger_match": ("Faktura mot bokföring", "facility carrier metering_point contract_kind supplier supplier_id "
                     "invoice_no issue_date document_type consumption_month accounting_period net_sek posted_sek "
                     "difference_sek verdict account expected_account cost_centre expected_cost_centre voucher "
                     "voucher_date message file_name row_no evidence_key"),
    "accruals": ("Periodiseringar", "facility carrier metering_point contract_kind supplier consumption_month "
                 "accounting_period accrual_sek reversal_period status method invoiced_sek error_sek error_pct reason "
                 "evidence_key"),
    "accrual_postings": ("Bokföringsförslag", "posting_date account cost_centre objects debit_sek credit_sek text "
                         "consumption_month metering_point contract_kind"),
    "allocation": ("Fördelning", "facility carrier metering_point cost_bearer month share_pct energy_kwh cost_sek "
                   "key_text reason evidence_key"),
    "budget_month": ("Budget per månad", "facility dimension dimension_key dimension_name carrier month budget_sek "
                     "outcome_sek deviation_sek deviation_pct last_year_sek budget_kwh outcome_kwh last_year_kwh "
                     "is_closed reason evidence_key"),
    "budget_period": ("Budget och utfall", "facility dimension dimension_key dimension_name carrier year period "
                      "from_month to_month budget_sek outcome_sek deviation_sek deviation_pct last_year_sek "
                      "remaining_budget_sek budget_kwh outcome_kwh last_year_kwh reason evidence_key"),
    "forecast": ("Prognos", "facility year carrier component made_from outcome_sek remaining_sek* forecast_sek* "
                 "budget_sek deviation_sek previous_forecast_sek change_sek outcome_kwh forecast_kwh* weather_years "
                 "reason evidence_key"),
    "forecast_monthly": ("Prognos per månad", "facility carrier month basis amount_sek* energy_kwh* reason"),
    "deviations": ("Avvikelser mot budget", "facility deviation_key dimension dimension_key dimension_name carrier "
                   "month budget_sek outcome_sek deviation_sek deviation_pct likely_cause status cause owner_role "
                   "answered_on note evidence_key"),
    "climate": ("Klimat", "facility carrier emission_method year month energy_kwh amount_sek kg_per_mwh co2e_kg "
                "factor_source reason evidence_key"),
    "baselines": ("Baslinjer", "project facility carrier metering_point target trained_from trained_to hours days "
                  "lag_h cvrmse_daily_pct cvrmse_hourly_pct nmbe_pct drift_sd_pct extrapolation disqualified version "
                  "input_hash frozen_version frozen_on frozen_why decided_by"),
    "placebos": ("Fiktiva projektdatum", "project facility carrier metering_point no placebo_kind period_start "
                 "period_end metered_kwh predicted_kwh* placebo_error_pct held"),
    "signature": ("Energisignatur", "facility metering_point carrier day phase mean_power_kw air_temperature_c "
                  "adjusted_mean_power_kw"),
    "daily": ("Dygnsvärden", "facility metering_point name carrier day energy_kwh volume_m3 supply_temperature_c "
              "return_temperature_c air_temperature_c phase"),
    "heatmap": ("Timeffekt", "facility metering_point carrier day hour power_kw"),
    "duration": ("Varaktighet", "facility metering_point carrier period rank_pct power_kw"),
    "peaks": ("Effekttoppar", "facility metering_point carrier rank start_local power_kw note"),
    "cusum": ("Summerad undviken energi", "project facility carrier day cumulative_avoided_kwh"),
    "events": ("Händelser", "facility kind start_utc end_utc carrier treatment reason decided_by"),
    "event_proposals": ("Förslag till händelser", "project facility carrier metering_point kind event_from event_to "
                        "size_kwh_per_day size_pct size_band_pct likelihood_ratio confidence message status handled_by "
                        "ready_row ready_toml"),
    "non_routine": ("Händelsernas verkan", "project facility carrier period row_no entry event_from event_to "
                    "event_carrier treatment event_reason decided_by effect_pct effect_band_pct avoided_energy_kwh* "
                    "avoided_cost_sek* remark reason"),
    "freshness": ("Färskhet", "facility metering_point name carrier quantity first_utc last_utc expected_values "
                  "values_present coverage_pct estimated_pct"),
    "coverage": ("Täckning", "facility metering_point name carrier quantity month expected_values values_present "
                 "coverage_pct estimated_pct"),
    "points": ("Punkter", "facility point name kind unit metering_point first_utc last_utc samples missing_pct"),
    "restatements": ("Ändrade stängda siffror", "month version measure closed_value new_value difference evidence_key"),
    "files": ("Filer", "file_id file_name source sha256 received_at rows_in loaded rejected duplicates encoding clock "
              "issued_at status message sheet ended_why ended_at"),
    "findings": ("Iakttagelser", "facility level rule message file_name sheet row_no original metering_point month "
                 "amount_sek evidence_key"),
    "publication": ("Publicering", "run_id published_at version data_to home_name languages months_closed"),
}  # fmt: skip
# where a column name means something else than in the dictionary
_EXCEPTIONS: Mapping[tuple[str, str], str] = {
    ("freshness", "quantity"): "quantity_name",
    ("coverage", "quantity"): "quantity_name",
    ("points", "kind"): "point_kind",
    ("baselines", "disqualified"): "reason",
    ("event_proposals", "kind"): "change",
    ("restatements", "version"): "closed_version",
    ("measure_history", "value_sek"): "event_value_sek",
    # a claim comes once: only a project's saving is one a year
    **{("measures", f"saving_sek_per_year{end}"): f"worth_sek{end}" for end in ("", "_low", "_high")},
    **{("promised_delivered", f"difference{end}"): f"delivered_difference{end}" for end in ("", "_low", "_high")},
    ("projects", "baseline_to"): "baseline_before",
    ("projects", "reporting_to"): "reporting_before",
    ("findings", "month"): "month",
}


def _columns(mart: str, words: str) -> dict[str, Column]:
    """Return the columns of one mart in order."""
    names = [n for w in words.split() for n in ((w[:-1], w[:-1] + "_low", w[:-1] + "_high") if w[-1] == "*" else (w,))]
    return {name: COLUMNS[_EXCEPTIONS.get((mart, name), name)] for name in names}


MARTS: Mapping[str, Mapping[str, Column]] = {mart: _columns(mart, words) for mart, (_, words) in _MARTS.items()}
TITLES: Mapping[str, str] = {mart: title for mart, (title, _) in _MARTS.items()}
