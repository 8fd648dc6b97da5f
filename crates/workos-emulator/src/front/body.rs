//! [`read`]: the body of a request, within bounds of size and time.

use std::pin::pin;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use tokio::time::Instant;

use super::timer;

/// No request of the API comes near it.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// How much of a body that is too large is received all the same. Where a connection closes while
/// the client still sends, the client may lose the answer.
const MAX_RECEIVED: usize = 4 * MAX_BYTES;
/// How long nothing of a body may arrive.
const MAX_PAUSE: Duration = Duration::from_secs(30);
/// How long a whole body may take.
const MAX_TIME: Duration = Duration::from_secs(60);

/// Why there is no body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    TooLarge,
    TooSlow,
    /// The client is gone, or what it sends is not a body.
    Broken,
}

/// Reads the body of a request.
pub(super) async fn read<B>(body: B) -> Result<Bytes, Unread>
where
    B: http_body::Body<Data = Bytes>,
{
    let mut body = pin!(body);
    let (mut whole, mut received) = (BytesMut::new(), 0);
    let end = Instant::now() + MAX_TIME;
    while received <= MAX_RECEIVED {
        let frame = tokio::select! {
            biased;
            frame = body.frame() => frame,
            () = timer::sleep_until(end.min(Instant::now() + MAX_PAUSE)) => {
                return Err(Unread::TooSlow);
            }
        };
        let Some(frame) = frame else { break };
        let Ok(data) = frame.map_err(|_| Unread::Broken)?.into_data() else { continue };
        received += data.len();
        if received <= MAX_BYTES {
            whole.extend_from_slice(&data);
        } else {
            whole = BytesMut::new();
        }
    }
    if received <= MAX_BYTES { Ok(whole.freeze()) } else { Err(Unread::TooLarge) }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::{StreamExt, stream};
    use http_body::Frame;
    use http_body_util::{Full, StreamBody};

    use super::*;

    /// Reads a body that has this much more after each pause in seconds, and says how long that
    /// took.
    async fn read_slowly(pauses: Vec<u64>, size: usize) -> (Result<usize, Unread>, u64) {
        let start = Instant::now();
        let frames = stream::iter(pauses).then(|seconds| async move {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b' '; size])))
        });
        let read = read(StreamBody::new(frames)).await;
        (read.map(|body| body.len()), start.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_may_be_slow_but_not_for_ever() {
        for (pauses, size, expected) in [
            (vec![], 1, (Ok(0), 0)),
            (vec![29, 29], 1, (Ok(2), 58)),
            (vec![31], 1, (Err(Unread::TooSlow), 30)),
            (vec![5, 31], 1, (Err(Unread::TooSlow), 35)),
            // Some progress all the time, without an end.
            (vec![1; 1000], 1, (Err(Unread::TooSlow), 60)),
            (vec![1; 1000], MAX_BYTES / 8, (Err(Unread::TooLarge), 33)),
            (vec![0; 17], MAX_BYTES / 16, (Err(Unread::TooLarge), 0)),
            (vec![0; 16], MAX_BYTES / 16, (Ok(MAX_BYTES), 0)),
        ] {
            let description = format!("{} × {size}", pauses.len());
            assert_eq!(read_slowly(pauses, size).await, expected, "{description}");
        }
    }

    #[test]
    fn a_body_that_is_there_needs_no_tokio() {
        let read = futures_util::FutureExt::now_or_never(read(Full::new(Bytes::from("{}"))));
        assert_eq!(read, Some(Ok(Bytes::from("{}"))));
    }
}
