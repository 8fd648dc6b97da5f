//! The operations of every resource, through the SDK. Each answer and each event is checked against
//! the contract.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

mod coverage;
mod groups;
mod trial;
