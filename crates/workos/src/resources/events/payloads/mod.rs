//! Payloads that are not the type of a resource.

mod agents;
mod organizations;
mod sign_in;
mod tools;

pub use self::agents::*;
pub use self::organizations::*;
pub use self::sign_in::*;
pub use self::tools::*;
