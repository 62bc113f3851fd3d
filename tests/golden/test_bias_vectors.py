"""What the open library of the service gave for 120 rows: it holds where that is not installed (bias.md, 5.2, 5.3)."""

from __future__ import annotations

import pytest

from kedge.analysis.batch import Batch, column
from kedge.analysis.bias.bias import Bias
from kedge.analysis.bias.measures import Reader
from kedge.analysis.bias.plan import Facet, Plan
from kedge.analysis.bias_metrics import bias_metrics
from kedge.analysis.hashing import hash_keys

ROWS = range(120)
COLUMNS = {
    "sex": ["FMM"[i * 7 % 3] for i in ROWS],
    "age": [20.5 + i * 37 % 50 for i in ROWS],
    "shop": ["uvw"[i * i % 3] for i in ROWS],
    "y": [int(i * 13 % 10 < 4) for i in ROWS],
    "p": [int(i * 29 % 12 < 5) for i in ROWS],
}
KINDS = {"": "categorical", "sex=F": "categorical", "age=60": "continuous", "shop": "categorical"}
FACETS = (Facet("sex", ("F",)), Facet("age", (60,)), Facet("shop"))
EXPECTED = {
    "sex=F": {
        "AD": 0.025000000000000022,
        "CDDL": 0.0,
        "CDDPL": 0.0,
        "CI": 0.3333333333333333,
        "DAR": 0.0,
        "DCA": 0.2666666666666666,
        "DCR": 0.24,
        "DI": 1.3333333333333333,
        "DPL": 0.0,
        "DPPL": -0.125,
        "DRR": 0.0,
        "GE": 0.2336737436173073,
        "JS": 0.0,
        "KL": 0.0,
        "KS": 0.0,
        "LP": 0.0,
        "RD": -0.125,
        "SD": -0.125,
        "TE": -0.44444444444444453,
        "TVD": 0.0,
    },
    "age=(60.0, 69.5]": {
        "AD": -0.03125,
        "CDDL": 0.02083333333333334,
        "CDDPL": -0.07111111111111111,
        "CI": 0.6,
        "DAR": -0.02192982456140352,
        "DCA": 0.2763157894736843,
        "DCR": 0.26724137931034486,
        "DI": 1.2631578947368423,
        "DPL": 0.03125,
        "DPPL": -0.10416666666666669,
        "DRR": 0.08045977011494254,
        "GE": 0.2336737436173073,
        "JS": 0.0005129258558349706,
        "KL": 0.002061956449765985,
        "KS": 0.03125,
        "LP": 0.04419417382415922,
        "RD": -0.17094017094017094,
        "SD": -0.06315789473684208,
        "TE": -0.4720496894409938,
        "TVD": 0.03125,
    },
    "shop=u": {
        "AD": 0.025000000000000022,
        "CDDL": 0.0,
        "CDDPL": 0.0,
        "CI": 0.3333333333333333,
        "DAR": 0.0,
        "DCA": 0.2666666666666666,
        "DCR": 0.24,
        "DI": 1.3333333333333333,
        "DPL": 0.0,
        "DPPL": -0.125,
        "DRR": 0.0,
        "GE": 0.2336737436173073,
        "JS": 0.0,
        "KL": 0.0,
        "KS": 0.0,
        "LP": 0.0,
        "RD": -0.125,
        "SD": -0.125,
        "TE": -0.44444444444444453,
        "TVD": 0.0,
    },
    "shop=v": {
        "AD": -0.025000000000000022,
        "CDDL": 0.0,
        "CDDPL": 0.0,
        "CI": -0.3333333333333333,
        "DAR": 0.0,
        "DCA": -0.2666666666666666,
        "DCR": -0.24,
        "DI": 0.75,
        "DPL": 0.0,
        "DPPL": 0.125,
        "DRR": 0.0,
        "GE": 0.2336737436173073,
        "JS": 0.0,
        "KL": 0.0,
        "KS": 0.0,
        "LP": 0.0,
        "RD": 0.125,
        "SD": 0.125,
        "TE": 0.44444444444444453,
        "TVD": 0.0,
    },
}


@pytest.mark.parametrize("facet", EXPECTED)
def test_every_metric_is_what_the_library_said(facet):
    plan = Plan("y", (1,), FACETS, "p", group="shop", kinds=KINDS)
    batch = Batch({name: column(values) for name, values in COLUMNS.items()}, hash_keys("rows", 0, len(ROWS)))
    sides = {f"{s.facet}={s.told}": s for s in Reader(Bias(plan).update(batch), flip=False).sides()}
    found = {measure.name: measure.value for measure in sides[facet].measures(bias_metrics()) if measure.name != "FT"}
    assert found == pytest.approx(EXPECTED[facet], rel=1e-9, abs=1e-12)
