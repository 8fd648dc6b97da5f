//! What the answers of the server say.

use serde_json::Value;
use workos::Timestamp;

use super::Check;
use super::settings::{Server, Settings};

const SERVER: &str = "server";
const API_KEY: &str = "API key";
const CLIENT_ID: &str = "client ID";
const REDIRECT_URI: &str = "redirect URI";
const CLOCK: &str = "clock";

/// How far clocks may differ, in milliseconds, as in AuthKit's sign-in.
const MAX_SKEW: u64 = 60_000;

/// What the server answered: `None` where it was not asked.
#[derive(Debug, Default)]
pub(super) struct Probes {
    /// `GET /health`.
    pub(super) health: Option<Asked>,
    /// `GET /_emulate/clock`.
    pub(super) clock: Option<Asked>,
    /// `GET /organizations?limit=1` with the API key.
    pub(super) organizations: Option<Asked>,
    /// `GET /sso/jwks/{client_id}`.
    pub(super) key_set: Option<Asked>,
    /// `GET /user_management/authorize` with the redirect URI, and without saying who signs in.
    pub(super) authorization: Option<Asked>,
    /// When the clock was asked.
    pub(super) now: Option<Timestamp>,
}

/// An answer, or why there is none.
pub(super) type Asked = Result<Answer, String>;

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// `null` if it is not JSON.
    pub(super) body: Value,
}

impl Answer {
    fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }
}

impl Probes {
    /// Whether the server is this emulator: no other has its clock.
    pub(super) fn is_this_emulator(&self) -> bool {
        self.time().is_some() || self.is_control_forbidden()
    }

    fn clock(&self) -> Option<&Answer> {
        self.clock.as_ref()?.as_ref().ok()
    }

    /// The emulator's time, and whether its clock stands still.
    fn time(&self) -> Option<(Timestamp, bool)> {
        let clock = self.clock().filter(|answer| answer.status == 200)?;
        Some((clock.text("now")?.parse().ok()?, clock.body.get("is_frozen")?.as_bool()?))
    }

    fn is_control_forbidden(&self) -> bool {
        self.clock().is_some_and(|answer| answer.text("code") == Some("emulator_control_forbidden"))
    }
}

/// Checks what the server answered.
pub(super) fn judge(settings: &Settings, probes: &Probes) -> Vec<Check> {
    let Some(server) = &settings.server else { return Vec::new() };
    let mut checks = vec![reached(server, probes)];
    checks.extend(probes.organizations.as_ref().map(accepted));
    checks.extend(probes.key_set.as_ref().map(|asked| known(asked, probes)));
    let redirect = settings.redirect_uri.as_deref().zip(probes.authorization.as_ref());
    checks.extend(redirect.map(|(uri, asked)| allowed(uri, asked)));
    checks.extend(same_time(probes));
    checks
}

fn reached(server: &Server, probes: &Probes) -> Check {
    let url = server.url("");
    let health = match &probes.health {
        None => {
            let message = format!("{url} was not asked: this command speaks plain HTTP only");
            return Check::note(SERVER, message);
        }
        Some(Err(reason)) => {
            let what_to_do = if server.is_loopback() {
                format!("start it, for example with `workos-emulator --port {}`", server.port)
            } else {
                "start it, or set WORKOS_BASE_URL to another server".to_owned()
            };
            let message = format!("{url} does not answer ({reason}): {what_to_do}");
            return Check::wrong(SERVER, message);
        }
        Some(Ok(health)) => health,
    };
    let is_healthy = health.status == 200 && health.text("status") == Some("ok");
    if probes.is_this_emulator() {
        return Check::ok(SERVER, format!("workos-emulator at {url}"));
    }
    let message = if is_healthy {
        format!("{url} is healthy, but it is not workos-emulator")
    } else {
        let status = health.status;
        format!("{url} is not an emulator: GET /health answered {status}")
    };
    Check::note(SERVER, message)
}

fn accepted(asked: &Asked) -> Check {
    match asked {
        Ok(Answer { status: 200, .. }) => Check::ok(API_KEY, "accepted"),
        Ok(Answer { status: 401, .. }) => {
            let message = "refused: set WORKOS_API_KEY to the key that the emulator prints, or start \
                           the emulator with --api-key";
            Check::wrong(API_KEY, message)
        }
        other => unexpected(API_KEY, "/organizations", other),
    }
}

