//! Helm's releases, out of the secrets in which Helm keeps them, and the triggers on them.

use std::io::{BufReader, Read as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::read::GzDecoder;
use serde::{Deserialize, Serialize};
use squall_model::{Json, Timestamp};

use super::explain::Why;
use super::pod::time;
use super::selector::text;

/// The type of the secrets in which Helm 3 keeps its releases.
pub const SECRET_TYPE: &str = "helm.sh/release.v1";

/// How long a release may be when it is unpacked: Kubernetes keeps no secret above 1 MB, packed.
const LONGEST: u64 = 64 * 1024 * 1024;

/// What begins a gzip stream.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// One revision of a release, as far as playbooks see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Its name.
    pub name: String,
    /// Where it is installed.
    pub namespace: String,
    /// The number of the revision.
    pub version: i64,
    /// What became of it.
    pub info: Info,
    /// Of which chart it is.
    #[serde(default)]
    pub chart: Option<Chart>,
    /// Whether it is gone.
    #[serde(default)]
    pub deleted: bool,
}

/// What became of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// When its first revision was installed.
    pub first_deployed: String,
    /// When this revision was.
    pub last_deployed: String,
    /// When it was removed; empty while it is there.
    #[serde(default)]
    pub deleted: String,
    /// What Helm says about it.
    #[serde(default)]
    pub description: Option<String>,
    /// Helm's word for its state, such as `deployed`.
    pub status: String,
    /// What the chart's author says to those who install it.
    #[serde(default)]
    pub notes: Option<String>,
}

/// The chart of a release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    /// What its `Chart.yaml` says.
    pub metadata: Metadata,
}

/// What a `Chart.yaml` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// The chart's name.
    pub name: String,
    /// The chart's version.
    pub version: String,
    /// What it is.
    #[serde(default)]
    pub description: Option<String>,
    /// The version of the chart's form.
    #[serde(default)]
    pub api_version: Option<String>,
    /// The version of what it installs.
    #[serde(default)]
    pub app_version: Option<String>,
}

/// Why a secret gives no release.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseError {
    /// It is another sort of secret.
    #[error("the secret has no member `data.release`")]
    NoRelease,
    /// It is not packed as Helm packs it.
    #[error("cannot unpack the release")]
    Base64(#[from] base64::DecodeError),
    /// It is not a release, is cut off, or is too long.
    #[error("cannot read the release, which may have {} MB at most", LONGEST / 1024 / 1024)]
    Json(#[from] serde_json::Error),
}

impl Release {
    /// Reads the release that a secret of the type [`SECRET_TYPE`] holds.
    pub fn of_secret(secret: &Json) -> Result<Self, ReleaseError> {
        let packed = text(secret.get("data"), "release").ok_or(ReleaseError::NoRelease)?;
        let packed = STANDARD.decode(STANDARD.decode(packed)?)?;
        Ok(read(&packed, LONGEST)?)
    }

    /// Whether Helm is still doing something with it.
    pub fn is_under_way(&self) -> bool {
        let status = self.info.status.as_str();
        status.starts_with("pending-") || status == "uninstalling"
    }
}

fn read(packed: &[u8], longest: u64) -> Result<Release, serde_json::Error> {
    // Helm's earliest releases are not compressed.
    if !packed.starts_with(&GZIP) {
        return serde_json::from_slice(packed);
    }
    let unpacked = GzDecoder::new(packed).take(longest);
    serde_json::from_reader(BufReader::new(unpacked))
}

/// Which releases a trigger means.
#[derive(Debug)]
pub(super) struct Releases {
    pub(super) statuses: &'static [&'static str],
    pub(super) names: Vec<String>,
    pub(super) namespace: Option<String>,
    /// How many seconds it has been so; 0 for any time.
    pub(super) duration: f64,
    pub(super) rate_limit: f64,
}

