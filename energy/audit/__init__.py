"""The invoice audit: every line beside the bill recomputed from the meter, why they differ, and what to do about it.

shadow.audit_lines lays line beside component, reasons says why they differ, rules make one finding of each real
problem with a text for the supplier, missing tells the invoices that never came. Domain: invoice errors I1-I11.
"""
