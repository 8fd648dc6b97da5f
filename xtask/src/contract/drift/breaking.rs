//! Which differences break programs that work today.
//!
//! Programs write requests and read responses. A request breaks when the API no longer takes what a
//! program sends; a response breaks when a program no longer finds what it reads. So the same
//! difference may break one but not the other: a field that is no longer required is fine in a
//! request but not in a response. A type that is used in both must break neither.
//!
//! New values in responses break nothing: enums and unions are open. Neither do errors, defaults
//! and deprecations. Removing an operation, type or event always breaks.

use super::facts::{Aspect, Direction, Owner, Place, Section, anonymous};

/// Whether a rename breaks programs that use the old name. Names of types and of placeholders are
/// not on the wire.
pub(super) fn is_breaking_rename(owner: &Owner, was: &str) -> bool {
    match owner.0 {
        Section::Operation => anonymous(&owner.1) != anonymous(was),
        Section::Type => false,
        Section::Event => owner.1 != was,
    }
}

/// Whether the difference breaks programs in this direction.
pub(super) fn is_breaking(
    direction: Direction,
    place: &Place,
    before: Option<&str>,
    after: Option<&str>,
) -> bool {
    let is_request = direction == Direction::Request;
    let is_variant = place.path.ends_with(')');
    match (&place.aspect, before, after) {
        (Aspect::Kind, Some(before), Some(after)) => {
            let (reader, writer) = if is_request { (after, before) } else { (before, after) };
            !takes(reader, writer)
        }
        // What a program sends no longer has an effect, or is refused.
        (Aspect::Kind, Some(_), None) => is_request || !is_variant,
        (Aspect::Presence, before, Some(after)) if is_request => {
            let was = |word| before.is_some_and(|before| before.contains(word));
            let must_be_sent = !after.contains("optional");
            (must_be_sent && (before.is_none() || was("optional")))
                || (was("nullable") && !after.contains("nullable"))
        }
        (Aspect::Presence, Some(before), Some(after)) => {
            let becomes = |word| after.contains(word) && !before.contains(word);
            becomes("optional") || becomes("nullable")
        }
        (Aspect::Value(_), Some(_), None) => is_request,
        (Aspect::Limit(keyword), before, after) => is_request && tightens(keyword, before, after),
        _ => false,
    }
}

/// Whether code that expects one type can handle another.
fn takes(reader: &str, writer: &str) -> bool {
    match reader {
        _ if reader == writer => true,
        "any" | "null" => true, // code that reads no body ignores one
        "string" => ["one of", "date-time"].contains(&writer),
        "number" => writer == "integer",
        _ => false,
    }
}

/// Whether fewer values are accepted than before.
fn tightens(keyword: &str, before: Option<&str>, after: Option<&str>) -> bool {
    let Some(after) = after else { return false };
    if ["default", "deprecated"].contains(&keyword) {
        return false;
    }
    let number = |text: &str| text.parse::<f64>().ok();
    match (before, before.and_then(number), number(after)) {
        (Some(_), Some(before), Some(after)) if is_upper(keyword) => after < before,
        (Some(_), Some(before), Some(after)) if is_lower(keyword) => after > before,
        _ => before != Some(after),
    }
}

fn is_upper(keyword: &str) -> bool {
    keyword.starts_with("max") || keyword == "exclusiveMaximum"
}