impl Releases {
    /// Whether it means a release. What is done with was so before the server started unless it was deployed later: then it
    /// was told by the server before.
    pub(super) fn check(
        &self,
        release: &Release,
        now: Timestamp,
        started_at: Timestamp,
    ) -> Result<(), Why> {
        if !self.is_about(release) {
            return Err(Why::NotSo("it is about other releases, or another status"));
        }
        let deployed = time(&release.info.last_deployed)?;
        if self.duration > 0.0 && now.seconds_since(deployed) < self.duration {
            return Err(Why::NotSo("it has not been so for `duration` seconds"));
        }
        if !release.is_under_way() && started_at > deployed {
            return Err(Why::NotSo("it was deployed before the server started"));
        }
        Ok(())
    }

    /// When it could fire, because a release has been so for long enough.
    pub(super) fn due(&self, release: &Release) -> Option<Timestamp> {
        let deployed = time(&release.info.last_deployed).ok()?;
        let is_waiting = self.duration > 0.0 && self.is_about(release);
        is_waiting.then(|| super::set::after(deployed, self.duration))
    }

    /// What is limited: a release that something is being done with, or one revision of it.
    pub(super) fn limited(playbook: &str, release: &Release) -> String {
        let Release {
            name, namespace, ..
        } = release;
        if release.is_under_way() {
            return format!("{playbook}{namespace}:{name}");
        }
        let deployed = time(&release.info.last_deployed);
        let deployed = deployed.map_or_else(|_| String::new(), |time| time.to_string());
        format!("{playbook}{namespace}:{name}-{deployed}")
    }

    fn is_about(&self, release: &Release) -> bool {
        let namespace = self.namespace.as_deref().filter(|name| !name.is_empty());
        self.statuses.contains(&release.info.status.as_str())
            && (self.names.is_empty() || self.names.contains(&release.name))
            && namespace.is_none_or(|namespace| namespace == release.namespace)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use serde_json::json;

    use super::*;

    fn written() -> Json {
        json!({
            "name": "shop", "namespace": "prod", "version": 3, "manifest": "kind: Pod", "hooks": [],
            "info": {
                "first_deployed": "2026-11-20T10:00:00.123456789+02:00",
                "last_deployed": "2026-11-22T10:00:00.5Z",
                "deleted": "", "status": "failed", "description": "timed out",
            },
            "chart": {"metadata": {"name": "shop", "version": "1.2.3", "apiVersion": "v2"}, "templates": [{"data": "eA=="}]},
        })
    }

    fn secret(packed: &[u8]) -> Json {
        let inner = STANDARD.encode(packed);
        json!({"type": SECRET_TYPE, "data": {"release": STANDARD.encode(inner)}})
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_release_is_read_from_its_secret() {
        let text = written().to_string();
        let release = Release::of_secret(&secret(&gzip(text.as_bytes()))).unwrap();
        assert_eq!(
            (release.version, release.info.status.as_str()),
            (3, "failed")
        );
        assert_eq!(release.chart.clone().unwrap().metadata.version, "1.2.3");
        let plain = Release::of_secret(&secret(text.as_bytes())).unwrap();
        assert_eq!(plain, release);
    }

    #[test]
    fn what_is_no_release_says_so() {
        let told = |secret: &Json| Release::of_secret(secret).unwrap_err().to_string();
        assert_eq!(told(&json!({})), "the secret has no member `data.release`");
        let bad = json!({"data": {"release": "?"}});
        assert_eq!(told(&bad), "cannot unpack the release");
        let mut cut = gzip(written().to_string().as_bytes());
        cut.truncate(cut.len() / 2);
        for packed in [
            cut,
            gzip(b"{}"),
            b"[]".to_vec(),
            gzip(&vec![b'['; 1_000_000]),
        ] {
            let text = told(&secret(&packed));
            assert_eq!(
                text,
                "cannot read the release, which may have 64 MB at most"
            );
        }
    }

    #[test]
    fn a_release_that_unpacks_to_too_much_is_refused() {
        let text = written().to_string();
        let packed = gzip(text.as_bytes());
        let length = u64::try_from(text.len()).unwrap();
        assert!(read(&packed, length).is_ok());
        assert!(read(&packed, length - 1).unwrap_err().is_eof());
    }
}
