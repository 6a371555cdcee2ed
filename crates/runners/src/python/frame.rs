//! Frames on a child's socket: four bytes of length, big end first, then JSON. `workers/python/squall_worker/frames.py`
//! is the other side and lists what travels.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::task::spawn_blocking;

/// No frame is longer than this, in bytes.
pub(super) const LONGEST: usize = 128 * 1024 * 1024;

/// Longer frames are parsed where nobody else has to wait meanwhile.
const LARGE: usize = 256 * 1024;

/// A frame could not be passed on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// The other side is gone, or the system refuses.
    #[error("cannot talk to the Python process")]
    Line(#[from] io::Error),
    /// Longer than [`LONGEST`].
    #[error("a message of {0} bytes is too long: at most {LONGEST} are possible")]
    TooLong(usize),
    /// Not JSON, or not of the right shape.
    #[error("cannot read what the Python process says")]
    Unreadable(#[source] serde_json::Error),
    /// A value that JSON cannot say.
    #[error("cannot write a message to the Python process")]
    Unwritable(#[source] serde_json::Error),
}

/// The frame that carries `value`.
pub(super) fn encode(value: &impl Serialize) -> Result<Vec<u8>, Error> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, value).map_err(Error::Unwritable)?;
    let length = frame.len().saturating_sub(4);
    let head = u32::try_from(length).ok().filter(|_| length <= LONGEST);
    let head = head.ok_or(Error::TooLong(length))?.to_be_bytes();
    frame.iter_mut().zip(head).for_each(|(to, from)| *to = from);
    Ok(frame)
}

/// Sends one frame; false if the other side has hung up.
pub(super) async fn write(
    line: &mut (impl AsyncWrite + Unpin),
    value: &impl Serialize,
) -> Result<bool, Error> {
    match line.write_all(&encode(value)?).await {
        Ok(()) => Ok(true),
        Err(error) if is_gone(&error) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Receives one frame; none when the other side has hung up. Not to be dropped half-way: the rest would be read as
/// another frame.
pub(super) async fn read<T: DeserializeOwned + Send + 'static>(
    line: &mut (impl AsyncRead + Unpin),
) -> Result<Option<T>, Error> {
    let mut head = [0; 4];
    match line.read_exact(&mut head).await {
        Ok(_) => {}
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let length = usize::try_from(u32::from_be_bytes(head)).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(Error::TooLong(length));
    }
    // What is announced is not yet there: the memory grows with what arrives.
    let mut body = Vec::with_capacity(length.min(64 * 1024));
    let limit = u64::try_from(length).unwrap_or(u64::MAX);
    if line.take(limit).read_to_end(&mut body).await? < length {
        return Ok(None);
    }
    let parsed = if length > LARGE {
        let parsing = spawn_blocking(move || serde_json::from_slice(&body));
        parsing.await.map_err(io::Error::other)?
    } else {
        serde_json::from_slice(&body)
    };
    parsed.map(Some).map_err(Error::Unreadable)
}

fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn what_is_written_is_read() {
        let (mut here, mut there) = tokio::io::duplex(64);
        let value = json!({"text": "é".repeat(1000), "list": [1, 2.5, null]});
        let (written, read) = tokio::join!(write(&mut here, &value), read::<Value>(&mut there));
        assert!(written.unwrap());
        assert_eq!(read.unwrap(), Some(value));
        drop(here);
        assert_eq!(super::read::<Value>(&mut there).await.unwrap(), None);
    }

    #[tokio::test]
    async fn hostile_frames_are_errors() {
        async fn read_bytes(bytes: &[u8]) -> Result<Option<Value>, Error> {
            read(&mut &*bytes).await
        }
        let too_long = read_bytes(&[255; 4]).await;
        assert!(matches!(too_long, Err(Error::TooLong(_))), "{too_long:?}");
        let cut = read_bytes(&[0, 0, 0, 9, b'{']).await;
        assert!(matches!(cut, Ok(None)), "{cut:?}");
        let no_json = read_bytes(&[0, 0, 0, 1, b'{']).await;
        assert!(matches!(no_json, Err(Error::Unreadable(_))), "{no_json:?}");
    }
}
