"""E-invoices: Peppol BIS Billing 3 and Svefaktura, official rules, and what each line is."""
