//! What is sent: one alert in Alertmanager's shape, as large as asked.

use serde_json::json;
use squall_model::Json;

/// Bytes of every body sent.
pub(crate) const BYTES: usize = 1024;

/// One alert by this name.
pub(crate) fn payload(alertname: &str, sequence: u64) -> Json {
    json!({
        "receiver": "squall",
        "status": "firing",
        "alerts": [{
            "status": "firing",
            "labels": {
                "alertname": alertname,
                "severity": "warning",
                "namespace": "shop",
                "pod": format!("cart-5d8f7c9b6d-{sequence:08}"),
                "container": "cart",
                "instance": "10.0.3.17:9100",
                "job": "kubelet",
            },
            "annotations": {"summary": "The pod uses more than 70 % of its memory limit."},
            "startsAt": "2026-11-22T13:14:15.000Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example:9090/graph?g0.expr=memory",
            "fingerprint": "c4f2a1d09b7e6358",
        }],
        "groupLabels": {"alertname": alertname},
        "commonLabels": {"alertname": alertname, "namespace": "shop"},
        "externalURL": "http://alertmanager.example:9093",
        "version": "4",
        "groupKey": "{}:{alertname=\"memory\"}",
        "sequence": sequence,
        "padding": "",
    })
}

/// The same as text of exactly [`BYTES`] bytes, if the name leaves room for that.
pub(crate) fn body(alertname: &str, sequence: u64) -> String {
    let mut payload = payload(alertname, sequence);
    let missing = BYTES.saturating_sub(payload.to_string().len());
    if let Some(padding) = payload.get_mut("padding") {
        *padding = Json::from("x".repeat(missing));
    }
    payload.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_body_is_as_large_as_the_table_says() {
        for sequence in [0, 1, 99_999, u64::from(u32::MAX)] {
            assert_eq!(body("PodMemoryHigh", sequence).len(), BYTES);
        }
    }
}