fn known(asked: &Asked, probes: &Probes) -> Check {
    match asked {
        Ok(Answer { status: 200, body }) if body.get("keys").is_some_and(Value::is_array) => {
            let message =
                if probes.is_this_emulator() { "accepted, like any other" } else { "known" };
            Check::ok(CLIENT_ID, message)
        }
        Ok(Answer { status: 404, .. }) => {
            let message = "not known to the server: compare WORKOS_CLIENT_ID with the one it has";
            Check::wrong(CLIENT_ID, message)
        }
        other => unexpected(CLIENT_ID, "/sso/jwks", other),
    }
}

fn allowed(uri: &str, asked: &Asked) -> Check {
    match asked {
        Ok(Answer { status: 300..=399, .. }) => Check::ok(REDIRECT_URI, "allowed"),
        Ok(Answer { status: 400..=499, .. }) => {
            let uri: Option<http::Uri> = uri.parse().ok();
            let host = uri.as_ref().and_then(http::Uri::host).unwrap_or("<host>");
            let message =
                format!("refused: register it, or start the emulator with --redirect-hosts {host}");
            Check::wrong(REDIRECT_URI, message)
        }
        other => unexpected(REDIRECT_URI, "/user_management/authorize", other),
    }
}

fn unexpected(name: &str, path: &str, asked: &Asked) -> Check {
    let answered = match asked {
        Ok(answer) => format!("answered {}", answer.status),
        Err(reason) => format!("was not answered ({reason})"),
    };
    Check::wrong(name, format!("unclear: GET {path} {answered}"))
}

