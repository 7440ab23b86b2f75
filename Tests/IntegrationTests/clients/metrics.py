"""metrics.py URL: reads /metrics as Prometheus does and prints the samples as one JSON object, by name and labels."""

import json
import sys
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

with urllib.request.urlopen(sys.argv[1], timeout=20) as response:
    assert response.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8", response.headers["Content-Type"]
    text = response.read().decode()

samples, families = {}, {}
for family in text_string_to_metric_families(text):
    assert family.type in ("counter", "gauge", "histogram"), (family.name, family.type)
    assert family.documentation, family.name
    assert family.name not in families, f"{family.name} twice"
    families[family.name] = family.type
    for sample in family.samples:
        key = sample.name + "{" + ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items())) + "}"
        assert key not in samples, f"{key} twice"
        samples[key] = sample.value
    if family.type == "histogram":
        for label in {json.dumps({k: v for k, v in s.labels.items() if k != "le"}) for s in family.samples}:
            own = [s for s in family.samples if json.dumps({k: v for k, v in s.labels.items() if k != "le"}) == label]
            buckets = [s.value for s in own if s.name.endswith("_bucket")]
            assert buckets == sorted(buckets), "buckets add up"
            assert buckets[-1] == next(s.value for s in own if s.name.endswith("_count")), "the last one is all"
print(json.dumps(samples))
