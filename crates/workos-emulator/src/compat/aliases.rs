//! Paths, verbs and parameters that have other names at the official emulator.

use http::Method;
use http::request::Parts;

use crate::hosted::Parameters;
use crate::sign_in::external::CONTINUE;

/// Renames paths, verbs and parameters to those of the API.
pub(crate) fn rename(head: &mut Parts) -> Option<Parts> {
    let path: Vec<_> = head.uri.path().split('/').skip(1).collect();
    let method = head.method.as_str();
    let is_directory_list = matches!(&*path, ["directory_users" | "directory_groups"]);
    let (method, path) = match (method, &*path) {
        ("POST", ["x", "authkit", "users", "authenticate"]) => {
            ("POST", "/user_management/authenticate".to_owned())
        }
        ("GET", ["oauth2", "authorize", "complete"]) => {
            let query = head.uri.query().unwrap_or_default();
            let query = Parameters::read(query.as_bytes());
            ("GET", format!("{CONTINUE}{}", query.get("external_auth_id").unwrap_or_default()))
        }
        ("GET", ["sso", "jwks"]) => ("GET", "/sso/jwks/client".to_owned()),
        ("GET", ["user_management", "sessions", "jwks", client]) => {
            ("GET", format!("/sso/jwks/{client}"))
        }
        ("POST", ["user_management", "auth_factors", id, "challenges"]) => {
            ("POST", format!("/auth/factors/{id}/challenge"))
        }
        ("POST", ["user_management", "auth_challenges", id, "verify"]) => {
            ("POST", format!("/auth/challenges/{id}/verify"))
        }
        ("DELETE", ["user_management", "auth_factors", id]) => {
            ("DELETE", format!("/auth/factors/{id}"))
        }
        (
            "PUT",
            ["authorization", "roles" | "permissions" | "resources", _]
            | ["authorization", "organizations", _, "resources", _, _],
        ) => ("PATCH", head.uri.path().to_owned()),
        ("PUT", ["authorization", "organizations", _, "roles", slug]) if *slug != "priority" => {
            ("PATCH", head.uri.path().to_owned())
        }
        ("POST", ["feature-flags", _, "enable" | "disable"]) => ("PUT", head.uri.path().to_owned()),
        ("PUT", ["feature-flags", _, "targets", _]) => ("POST", head.uri.path().to_owned()),
        (_, ["directory_users" | "directory_groups"]) => (method, head.uri.path().to_owned()),
        _ => return None,
    };
    let query = head
        .uri
        .query()
        .map(|query| if is_directory_list { parameters(query) } else { query.to_owned() });
    let uri = query.map_or(path.clone(), |query| format!("{path}?{query}"));
    let (method, uri) = (Method::from_bytes(method.as_bytes()).ok()?, uri.parse().ok()?);
    let original = head.clone();
    (head.method, head.uri) = (method, uri);
    Some(original)
}

/// Parameters of a list of directory users or groups.
fn parameters(query: &str) -> String {
    let renamed = query.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = match name {
            "directory_id" => "directory",
            "group_id" => "group",
            other => other,
        };
        format!("{name}={value}")
    });
    renamed.collect::<Vec<_>>().join("&")
}
