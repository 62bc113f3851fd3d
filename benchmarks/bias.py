"""Bias of three facets, every metric but the flip test, beside smclarify.

kedge is a whole process that learns a baseline: it reads Parquet, remembers each column, and counts each facet in 50
replicas, so that every metric has its interval; it writes nothing. smclarify reads the same file with pandas and makes
its own report of each facet, before and after training, without any interval.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from .data import people
from .measure import KEDGE, Contender, Limit, Options, race, table, warm

if TYPE_CHECKING:
    from collections.abc import Iterator

PRE = ["CDDL", "CI", "DPL", "JS", "KL", "KS", "LP", "TVD"]
POST = ["AD", "CDDPL", "DAR", "DCA", "DCR", "DI", "DPPL", "DRR", "GE", "RD", "SD", "TE"]
CONFIG = {
    "label": "label",
    "predicted_label": "prediction",
    "label_values_or_threshold": [1],
    "facet": [
        {"name_or_index": "sex", "value_or_threshold": ["F"]},
        {"name_or_index": "race", "value_or_threshold": ["r1", "r2"]},
        {"name_or_index": "age", "value_or_threshold": [40.5]},
    ],
    "group_variable": "education",
    "methods": {"pre_training_bias": {"methods": PRE}, "post_training_bias": {"methods": POST}},
}
KEDGE_CODE = """
import json, sys
from kedge.adapters.engines.local import Local as Engine
from kedge.adapters.stores.local import Local
from kedge.analysis.bias.config import BiasConfig
from kedge.analysis.bias_metrics import bias_metrics
from kedge.domain.dataset import Dataset
from kedge.monitors.bias import BiasDrift
from kedge.service.sources import AsItIs
monitor = BiasDrift(bias_metrics(), BiasConfig(**json.loads(sys.argv[2])))
print(monitor.learn(AsItIs(Engine(Local()), Dataset(sys.argv[1]), lambda _: None)).statistics.to_json())
"""
CLARIFY_CODE = """
import json, logging, sys
import pandas as pd
from smclarify.bias import report
logging.disable(logging.CRITICAL)
rows, asked = pd.read_parquet(sys.argv[1]), json.loads(sys.argv[2])
label = lambda name: report.LabelColumn(name, rows[name], asked["label_values_or_threshold"])
for facet in asked["facet"]:
    column = report.FacetColumn(facet["name_or_index"], list(facet["value_or_threshold"]))
    for stage in report.StageType:
        names = asked["methods"][stage.value + "_bias"]["methods"]
        print(report.bias_report(rows, column, label("label"), stage, label("prediction"), names, rows["education"]))
"""
TARGET = 0.1


def run(options: Options) -> Iterator[str]:
    """Yield a title, and both."""
    rows = 100_000 if options.quick else 1_000_000
    path, asked = str(warm(people(options.data, rows))), json.dumps(CONFIG)
    yield f"Bias of {rows:,} rows, three facets and a group variable, {len(PRE) + len(POST)} metrics, no flip test"
    contenders = [Contender(KEDGE, (sys.executable, "-c", KEDGE_CODE, path, asked))]
    if options.clarify:
        contenders.append(
            Contender("smclarify", (options.clarify, "-c", CLARIFY_CODE, path, asked), Limit("ratio", TARGET))
        )
    yield table(race(contenders, options.rounds))
