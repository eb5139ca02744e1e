"""The quality loss rate (质量损失率): what failures cost, as a share of what was made.

    items         the ten cost lines of a filing, as product data
    filings       a table of filings, every fault in it at once
    rates         Ci, Ce, Fi, Fe, F of each filing; the year to date
    regional      rates of regions and industries: sum of losses over sum of output
    disclosure    what may be published of them without showing a firm
    queries       which filing gives rise to a question back to its firm, and why

F = (Ci + Ce) / P. Rates are shares (0.006 is 0.6 %), amounts are in one unit of money throughout.
"""
