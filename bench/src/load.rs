//! Many senders at a time, each waiting for its answer before it sends the next event.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::alert;
use crate::connection::{Connection, post};
use crate::failure::{Failure, Result};

/// How many connections send at a time.
pub(crate) const CONNECTIONS: usize = 64;

/// How long a sender waits that was told to come back later.
const COME_BACK_AFTER: Duration = Duration::from_millis(2);

/// How much is sent. Every load ends by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Amount {
    /// As much as is acknowledged in this time.
    For(Duration),
    /// Until so many are acknowledged.
    Events(u64),
}

/// What came of it.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    pub(crate) acknowledged: u64,
    /// How often a sender was told to come back later; it then did.
    pub(crate) refused: u64,
    /// From sending to the answer, of what was acknowledged.
    pub(crate) latencies: Vec<Duration>,
    /// From the first event to the last answer.
    pub(crate) within: Duration,
}

/// Sends alerts to a webhook over [`CONNECTIONS`] connections.
pub(crate) async fn send(address: SocketAddr, hook: &str, amount: Amount) -> Result<Sent> {
    let mut connections = Vec::with_capacity(CONNECTIONS);
    for _ in 0..CONNECTIONS {
        connections.push(Connection::open(address).await?);
    }
    let path = format!("/api/v1/webhooks/{hook}");
    let request: Arc<str> = post(address, &path, &alert::body("PodMemoryHigh", 0)).into();
    let quota = Arc::new(Quota::new(amount));
    let started = Instant::now();
    let mut senders = JoinSet::new();
    for connection in connections {
        senders.spawn(keep_sending(
            connection,
            Arc::clone(&request),
            Arc::clone(&quota),
        ));
    }
    let mut sent = Sent::default();
    while let Some(ended) = senders.join_next().await {
        let ended = ended.map_err(std::io::Error::other)??;
        sent.acknowledged += ended.acknowledged;
        sent.refused += ended.refused;
        sent.latencies.extend(ended.latencies);
    }
    sent.within = started.elapsed();
    Ok(sent)
}

async fn keep_sending(
    mut connection: Connection,
    request: Arc<str>,
    quota: Arc<Quota>,
) -> Result<Sent> {
    let mut sent = Sent::default();
    while quota.take() {
        loop {
            let before = Instant::now();
            let head = connection.exchange(request.as_bytes()).await?;
            match head.status {
                202 => {
                    sent.latencies.push(before.elapsed());
                    sent.acknowledged += 1;
                    break;
                }
                429 | 503 => {
                    sent.refused += 1;
                    tokio::time::sleep(COME_BACK_AFTER).await;
                }
                status => {
                    return Err(Failure::Answer {
                        asked: "a webhook".to_owned(),
                        status,
                        body: connection.body(&head),
                    });
                }
            }
        }
    }
    Ok(sent)
}

/// What is left to send, shared by all senders.
struct Quota {
    until: Option<Instant>,
    left: AtomicU64,
}

impl Quota {
    fn new(amount: Amount) -> Self {
        match amount {
            Amount::For(duration) => Self {
                until: Some(Instant::now() + duration),
                left: AtomicU64::new(u64::MAX),
            },
            Amount::Events(events) => Self {
                until: None,
                left: AtomicU64::new(events),
            },
        }
    }

    /// Whether one more is to be sent.
    fn take(&self) -> bool {
        if self.until.is_some_and(|until| Instant::now() >= until) {
            return false;
        }
        let one_less = |left: u64| left.checked_sub(1);
        self.left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_less)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn a_quota_gives_out_so_many_and_no_more() {
        let quota = Quota::new(Amount::Events(2));
        assert!(quota.take());
        assert!(quota.take());
        assert!(!quota.take());
        assert!(!Quota::new(Amount::For(Duration::ZERO)).take());
    }

    /// Answers every request on one connection, every third time with "come back later"; how many it accepted.
    async fn answer(mut stream: TcpStream) -> u64 {
        let (mut bytes, mut asked, mut accepted) = (Vec::new(), 0, 0);
        while stream.read_buf(&mut bytes).await.unwrap() > 0 {
            let Some(head) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
                continue;
            };
            if bytes.len() < head + 4 + alert::BYTES {
                continue;
            }
            bytes.clear();
            asked += 1;
            let status = if asked % 3 == 0 { 503 } else { 202 };
            accepted += u64::from(status == 202);
            let answer = format!("HTTP/1.1 {status} X\r\ncontent-length: 2\r\n\r\n{{}}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        accepted
    }

    #[test]
    fn exactly_so_many_are_acknowledged_also_by_a_server_that_refuses_some() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let mut serving = JoinSet::new();
            serving.spawn(async move {
                let mut answering = JoinSet::new();
                for _ in 0..CONNECTIONS {
                    answering.spawn(answer(listener.accept().await.unwrap().0));
                }
                answering.join_all().await.into_iter().sum::<u64>()
            });
            let sent = send(address, "any", Amount::Events(1_000)).await.unwrap();
            assert_eq!(sent.acknowledged, 1_000);
            assert_eq!(sent.latencies.len(), 1_000);
            assert!(sent.refused > 0);
            assert_eq!(serving.join_all().await, [1_000]);
        });
    }
}
