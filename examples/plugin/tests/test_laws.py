"""What the plugin adds keeps the laws of its kind."""

from __future__ import annotations

import pytest
from kedge_lopsided.lopsided import lopsided
from kedge_lopsided.lopsidedness import lopsidedness
from kedge_lopsided.median_shift import median_shift

from kedge.testing import item_laws


@pytest.mark.parametrize("law", item_laws.STATISTIC_LAWS, ids=lambda law: law.__name__)
def test_the_statistic_keeps_the_laws(law):
    law(lopsidedness)


@pytest.mark.parametrize("law", item_laws.DISTANCE_LAWS, ids=lambda law: law.__name__)
def test_the_distance_keeps_the_laws(law):
    law(median_shift)


@pytest.mark.parametrize("law", item_laws.CHECK_LAWS, ids=lambda law: law.__name__)
def test_the_check_keeps_the_laws(law):
    law(lopsided, {"lopsidedness": lopsidedness})
