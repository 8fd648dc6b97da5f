//! What the types of the API are declared with, and how they are read and written.

#[macro_use]
pub(crate) mod object;
#[macro_use]
pub(crate) mod input;
#[macro_use]
pub(crate) mod open_enum;
#[macro_use]
mod metadata;
mod nullable;
#[cfg(feature = "contract")]
pub(crate) mod watch;

pub use self::metadata::{Metadata, UpdateMetadata};
pub use self::nullable::Nullable;

/// Implements `Debug` for a struct with fields that are no [`SecretString`](crate::SecretString) but
/// must not be printed, such as the `state` of a sign-in: anyone who reads it in a log could complete
/// that sign-in in another browser.
///
/// ```text
/// debug_hiding! {
///     CreatePasswordlessSession { email, redirect_uri, connection, expires_in }, state
/// }
/// ```
///
/// A field that is not listed does not compile.
macro_rules! debug_hiding {
    ($type:ident { $($shown:ident),* }, $($hidden:ident),*) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let Self { $($shown,)* $($hidden,)* } = self;
                let mut shown = f.debug_struct(stringify!($type));
                $(shown.field(stringify!($shown), $shown);)*
                $(shown.field(stringify!($hidden), &$hidden.as_ref().map(|_| "<redacted>"));)*
                shown.finish()
            }
        }
    };
}
