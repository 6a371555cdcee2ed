//! An alert comes, a real Prometheus is asked what its pod uses, and a picture of that goes out with the finding.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::json;

use crate::machine;
use crate::process::Process;
use crate::receiver::{self, Got};
use crate::server::Settings;
use crate::wait;

/// What the pod has used all the time: a line at five sixths of the graph's height.
const USED: u64 = 100 * 1024 * 1024;

#[test]
fn a_graph_of_prometheus_goes_out_as_a_picture() {
    let (Some(prometheus), Some(promtool)) =
        (machine::program("prometheus"), machine::program("promtool"))
    else {
        machine::skipped(
            "a graph of Prometheus goes out as a picture",
            "Prometheus is not installed",
        );
        return;
    };
    let sent: Arc<Mutex<Vec<Got>>> = Arc::default();
    let seen = Arc::clone(&sent);
    let service = receiver::listen(move |got| {
        seen.lock().unwrap().push(got);
        Some(("200 OK", json!({})))
    });
    let settings = Settings::dev();
    record_usage(&promtool, settings.folder());
    let (_prometheus, address) = start_prometheus(&prometheus, settings.folder());
    let playbooks = json!({
        "globalConfig": {"cluster_name": "lab", "prometheus_url": format!("http://{address}")},
        "sinksConfig": [{"discord_sink": {"name": "d", "url": format!("http://{service}/api/webhooks/1/t")}}],
        "customPlaybooks": [{
            "triggers": [{"on_prometheus_alert": {}}],
            "actions": [{"alert_graph_enricher": {"resource_type": "Memory", "item_type": "Pod"}}],
        }],
    });
    let squall = settings.playbooks(&playbooks.to_string()).start();
    squall.post("/api/alerts", &alert(), 200);
    let picture = wait::until("a picture", || {
        let sent = sent.lock().unwrap();
        let found = sent.iter().find_map(|got| picture(&got.body));
        found.ok_or_else(|| format!("{} requests", sent.len()))
    });
    assert_shows_the_line(&picture);
}

fn now(format: &str) -> String {
    let said = Command::new("date").args(["-u", format]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}

/// What Prometheus would have scraped in the last two hours.
fn record_usage(promtool: &Path, folder: &Path) {
    let now: u64 = now("+%s").parse().unwrap();
    let mut lines = vec!["# TYPE container_memory_working_set_bytes gauge".to_owned()];
    for minute in (0..120).rev() {
        let labels = r#"namespace="shop",pod="web-1",container="web",image="web:1",job="kubelet""#;
        let at = now - minute * 60;
        lines.push(format!(
            "container_memory_working_set_bytes{{{labels}}} {USED} {at}"
        ));
    }
    lines.push("# EOF\n".to_owned());
    let file = folder.join("usage.txt");
    fs_err::write(&file, lines.join("\n")).unwrap();
    let made = Command::new(promtool)
        .args(["tsdb", "create-blocks-from", "openmetrics"])
        .arg(&file)
        .arg(folder.join("prometheus"))
        .output()
        .unwrap();
    assert!(made.status.success(), "{made:?}");
}

fn start_prometheus(program: &Path, folder: &Path) -> (Process, String) {
    let file = folder.join("prometheus.yml");
    fs_err::write(&file, "{}").unwrap();
    let mut command = Command::new(program);
    command
        .arg("--config.file")
        .arg(file)
        .arg("--storage.tsdb.path")
        .arg(folder.join("prometheus"))
        .arg("--web.listen-address=127.0.0.1:0");
    let mut process = Process::start("prometheus", &mut command, folder);
    let address = process.said(0, |line| {
        let (_, address) = line.split_once("msg=\"Listening on\" address=")?;
        Some(address.trim().to_owned())
    });
    (process, address)
}

fn alert() -> serde_json::Value {
    json!({
        "version": "4", "groupKey": "{}", "receiver": "squall", "status": "firing",
        "externalURL": "http://alertmanager",
        "alerts": [{
            "status": "firing",
            "labels": {"alertname": "HighMemory", "severity": "critical", "namespace": "shop", "pod": "web-1"},
            "annotations": {"summary": "Memory is high"},
            "startsAt": now("+%Y-%m-%dT%H:%M:%SZ"), "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus/graph?g0.expr=up", "fingerprint": "f1",
        }],
    })
}

/// The PNG in a form.
fn picture(body: &[u8]) -> Option<Vec<u8>> {
    let find = |wanted: &[u8]| {
        let mut windows = body.windows(wanted.len());
        windows.position(|window| window == wanted)
    };
    let picture = body.get(find(b"\x89PNG\r\n")?..)?;
    let end = b"IEND\xae\x42\x60\x82";
    let last = picture
        .windows(end.len())
        .position(|window| window == end)?;
    picture.get(..last + end.len()).map(<[u8]>::to_vec)
}

fn assert_shows_the_line(picture: &[u8]) {
    let decoder = png::Decoder::new(std::io::Cursor::new(picture));
    let mut reader = decoder.read_info().unwrap();
    let mut dots = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut dots).unwrap();
    assert_eq!((frame.width, frame.height), (1280, 500));
    assert_eq!(frame.color_type, png::ColorType::Rgba);
    let dot = |x: usize, y: usize| &dots[y * frame.line_size + x * 4..][..3];
    for x in [300, 600, 900, 1200] {
        assert_eq!(dot(x, 108), [0x3f, 0x6f, 0xd8], "{x}");
        assert_eq!(dot(x, 150), [0xff, 0xff, 0xff], "{x}");
    }
}
