"""The mathematics of quality work, free of database, web and clock; usable alone.

lottery: draws that anyone can recompute. conformity: rounding, limits, uncertainty, decision rules. acceptance:
sampling plans. comparison: proficiency, precision, products side by side. estimation: pass rates and fail rates.
monitoring: alarms over many series, signals, risk. tracing: where a lot came from and went. indicators: composite
scores. scheduling: counting back from a deadline. quality_loss: the quality-loss rate.
"""
