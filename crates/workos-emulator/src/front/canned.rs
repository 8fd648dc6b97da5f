//! [`CannedAnswers`]: answers of your choice.

use http::Method;
use serde_json::Value;

use super::faults::{Fault, Faults};

/// Answers that you choose, instead of those that the state gives: for a response that the emulator
/// would never produce, or that takes long to arrange. The request changes nothing, and the answer is
/// not checked against the contract.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use http::Method;
/// use serde_json::json;
///
/// let emulator = workos_emulator::Emulator::start().await?;
/// let organization = json!({
///     "object": "organization", "id": "org_1", "name": "A field from the future",
///     "domains": [], "metadata": {}, "external_id": null, "tier": "gold",
///     "created_at": "2026-01-01T00:00:00.000Z", "updated_at": "2026-01-01T00:00:00.000Z",
/// });
/// emulator.answers().once(Method::GET, "/organizations/org_1", 200, organization);
///
/// let organizations = emulator.client().organizations();
/// assert_eq!(organizations.get_organization("org_1").await?.name, "A field from the future");
/// assert!(organizations.get_organization("org_1").await.unwrap_err().is_not_found());
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct CannedAnswers<'a>(&'a Faults);

impl<'a> CannedAnswers<'a> {
    pub(crate) fn new(faults: &'a Faults) -> Self {
        Self(faults)
    }

    /// Answers requests with this method and path from now on: `/organizations` exactly, or
    /// `/organizations/*` for everything below. A status outside of 200 to 599 counts as 500.
    /// Returns an ID to [remove](Self::remove) it by.
    pub fn always(
        &self,
        method: Method,
        path: impl Into<String>,
        status: u16,
        json: Value,
    ) -> String {
        self.0.add(Fault::status(status).body(json).on(method, path))
    }

    /// Answers the next request with this method and path.
    pub fn once(
        &self,
        method: Method,
        path: impl Into<String>,
        status: u16,
        json: Value,
    ) -> String {
        self.0.add(Fault::status(status).body(json).on(method, path).times(1))
    }

    /// Removes an answer; `false` if there is none with this ID.
    pub fn remove(&self, id: &str) -> bool {
        self.0.remove(id)
    }
}
