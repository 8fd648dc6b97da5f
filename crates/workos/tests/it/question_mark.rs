//! Errors of the parts become an [`Error`](workos::Error) by `?`, as the migration guide writes it.

use workos::transport::{HttpTransport, TransportError};
use workos::{Error, ListMetadata, Page, Timestamp, auto_paginate};

fn transport() -> Result<Box<dyn HttpTransport>, Error> {
    #[cfg(feature = "reqwest")]
    return Ok(Box::new(workos::transport::ReqwestTransport::new()?));
    #[cfg(not(feature = "reqwest"))]
    Err(TransportError::other("there is none"))?
}

fn time(text: &str) -> Result<Timestamp, Error> {
    Ok(text.parse()?)
}

#[test]
fn what_is_set_up_or_parsed_wrongly_is_a_builder_error() {
    assert_eq!(transport().is_ok(), cfg!(feature = "reqwest"));
    assert_eq!(time("1970-01-01T00:00:00Z").unwrap(), Timestamp::UNIX_EPOCH);
    let error = time("yesterday").unwrap_err();
    assert!(matches!(error, Error::Builder(_)), "{error}");
    let error = Error::from(TransportError::other("no certificates"));
    assert!(matches!(error, Error::Builder(_)) && error.to_string().contains("no certificates"));
}

#[tokio::test]
async fn the_error_of_a_walk_needs_no_annotation() {
    use futures_util::TryStreamExt;

    async fn page() -> Result<Page<u8>, Error> {
        Ok(Page::new(vec![1, 2], ListMetadata::default()))
    }

    let items = auto_paginate(|_| async {
        let page = page().await?;
        Ok(page)
    });
    assert_eq!(items.try_collect::<Vec<_>>().await.unwrap(), [1, 2]);
}
