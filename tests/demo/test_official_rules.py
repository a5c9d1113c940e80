"""The demo's Peppol invoices are real e-invoices: every one keeps the schema and every official rule."""

from __future__ import annotations

from energy.sources.invoices.peppol import read


def test_every_invoice_of_the_demo_keeps_every_official_rule(home):
    invoices = {
        path: data for path, data in home.items() if path.startswith("inbox/fakturor/") and "svefaktura" not in path
    }
    assert len(invoices) > 200
    told = {
        (path, finding.rule)
        for path, data in invoices.items()
        for finding in read(data, path, {"rules": ["xsd", "en16931", "peppol"]}).findings
    }
    assert told == set()
