//! Reading a response to its end, as both bundled transports do.

use std::error::Error as StdError;

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};

use super::TransportError;

/// The whole body, unless it is longer than `limit`; nothing past the limit is read.
///
/// A body that arrived in one piece, as most do, is not copied.
pub(super) async fn read<B>(body: B, limit: usize) -> Result<Bytes, TransportError>
where
    B: http_body::Body<Data = Bytes>,
    B::Error: Into<Box<dyn StdError + Send + Sync>>,
{
    match Limited::new(body, limit).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(TransportError::too_large(limit)),
        Err(error) => Err(TransportError::reset(error)),
    }
}
