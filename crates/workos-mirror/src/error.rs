//! [`Error`]: why the mirror could not go on.

use std::error::Error as StdError;
use std::fmt;

use workos::helpers::events::BoxError;
use workos_stores::StoreError;

/// Why the mirror could not go on.
///
/// The text never contains a password or an API key.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// WorkOS does not answer, or refuses the request.
    Api(workos::Error),
    /// WorkOS has sent an object that cannot be stored, such as one without an ID.
    Object(BoxError),
    /// The database does not answer, or refuses a statement.
    Database(BoxError),
    /// A newer version of this crate has changed the tables.
    NewerSchema {
        /// The version of the tables.
        found: usize,
        /// The latest version that this crate knows.
        known: usize,
    },
}

impl Error {
    /// Whether trying again later may help.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            // What cannot be read comes from something between us and WorkOS.
            Self::Api(error) => {
                error.is_transient()
                    || matches!(error, workos::Error::Decode(_) | workos::Error::Network(_))
            }
            Self::Object(_) | Self::Database(_) => true,
            Self::NewerSchema { .. } => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Api(error) => write!(f, "WorkOS: {error}"),
            Self::Object(error) => write!(f, "WorkOS has sent an unexpected object: {error}"),
            Self::Database(error) => write!(f, "the database of the mirror failed: {error}"),
            Self::NewerSchema { found, known } => write!(
                f,
                "the tables have version {found}, and this version of workos-mirror knows them up \
                 to version {known}: update it"
            ),
        }
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self {
            Self::Api(error) => Some(error),
            Self::Object(error) | Self::Database(error) => Some(&**error),
            Self::NewerSchema { .. } => None,
        }
    }
}

impl From<workos::Error> for Error {
    fn from(error: workos::Error) -> Self {
        Self::Api(error)
    }
}

impl From<BoxError> for Error {
    fn from(error: BoxError) -> Self {
        Self::Database(error)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Self::Database(error.into())
    }
}
