//! What WorkOS or a recording of it answers: the options for [`PassThrough`].

use std::path::PathBuf;
use std::sync::Arc;

use workos::recording::Recording;
use workos::transport::HyperTransport;
use workos_emulator::PassThrough;

/// Variables, not options: the arguments of a program are visible to other programs.
const API_KEY: &str = "WORKOS_PASS_THROUGH_API_KEY";
const CLIENT_ID: &str = "WORKOS_PASS_THROUGH_CLIENT_ID";

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The operations that WorkOS answers, separated by commas: organizations.list_organizations,
    /// vault.*, or * for all. May be repeated. Your API key comes from the variable
    /// WORKOS_PASS_THROUGH_API_KEY, the client ID from WORKOS_PASS_THROUGH_CLIENT_ID.
    #[arg(long, value_delimiter = ',', value_name = "OPERATIONS")]
    pass_through: Vec<String>,
    /// Another server than https://api.workos.com for --pass-through.
    #[arg(long, value_name = "URL", requires = "pass_through")]
    pass_through_url: Option<String>,
    /// Record what is passed through in this file, without secrets. An earlier recording is replaced.
    #[arg(long, value_name = "FILE", requires = "pass_through", conflicts_with = "replay")]
    record: Option<PathBuf>,
    /// Answer from this recording, without a network: the operations of --pass-through, by default
    /// all that are in it.
    #[arg(long, value_name = "FILE")]
    replay: Option<PathBuf>,
}

impl Options {
    /// What is passed through, if anything is.
    pub(crate) fn read(&self) -> Result<Option<PassThrough>, String> {
        let operations = self.pass_through.iter().filter(|name| !name.trim().is_empty());
        if let Some(path) = &self.replay {
            let recording = Recording::from_file(path);
            let recording = recording.map_err(|error| format!("--replay: {error}"))?;
            return Ok(Some(PassThrough::replay(recording).operations(operations)));
        }
        if self.pass_through.is_empty() {
            return Ok(None);
        }
        let key = variable(API_KEY).ok_or_else(|| {
            format!("--pass-through needs your WorkOS API key in the variable {API_KEY}")
        })?;
        let transport = HyperTransport::new().map_err(|error| error.to_string())?;
        let mut pass_through = PassThrough::to(Arc::new(transport), key).operations(operations);
        if let Some(id) = variable(CLIENT_ID) {
            pass_through = pass_through.client_id(id);
        }
        if let Some(url) = &self.pass_through_url {
            pass_through = pass_through.base_url(url);
        }
        if let Some(path) = &self.record {
            pass_through = pass_through.record_to(path);
        }
        Ok(Some(pass_through))
    }
}

/// A variable that is set to something.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}
