"""What the official e-invoice rules are about, in Swedish, by the first letters of their ids.

The rules' own texts are English and stay beside these words in every finding. Reference: EN 16931-1 (BR-), CEN/TS
16931-3-2 (UBL-), docs.peppol.eu (PEPPOL-, SE-R-).
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["WORDS", "explained"]

# the longest beginning that fits decides
WORDS: Mapping[str, str] = {
    "": "en av reglerna för innehållet är bruten",
    "BR-": "en uppgift som e-fakturan ska ha saknas eller är fel",
    "BR-29": "fakturans period slutar innan den börjar",
    "BR-30": "en rads period slutar innan den börjar",
    "BR-CL-": "en kod finns inte i standardens kodlista",
    "BR-CL-23": "en enhetskod finns inte i UN/ECE:s lista",
    "BR-CO-": "två uppgifter stämmer inte med varandra",
    "BR-CO-10": "radernas belopp ger inte fakturans radsumma",
    "BR-CO-11": "avdragen ger inte fakturans summa av avdrag",
    "BR-CO-12": "avgifterna ger inte fakturans summa av avgifter",
    "BR-CO-13": "nettobeloppet är inte radsumman med avgifter och avdrag",
    "BR-CO-14": "momsbeloppen ger inte fakturans moms",
    "BR-CO-15": "nettobelopp och moms ger inte bruttobeloppet",
    "BR-CO-16": "beloppet att betala är inte brutto, förskott och öresavrundning sammanlagt",
    "BR-CO-17": "momsen är inte underlaget gånger momssatsen",
    "BR-CO-18": "momsen är inte uppdelad på momssatser",
    "BR-CO-25": "förfallodag eller betalningsvillkor saknas",
    "BR-CO-26": "säljaren går inte att känna igen",
    "BR-DEC-": "ett belopp har fler än två decimaler",
    "BR-S-": "momsen för vanliga momssatser stämmer inte",
    "BR-S-08": "momsunderlaget är inte summan av raderna med samma momssats",
    "BR-S-09": "momsen är inte underlaget gånger momssatsen",
    "BR-E-": "uppgifterna om momsfri försäljning stämmer inte",
    "BR-Z-": "uppgifterna om momssatsen noll stämmer inte",
    "BR-AE-": "uppgifterna om omvänd skattskyldighet stämmer inte",
    "BR-O-": "uppgifterna om försäljning utanför momsen stämmer inte",
    "UBL-": "formen avviker från hur EN 16931 skrivs i UBL",
    "UBL-CR-": "fakturan har en uppgift som inte hör hemma i en e-faktura enligt EN 16931",
    "UBL-SR-": "en uppgift som bara får stå en gång står flera gånger",
    "UBL-DT-": "en uppgift har fel form",
    "PEPPOL-": "en av Peppols regler är bruten",
    "PEPPOL-EN16931-R003": "köparens referens eller beställningsnummer saknas",
    "PEPPOL-EN16931-R008": "ett fält är tomt",
    "PEPPOL-EN16931-R040": "en avgift eller ett avdrag är inte underlaget gånger procentsatsen",
    "PEPPOL-EN16931-R046": "priset är inte bruttopris minus rabatt",
    "PEPPOL-EN16931-R110": "en rads period börjar före fakturans",
    "PEPPOL-EN16931-R111": "en rads period slutar efter fakturans",
    "PEPPOL-EN16931-R120": "en rads belopp är inte antal gånger pris",
    "PEPPOL-EN16931-R121": "prisets basantal ska vara över noll",
    "PEPPOL-COMMON-": "ett nummer har fel kontrollsiffra eller form",
    "SE-R-": "en av de svenska reglerna är bruten",
    "SE-R-003": "ett organisationsnummer ska vara siffror",
    "SE-R-004": "ett organisationsnummer ska ha tio siffror",
    "SE-R-005": "uppgiften om F-skatt saknas",
    "SE-R-006": "momssatsen är ingen av de svenska",
    "SE-R-013": "ett organisationsnummer har fel kontrollsiffra",
}


def explained(rule: str) -> str:
    """Return what a rule is about, without a full stop."""
    return WORDS[max((start for start in WORDS if rule.startswith(start)), key=len)]
