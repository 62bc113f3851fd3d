"""The files of data-quality.md, 3.2 to 3.4, key by key, as the service's SDK reads them."""

from __future__ import annotations

import json

import numpy as np

from kedge.analysis.batch import Batch, column
from kedge.analysis.documents import ConstraintViolations, Violation
from kedge.analysis.profile import Profile
from kedge.analysis.suggest import constraints
from kedge.analysis.summarize import statistics

BATCH = Batch(
    {
        "age": column([18, 44, 31, 28]),
        "colour": column(["blue", "red", "blue", None]),
        "void": column([None] * 4),
    },
    np.arange(4, dtype=np.uint64),
)
PROFILE = Profile().update(BATCH)


def test_statistics():
    document = json.loads(statistics(PROFILE).to_json())
    age, colour, void = document.pop("features")
    kll = age["numerical_statistics"].pop("distribution")["kll"]
    assert document == {"version": 0.0, "dataset": {"item_count": 4}}
    assert age["numerical_statistics"] == {
        "common": {"num_present": 4, "num_missing": 0},
        "mean": 30.25,
        "sum": 121.0,
        "std_dev": 9.283722313813572,
        "min": 18.0,
        "max": 44.0,
    }
    assert kll["sketch"] == {"parameters": {"c": 0.64, "k": 2048.0}, "data": [[18.0, 44.0, 31.0, 28.0]]}
    assert colour["string_statistics"] == {
        "common": {"num_present": 3, "num_missing": 1},
        "distinct_count": 2.0,
        "distribution": {"categorical": {"buckets": [{"value": "blue", "count": 2}, {"value": "red", "count": 1}]}},
    }
    assert void == {
        "name": "void",
        "inferred_type": "Unknown",
        "common": {"num_present": 0, "num_missing": 4},
    }


def test_buckets():
    document = json.loads(statistics(PROFILE).to_json())
    buckets = document["features"][0]["numerical_statistics"]["distribution"]["kll"]["buckets"]
    assert len(buckets) == 10
    assert buckets[0] == {"lower_bound": 18.0, "upper_bound": 20.6, "count": 1.0}
    assert sum(bucket["count"] for bucket in buckets) == 4.0


def test_constraints():
    document = json.loads(constraints(PROFILE).to_json())
    assert document == {
        "version": 0.0,
        "features": [
            {
                "name": "age",
                "inferred_type": "Integral",
                "completeness": 1.0,
                "num_constraints": {"is_non_negative": True},
            },
            {"name": "colour", "inferred_type": "String", "completeness": 0.75},
            {"name": "void", "inferred_type": "Unknown", "completeness": 0.0},
        ],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1.0,
            "domain_content_threshold": 1.0,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.1,
                "comparison_method": "Robust",
                "categorical_comparison_threshold": 0.1,
                "categorical_drift_method": "LInfinity",
            },
        },
    }


def test_violations():
    violation = Violation(feature_name="age", constraint_check_type="data_type_check", description="Why.")
    assert json.loads(ConstraintViolations(violations=[violation]).to_json()) == {
        "violations": [{"feature_name": "age", "constraint_check_type": "data_type_check", "description": "Why."}]
    }


def test_files_are_spaced_as_the_service_spaces_them():
    assert '"version" : 0.0,\n' in constraints(PROFILE).to_json()