fn is_lower(keyword: &str) -> bool {
    keyword.starts_with("min") || keyword == "exclusiveMinimum"
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it breaks requests, and whether it breaks responses.
    fn breaks(aspect: Aspect, before: Option<&str>, after: Option<&str>) -> [bool; 2] {
        breaks_at("x", aspect, before, after)
    }

    fn breaks_at(
        path: &str,
        aspect: Aspect,
        before: Option<&str>,
        after: Option<&str>,
    ) -> [bool; 2] {
        let place = Place { path: path.to_owned(), aspect };
        let both = [Direction::Request, Direction::Response];
        both.map(|direction| is_breaking(direction, &place, before, after))
    }

    const NONE: [bool; 2] = [false, false];
    const REQUESTS: [bool; 2] = [true, false];
    const RESPONSES: [bool; 2] = [false, true];
    const BOTH: [bool; 2] = [true, true];

    #[test]
    fn a_removed_field_breaks_both_and_an_added_one_neither() {
        assert_eq!(breaks(Aspect::Kind, Some("string"), None), BOTH);
        assert_eq!(breaks(Aspect::Kind, None, Some("string")), NONE);
    }

    #[test]
    fn a_request_breaks_if_it_must_send_more() {
        let presence = |before, after| breaks(Aspect::Presence, before, after);
        assert_eq!(presence(None, Some("required")), REQUESTS);
        assert_eq!(presence(None, Some("nullable")), REQUESTS);
        assert_eq!(presence(None, Some("optional")), NONE);
        assert_eq!(presence(Some("optional"), Some("required")), REQUESTS);
        assert_eq!(presence(Some("nullable"), Some("required")), REQUESTS);
        assert_eq!(presence(Some("optional nullable"), Some("optional")), REQUESTS);
    }

    #[test]
    fn a_response_breaks_if_it_may_omit_more() {
        let presence = |before, after| breaks(Aspect::Presence, before, after);
        assert_eq!(presence(Some("required"), Some("optional")), RESPONSES);
        assert_eq!(presence(Some("required"), Some("nullable")), RESPONSES);
        assert_eq!(presence(Some("optional"), Some("optional nullable")), RESPONSES);
        assert_eq!(presence(Some("optional"), Some("nullable")), BOTH);
        assert_eq!(presence(Some("required"), None), NONE); // removed with the field
    }

    #[test]
    fn a_wider_type_breaks_readers_and_a_narrower_one_writers() {
        let kind = |before, after| breaks(Aspect::Kind, Some(before), Some(after));
        assert_eq!(kind("string", "integer"), BOTH);
        assert_eq!(kind("A", "B"), BOTH);
        for (narrow, wide) in
            [("integer", "number"), ("one of", "string"), ("date-time", "string"), ("A", "any")]
        {
            assert_eq!(kind(narrow, wide), RESPONSES, "{narrow} {wide}");
            assert_eq!(kind(wide, narrow), REQUESTS, "{wide} {narrow}");
        }
    }

    #[test]
    fn a_new_body_breaks_no_reader() {
        let kind = |before, after| breaks_at("200", Aspect::Kind, Some(before), Some(after));
        assert!(!kind("null", "A")[1]);
        assert!(kind("A", "null")[1]);
    }

    #[test]
    fn values_are_open_in_responses_and_must_stay_accepted_in_requests() {
        let value = |before, after| breaks(Aspect::Value("a".to_owned()), before, after);
        assert_eq!(value(None, Some("")), NONE);
        assert_eq!(value(Some(""), None), REQUESTS);
        let variant = |before, after| breaks_at("x(A)", Aspect::Kind, before, after);
        assert_eq!(variant(None, Some("A")), NONE);
        assert_eq!(variant(Some("A"), None), REQUESTS);
    }

    #[test]
    fn only_tighter_limits_break_requests() {
        let limit =
            |keyword: &str, before, after| breaks(Aspect::Limit(keyword.to_owned()), before, after);
        for (keyword, loose, tight) in [
            ("maxLength", "100", "99"),
            ("exclusiveMaximum", "9.5", "-1"),
            ("minItems", "0", "1"),
            ("exclusiveMinimum", "9", "10"),
        ] {
            assert_eq!(limit(keyword, Some(loose), Some(tight)), REQUESTS, "{keyword}");
            assert_eq!(limit(keyword, Some(tight), Some(loose)), NONE, "{keyword}");
            assert_eq!(limit(keyword, None, Some(loose)), REQUESTS, "{keyword}");
            assert_eq!(limit(keyword, Some(tight), None), NONE, "{keyword}");
        }
        assert_eq!(limit("pattern", Some("^a"), Some("^b")), REQUESTS);
        assert_eq!(limit("default", Some("10"), Some("20")), NONE);
        assert_eq!(limit("deprecated", None, Some("true")), NONE);
    }

    #[test]
    fn a_rename_breaks_what_is_sent_by_name() {
        let breaks =
            |section, was, name: &str| is_breaking_rename(&(section, name.to_owned()), was);
        assert!(breaks(Section::Operation, "GET /a/{id}", "GET /b/{id}"));
        assert!(breaks(Section::Operation, "PUT /a/{id}", "PATCH /a/{id}"));
        assert!(!breaks(Section::Operation, "GET /a/{id}", "GET /a/{a_id}"));
        assert!(!breaks(Section::Type, "UserDto", "User"));
        assert!(breaks(Section::Event, "user.made", "user.created"));
    }

    #[test]
    fn errors_break_nothing() {
        let error = Aspect::Error("404 gone".to_owned());
        assert_eq!(breaks(error.clone(), Some(""), None), NONE);
        assert_eq!(breaks(error, None, Some("")), NONE);
    }
}
