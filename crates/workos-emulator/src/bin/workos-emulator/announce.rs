//! What the program prints when it is ready.

use std::io::{self, Write};

use workos_emulator::Emulator;

/// Prints where it serves: one line of JSON, or variables to set.
pub(crate) fn announce(emulator: &Emulator, json: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let (url, key) = (emulator.base_url(), emulator.api_key());
    if json {
        let port = url.rsplit(':').next().and_then(|port| port.parse::<u16>().ok());
        let health = format!("{url}/health");
        let client_id = emulator.client_id();
        let mut line = serde_json::json!({
            "url": url, "port": port, "apiKey": key, "clientId": client_id, "health": health,
        });
        if let (Some(key), Some(line)) = (emulator.control_key(), line.as_object_mut()) {
            line.insert("controlKey".to_owned(), key.into());
        }
        writeln!(out, "{line}")?;
    } else {
        writeln!(out, "workos-emulator is ready")?;
        writeln!(out, "  WORKOS_BASE_URL={url}")?;
        writeln!(out, "  WORKOS_API_KEY={key}")?;
        writeln!(out, "  WORKOS_CLIENT_ID={}", emulator.client_id())?;
        if let Some(key) = emulator.control_key() {
            writeln!(out, "  WORKOS_EMULATE_CONTROL_KEY={key}")?;
        }
        writeln!(out, "Dashboard: {url}/_emulate/")?;
    }
    out.flush()
}
