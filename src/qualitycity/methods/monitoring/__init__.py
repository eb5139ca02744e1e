"""Monitoring of counts and reports: when is a number more than chance?

Time series (`surveillance` gathers the names a user needs):

- ``surveillance`` – :func:`farrington`, and again everything of the next five modules
- ``ears``         – the short-memory rules C1, C2, C3
- ``charts``       – EWMA, Poisson CUSUM, negative binomial GLR CUSUM
- ``runlength``    – average run length of a chart (:func:`arl`) and the limit for a wanted one (:func:`find_h`)
- ``discovery``    – :func:`fdr`, false discoveries among thousands of series
- ``windows``      – which past weeks a week is compared with, also on the ISO calendar with its 53rd weeks
- ``quasipoisson`` – the regression under ``farrington``, all series at once
- ``thresholds``   – its three prediction bounds: ``nb``, ``delta``, ``muan``

Space and space-time: ``scan`` (``circular``, ``space_time``) on the candidate zones of ``zones``.

Reports (`signals` gathers the names): ``reports`` counts pairs, ``disproportionality`` has PRR, ROR and IC,
``gps`` the empirical-Bayes score EBGM.

Injury scenarios: `riskmatrix` gathers ``matrices`` (versioned data) and ``scenarios`` (steps multiplied, sensitivity).

Everything takes arrays, returns frozen dataclasses of arrays, reads no clock and draws only from the generator given.
"""
