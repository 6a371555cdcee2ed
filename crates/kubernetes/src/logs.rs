//! What the containers of pods print.

use bytes::Bytes;
use futures_util::Stream;

use crate::{Ask, Cluster, Error, Kind};

/// Which lines of which container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logs {
    /// The pod's namespace.
    pub namespace: String,
    /// The pod.
    pub pod: String,
    /// The container; may be left out where there is one only.
    pub container: Option<String>,
    /// Those of the run before the present one.
    pub previous: bool,
    /// The last so many lines.
    pub tail_lines: Option<u64>,
    /// The last so many seconds.
    pub since_seconds: Option<u64>,
    /// Each line after its time.
    pub timestamps: bool,
    /// Nothing after so many bytes.
    pub limit_bytes: Option<u64>,
}

impl Logs {
    /// All lines of a pod.
    pub fn of(namespace: impl Into<String>, pod: impl Into<String>) -> Self {
        Self {
            namespace: namespace.into(),
            pod: pod.into(),
            ..Self::default()
        }
    }

    fn ask(&self) -> Ask {
        let path = format!("{}/log", Kind::POD.path(Some(&self.namespace), &self.pod));
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        Ask::get(path)
            .query_if("container", self.container.as_deref())
            .query_if("previous", self.previous.then_some("true"))
            .query_if("timestamps", self.timestamps.then_some("true"))
            .query_if("tailLines", number(self.tail_lines))
            .query_if("sinceSeconds", number(self.since_seconds))
            .query_if("limitBytes", number(self.limit_bytes))
    }
}

impl Cluster {
    /// What a container printed, as it printed it.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused: with status 404 there is no such pod, with 400 no such container or no
    /// earlier run.
    pub async fn logs(&self, logs: &Logs) -> Result<Vec<u8>, Error> {
        let answer = self.ask(logs.ask()).await?;
        answer.accepted()?;
        Ok(answer.body)
    }

    /// What a container prints, as it prints it, until it ends or the stream is dropped. Lines may be cut anywhere.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn follow_logs(
        &self,
        logs: &Logs,
    ) -> Result<impl Stream<Item = Result<Bytes, Error>> + Send + Unpin + use<>, Error> {
        let opened = self.open(&logs.ask().query("follow", "true")).await?;
        opened.map_err(|answer| answer.refusal())
    }
}

#[cfg(test)]
mod tests {
    use futures_util::StreamExt as _;

    use super::*;
    use crate::testing::{Canned, plain};

    #[tokio::test]
    async fn logs_are_asked_for_as_said() {
        let server = Canned::new(|asked| match asked.contains("previous") {
            true => plain(
                400,
                r#"{"reason": "BadRequest", "message": "previous terminated container not found"}"#,
            ),
            false => plain(200, "one\ntwo\n"),
        })
        .await;
        let mut logs = Logs::of("shop", "web-1");
        assert_eq!(server.cluster().logs(&logs).await.unwrap(), b"one\ntwo\n");
        let pieces: Vec<_> = server
            .cluster()
            .follow_logs(&logs)
            .await
            .unwrap()
            .collect()
            .await;
        let text: Vec<u8> = pieces.into_iter().flat_map(Result::unwrap).collect();
        assert_eq!(text, b"one\ntwo\n");
        logs.container = Some("main".to_owned());
        logs.previous = true;
        logs.tail_lines = Some(10);
        logs.limit_bytes = Some(1000);
        let refused = [
            server.cluster().logs(&logs).await.unwrap_err(),
            server.cluster().follow_logs(&logs).await.err().unwrap(),
        ];
        for error in refused {
            assert_eq!(error.status(), Some(400));
        }
        let path = "GET /api/v1/namespaces/shop/pods/web-1/log";
        assert_eq!(
            server.asked(),
            [
                path.to_owned(),
                format!("{path}?follow=true"),
                format!("{path}?container=main&previous=true&tailLines=10&limitBytes=1000"),
                format!(
                    "{path}?container=main&previous=true&tailLines=10&limitBytes=1000&follow=true"
                ),
            ]
        );
    }
}
