//! Rust SDK for the WorkOS API.
#![cfg_attr(docsrs, feature(doc_cfg))]

#[macro_use]
mod macros;

pub mod client;
#[cfg(feature = "contract")]
pub mod contract;
pub mod error;
mod json_path;
mod nullable;
mod open_enum;
pub mod page;
mod query;
pub mod resources;
pub mod secret;
pub mod timestamp;
pub mod transport;

pub use client::{
    Call, Client, ClientBuilder, DEFAULT_BASE_URL, RateLimit, RequestOptions, RequestStrategy,
    Response, path_segment,
};
pub use error::{ApiError, DecodeError, Error, ErrorKind, FieldError, NetworkError};
pub use nullable::Nullable;
pub use page::{Items, List, ListMetadata, Page, Pages, auto_paginate};
pub use resources::*;
pub use secret::SecretString;
pub use timestamp::Timestamp;
