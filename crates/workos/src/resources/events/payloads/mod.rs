//! The payloads that no resource has a type for.

/// Declares structs that are read from events.
macro_rules! payloads {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* pub $field: $type,)*
        }
    )*};
}
pub(in crate::resources::events) use payloads;

mod agents;
mod organizations;
mod sign_in;
mod tools;

pub use self::agents::*;
pub use self::organizations::*;
pub use self::sign_in::*;
pub use self::tools::*;
