//! Converts the helpers' errors into [`Error`]: configuration mistakes become [`Error::Builder`],
//! failed calls keep their error, and everything else has a variant for each helper.

use std::sync::Arc;

use super::actions::ActionError;
use super::seal::SealError;
use super::session::RefreshError;
use super::tokens::TokenError;
use super::vault::VaultError;
use super::webhooks::WebhookError;
use crate::Error;
use crate::error::NetworkError;
use crate::transport::TransportError;

impl From<WebhookError> for Error {
    fn from(error: WebhookError) -> Self {
        match error {
            WebhookError::EmptySecret => Self::Builder(error.to_string()),
            _ => Self::Webhook(error.to_string()),
        }
    }
}

impl From<ActionError> for Error {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::Signature(error) => error.into(),
            _ => Self::Webhook(error.to_string()),
        }
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Configuration(message) => Self::Builder(message),
            _ => Self::Session(error.to_string()),
        }
    }
}

impl From<RefreshError> for Error {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Configuration(error) => error.into(),
            RefreshError::Revoked(error)
            | RefreshError::StepRequired { error, .. }
            | RefreshError::Failed(error) => error.into(),
            _ => Self::Session(error.to_string()),
        }
    }
}

impl From<TokenError> for Error {
    fn from(error: TokenError) -> Self {
        match error {
            TokenError::Keys(error) => error.into(),
            _ => Self::Jwt(error.to_string()),
        }
    }
}

impl From<VaultError> for Error {
    fn from(error: VaultError) -> Self {
        Self::VaultCrypto(error.to_string())
    }
}

impl From<Arc<Error>> for Error {
    /// The error itself, or a copy if it is shared. Only the text of a transport's error can be
    /// copied.
    fn from(error: Arc<Error>) -> Self {
        Arc::try_unwrap(error).unwrap_or_else(|error| match &*error {
            Self::Api(error) => Self::Api(error.clone()),
            Self::Network(error) => Self::Network(Box::new(NetworkError {
                transport: TransportError::new(error.kind, error.source.to_string()),
                operation: error.operation,
                attempts: error.attempts,
            })),
            Self::Decode(error) => Self::Decode(error.clone()),
            Self::Builder(message) => Self::Builder(message.clone()),
            Self::Webhook(message) => Self::Webhook(message.clone()),
            Self::Session(message) => Self::Session(message.clone()),
            Self::Jwt(message) => Self::Jwt(message.clone()),
            Self::VaultCrypto(message) => Self::VaultCrypto(message.clone()),
            Self::Crypto(message) => Self::Crypto(message.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use crate::operation::Operation;

    fn kind_and_text(error: impl Into<Error>) -> (ErrorKind, String) {
        let error = error.into();
        (error.kind(), error.to_string())
    }

    #[test]
    fn a_refusal_keeps_its_text_and_has_the_kind_of_its_helper() {
        let place = || "user.email".to_owned();
        let invalid = WebhookError::InvalidPayload { place: place() };
        let context = ActionError::InvalidContext { place: place() };
        let cookie = RefreshError::InvalidSession(SealError::Invalid);
        for (converted, kind, text) in [
            (kind_and_text(invalid.clone()), ErrorKind::Webhook, invalid.to_string()),
            (
                kind_and_text(ActionError::Signature(WebhookError::NotSigned)),
                ErrorKind::Webhook,
                WebhookError::NotSigned.to_string(),
            ),
            (kind_and_text(context.clone()), ErrorKind::Webhook, context.to_string()),
            (kind_and_text(SealError::Expired), ErrorKind::Session, SealError::Expired.to_string()),
            (kind_and_text(cookie.clone()), ErrorKind::Session, cookie.to_string()),
            (
                kind_and_text(TokenError::BadSignature),
                ErrorKind::Jwt,
                TokenError::BadSignature.to_string(),
            ),
            (
                kind_and_text(VaultError::Unopened),
                ErrorKind::VaultCrypto,
                VaultError::Unopened.to_string(),
            ),
        ] {
            assert_eq!(converted, (kind, text));
        }
    }

    #[test]
    fn configuration_mistakes_are_builder_errors() {
        let seal = || SealError::configuration("the password is too short");
        for error in [
            Error::from(WebhookError::EmptySecret),
            ActionError::Signature(WebhookError::EmptySecret).into(),
            seal().into(),
            RefreshError::Configuration(seal()).into(),
        ] {
            assert_eq!(error.kind(), ErrorKind::Builder, "{error}");
        }
    }

    #[test]
    fn a_failed_call_keeps_its_error_while_it_is_shared() {
        let failed = || {
            Error::Network(Box::new(NetworkError {
                transport: TransportError::timeout("too slow"),
                operation: &Operation::CUSTOM,
                attempts: 3,
            }))
        };
        let shared = Arc::new(failed());
        for error in [
            Error::from(shared.clone()),
            RefreshError::Failed(shared.clone()).into(),
            TokenError::Keys(shared.clone()).into(),
            TokenError::Keys(Arc::new(failed())).into(),
        ] {
            assert!(error.is_timeout() && error.is_transient());
            assert_eq!((error.attempts(), error.to_string()), (3, shared.to_string()));
        }
    }
}
