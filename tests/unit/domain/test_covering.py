"""What covers a metric is found as by comparing it with each."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kedge.domain.covering import Covering
from kedge.domain.metric import Metric

METRICS = st.builds(
    Metric.of,
    st.sampled_from(["data", "model"]),
    st.sampled_from(["drift", "auc"]),
    st.dictionaries(st.sampled_from("abc"), st.sampled_from("12")),
)


@given(st.lists(METRICS, max_size=8), METRICS)
def test_what_covers_a_metric_is_found(asked, came):
    covering = Covering[int]()
    for number, metric in enumerate(asked):
        covering.add(metric, number)
    assert sorted(covering.of(came)) == [number for number, metric in enumerate(asked) if metric.covers(came)]
