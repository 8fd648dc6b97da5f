//! `?` turns the other errors into an [`Error`](workos::Error), as the migration guide says.

use workos::transport::{HttpTransport, TransportError};
use workos::{Error, ErrorKind, ListMetadata, Page, Timestamp, auto_paginate, try_auto_paginate};

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
fn a_time_that_cannot_be_parsed_is_a_builder_error() {
    assert_eq!(time("1970-01-01T00:00:00Z").unwrap(), Timestamp::UNIX_EPOCH);
    let error = time("yesterday").unwrap_err();
    assert!(matches!(error, Error::Builder(_)), "{error}");
}

#[test]
fn a_transport_error_is_a_network_error_of_the_same_kind() {
    assert_eq!(transport().is_ok(), cfg!(feature = "reqwest"));
    let error = |error: TransportError| {
        let error = Error::from(error);
        assert_eq!((error.status(), error.attempts()), (None, 0));
        (error.kind(), error.is_transient(), error.to_string())
    };
    assert_eq!(
        error(TransportError::other("no certificates")),
        (ErrorKind::Network, false, "transport failed: no certificates".to_owned())
    );
    assert_eq!(
        error(TransportError::timeout("10 s")),
        (ErrorKind::Timeout, true, "timed out: 10 s".to_owned())
    );
    let (kind, is_transient, text) = error(TransportError::connect("refused"));
    assert_eq!((kind, is_transient), (ErrorKind::Connect, true));
    assert_eq!(text, "could not connect: refused; check the network and base_url");
}

fn plan(json: &str) -> Result<u8, Error> {
    #[derive(serde::Deserialize)]
    struct Plan {
        seats: u8,
    }

    let Plan { seats } = serde_json::from_str(json)?;
    Ok(seats)
}

#[test]
fn an_error_in_json_of_the_application_is_a_decode_error_without_a_value() {
    assert_eq!(plan(r#"{"seats": 7}"#).unwrap(), 7);
    for (json, text) in [
        (r#"{"seats": "hunter2"}"#, "invalid JSON: expected u8, found string at line 1 column 19"),
        ("{}", "invalid JSON: missing field `seats` at line 1 column 2"),
        ("", "invalid JSON: EOF while parsing a value at line 1 column 0"),
    ] {
        let error = plan(json).unwrap_err();
        assert_eq!((error.kind(), error.to_string()), (ErrorKind::Decode, text.to_owned()));
        assert_eq!((error.status(), error.request_id(), error.attempts()), (None, None, 0));
        assert!(!format!("{error:?}").contains("hunter2"));
    }
    let keys = std::collections::BTreeMap::from([(vec![1], 2)]);
    let error = Error::from(serde_json::to_value(keys).unwrap_err());
    assert_eq!(error.to_string(), "invalid JSON: key must be a string");
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

#[tokio::test]
async fn a_walk_may_have_any_error() {
    use futures_util::TryStreamExt;

    let items = try_auto_paginate(|after: Option<String>| async move {
        let list_metadata = ListMetadata { before: None, after: Some("x".into()) };
        let number: u8 = after.as_deref().unwrap_or("7").parse()?;
        Ok::<_, std::num::ParseIntError>(Page { data: vec![number], list_metadata })
    });
    let mut items = std::pin::pin!(items);
    assert_eq!(items.try_next().await, Ok(Some(7)));
    assert!(items.try_next().await.is_err());
    assert_eq!(items.try_next().await, Ok(None));
}
