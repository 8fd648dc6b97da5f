//! Reading a response to its end, as both bundled transports do.

use std::error::Error as StdError;

use bytes::{Bytes, BytesMut};
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::{MAX_ERROR_BYTES, TransportError};

/// The whole body, unless it is longer than `limit`; nothing past the limit is read. The body of an
/// error response is truncated instead, so that its status is not lost.
///
/// A body that arrived in one piece, as most do, is not copied.
pub(super) async fn read<B>(
    status: StatusCode,
    body: B,
    limit: usize,
) -> Result<Bytes, TransportError>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    if !status.is_success() {
        return beginning(body, limit.min(MAX_ERROR_BYTES)).await;
    }
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(TransportError::too_large(limit)),
        Err(error) => Err(TransportError::reset(error)),
    }
}

async fn beginning<B>(mut body: B, limit: usize) -> Result<Bytes, TransportError>
where
    B: http_body::Body<Data = Bytes> + Unpin,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    let mut read = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let data = frame.map_err(|error| TransportError::reset(error.into()))?.into_data();
        let Ok(mut data) = data else { continue };
        data.truncate(limit - read.len());
        if read.is_empty() && data.len() < limit && http_body::Body::is_end_stream(&body) {
            return Ok(data);
        }
        read.extend_from_slice(&data);
        if read.len() == limit {
            break;
        }
    }
    Ok(read.freeze())
}