/// Whether the server's time is that of this machine: tokens that it signs expire by its clock.
fn same_time(probes: &Probes) -> Option<Check> {
    if probes.is_control_forbidden() {
        let message = "not checked: /_emulate needs the control key, in WORKOS_EMULATE_CONTROL_KEY, \
                       or the host localhost";
        return Some(Check::note(CLOCK, message));
    }
    let ((time, is_frozen), now) = (probes.time()?, probes.now?);
    let skew = time.as_millis().abs_diff(now.as_millis());
    let seconds = skew / 1000;
    let direction = if time < now { "behind" } else { "ahead of" };
    Some(if skew > MAX_SKEW {
        let message = format!(
            "the emulator's clock is {seconds} s {direction} this machine's: its tokens are expired \
             or not valid yet. POST {{\"follow\": true}} to /_emulate/clock, or reset the emulator"
        );
        Check::wrong(CLOCK, message)
    } else if is_frozen {
        Check::note(CLOCK, format!("the emulator's clock stands still at {time}"))
    } else {
        Check::ok(CLOCK, "the emulator's clock is that of this machine")
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::{Variables, settings};

    fn settings(url: &str) -> Settings {
        let pairs =
            [("WORKOS_BASE_URL", url), ("WORKOS_REDIRECT_URI", "https://app.test/callback")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));
        settings::read(&Variables(pairs.into())).0
    }

    #[allow(clippy::unnecessary_wraps)]
    fn answer(status: u16, body: Value) -> Option<Asked> {
        Some(Ok(Answer { status, body }))
    }

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// What an emulator answers to an application that is set up.
    fn well() -> Probes {
        Probes {
            health: answer(200, json!({"status": "ok"})),
            clock: answer(200, json!({"now": "2026-03-01T12:00:00.000Z", "is_frozen": false})),
            organizations: answer(200, json!({"data": []})),
            key_set: answer(200, json!({"keys": []})),
            authorization: answer(302, Value::Null),
            now: Some(time("2026-03-01T12:00:00.400Z")),
        }
    }

    fn judged(probes: &Probes) -> Vec<Check> {
        judge(&settings("http://localhost:4100"), probes)
    }

    #[test]
    fn an_emulator_that_accepts_everything_is_ok() {
        let expected = [
            Check::ok(SERVER, "workos-emulator at http://localhost:4100"),
            Check::ok(API_KEY, "accepted"),
            Check::ok(CLIENT_ID, "accepted, like any other"),
            Check::ok(REDIRECT_URI, "allowed"),
            Check::ok(CLOCK, "the emulator's clock is that of this machine"),
        ];
        assert_eq!(judged(&well()), expected);
    }

    #[test]
    fn refusals_say_what_to_do() {
        let probes = Probes {
            organizations: answer(401, json!({"code": "unauthorized"})),
            key_set: answer(404, json!({})),
            authorization: answer(400, json!({"code": "invalid_redirect_uri"})),
            ..well()
        };
        let expected = [
            Check::wrong(
                API_KEY,
                "refused: set WORKOS_API_KEY to the key that the emulator prints, or start the \
                 emulator with --api-key",
            ),
            Check::wrong(
                CLIENT_ID,
                "not known to the server: compare WORKOS_CLIENT_ID with the one it has",
            ),
            Check::wrong(
                REDIRECT_URI,
                "refused: register it, or start the emulator with --redirect-hosts app.test",
            ),
        ];
        assert_eq!(judged(&probes)[1..4], expected);
    }

    #[test]
    fn what_is_neither_accepted_nor_refused_is_unclear() {
        let probes = Probes {
            organizations: answer(503, Value::Null),
            key_set: Some(Err("no answer within 2 s".to_owned())),
            authorization: answer(200, Value::Null),
            ..well()
        };
        let expected = [
            Check::wrong(API_KEY, "unclear: GET /organizations answered 503"),
            Check::wrong(
                CLIENT_ID,
                "unclear: GET /sso/jwks was not answered (no answer within 2 s)",
            ),
            Check::wrong(REDIRECT_URI, "unclear: GET /user_management/authorize answered 200"),
        ];
        assert_eq!(judged(&probes)[1..4], expected);
    }

    #[test]
    fn a_silent_server_is_wrong_and_one_with_tls_is_not_asked() {
        let health = Some(Err("Connection refused".to_owned()));
        let message = "http://localhost:4100 does not answer (Connection refused): start it, for \
                       example with `workos-emulator --port 4100`";
        let probes = Probes { health, ..Probes::default() };
        assert_eq!(judged(&probes), [Check::wrong(SERVER, message)]);

        let probes = Probes { health: Some(Err("no route".to_owned())), ..Probes::default() };
        let message = "http://workos:4100 does not answer (no route): start it, or set \
                       WORKOS_BASE_URL to another server";
        let checks = judge(&settings("http://workos:4100"), &probes);
        assert_eq!(checks, [Check::wrong(SERVER, message)]);

        let message = "https://api.workos.com was not asked: this command speaks plain HTTP only";
        let checks = judge(&settings("https://api.workos.com"), &Probes::default());
        assert_eq!(checks, [Check::note(SERVER, message)]);

        assert_eq!(judge(&Settings::default(), &Probes::default()), []);
    }

    #[test]
    fn other_servers_are_noted() {
        let missing = || answer(404, json!({"code": "not_found"}));
        let probes = Probes { clock: missing(), key_set: None, authorization: None, ..well() };
        let message = "http://localhost:4100 is healthy, but it is not workos-emulator";
        let expected = [Check::note(SERVER, message), Check::ok(API_KEY, "accepted")];
        assert_eq!(judged(&probes), expected);

        let probes = Probes { health: missing(), organizations: missing(), ..probes };
        let message = "http://localhost:4100 is not an emulator: GET /health answered 404";
        let expected = [
            Check::note(SERVER, message),
            Check::wrong(API_KEY, "unclear: GET /organizations answered 404"),
        ];
        assert_eq!(judged(&probes), expected);
    }

    #[test]
    fn a_clock_that_is_more_than_a_minute_off_is_wrong() {
        let clock = |now: &str, is_frozen: bool| {
            let clock = answer(200, json!({"now": now, "is_frozen": is_frozen}));
            judged(&Probes { clock, ..well() }).pop().unwrap()
        };
        let off = |seconds: u64, direction: &str| {
            let message = format!(
                "the emulator's clock is {seconds} s {direction} this machine's: its tokens are \
                 expired or not valid yet. POST {{\"follow\": true}} to /_emulate/clock, or reset \
                 the emulator"
            );
            Check::wrong(CLOCK, message)
        };
        assert_eq!(clock("2026-03-01T11:58:00.000Z", false), off(120, "behind"));
        assert_eq!(clock("2026-03-01T11:58:00.000Z", true), off(120, "behind"));
        assert_eq!(clock("2026-03-01T12:01:00.401Z", false), off(60, "ahead of"));
        let frozen = "the emulator's clock stands still at 2026-03-01T12:01:00.400Z";
        assert_eq!(clock("2026-03-01T12:01:00.400Z", true), Check::note(CLOCK, frozen));
    }

    #[test]
    fn a_control_key_that_is_needed_is_named() {
        let clock = answer(403, json!({"code": "emulator_control_forbidden"}));
        let checks = judged(&Probes { clock, ..well() });
        let message = "not checked: /_emulate needs the control key, in \
                       WORKOS_EMULATE_CONTROL_KEY, or the host localhost";
        assert_eq!(checks.last(), Some(&Check::note(CLOCK, message)));
        assert_eq!(checks[0], Check::ok(SERVER, "workos-emulator at http://localhost:4100"));
    }
}
