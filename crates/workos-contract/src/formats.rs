//! What a text has to look like.

use crate::limits::Limits;

/// The formats of strings that requests are held to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Email,
    Domain,
    Url,
}

impl Format {
    /// The format of a field: what its limits say, or else what its name does.
    pub(crate) fn of(name: &str, limits: &Limits) -> Option<Self> {
        match (limits.format.as_deref(), name) {
            (Some("email"), _) => Some(Self::Email),
            (Some("uri"), _) => Some(Self::Url),
            (_, "email") => Some(Self::Email),
            (_, "domain") => Some(Self::Domain),
            _ => None,
        }
    }

    pub(crate) fn fits(self, text: &str) -> bool {
        match self {
            Self::Email => is_email(text.trim()),
            Self::Domain => is_domain(text.trim()),
            Self::Url => is_url(text),
        }
    }

    pub(crate) fn demand(self) -> &'static str {
        match self {
            Self::Email => "must be an email address.",
            Self::Domain => "must be a domain such as acme.com.",
            Self::Url => "must be a URL.",
        }
    }
}

/// Enough of RFC 5321 to reject what is clearly not an email address.
///
/// ```
/// assert!(workos_contract::is_email("ada@example.com"));
/// assert!(!workos_contract::is_email("ada@example"));
/// ```
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let no_space = |part: &str| !part.chars().any(|c| c.is_whitespace() || c.is_control());
    !local.is_empty() && !local.contains('@') && no_space(local) && is_domain(domain)
}

/// Whether a text has at least two labels of letters, digits and hyphens.
///
/// ```
/// assert!(workos_contract::is_domain("acme.com"));
/// assert!(!workos_contract::is_domain("https://acme.com"));
/// ```
pub fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(is_label)
}

/// Whether a text has a scheme and something after it, without whitespace. Custom schemes such as
/// `myapp:callback` count, because mobile apps redirect to them.
///
/// ```
/// assert!(workos_contract::is_url("myapp:callback"));
/// assert!(!workos_contract::is_url("acme.com/callback"));
/// ```
pub fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let is_scheme = |c: char| c.is_ascii_alphanumeric() || ['+', '-', '.'].contains(&c);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(is_scheme)
        && !rest.is_empty()
        && !rest.chars().any(|c| c.is_whitespace() || c.is_control())
}

/// Whether a text is a time as in RFC 3339, such as `2026-01-15T12:00:00.000Z`.
///
/// ```
/// assert!(workos_contract::is_time("2026-01-15T13:00:00+01:00"));
/// assert!(!workos_contract::is_time("2026-02-30T12:00:00Z"));
/// ```
pub fn is_time(text: &str) -> bool {
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    is_date(date) && is_clock_with_zone(time)
}

fn is_date(date: &str) -> bool {
    let parts: Vec<_> = date.split('-').collect();
    let &[year, month, day] = parts.as_slice() else {
        return false;
    };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn is_clock_with_zone(time: &str) -> bool {
    let (clock, is_zone) = match time.strip_suffix('Z') {
        Some(clock) => (clock, true),
        None => match time.rsplit_once(['+', '-']) {
            Some((clock, zone)) => (clock, is_clock(zone, &[23, 59])),
            None => (time, false),
        },
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let is_fraction = !fraction.is_empty() && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_zone && is_fraction && is_clock(clock, &[23, 59, 59])
}

/// Whether a text consists of two-digit numbers, none larger than its limit.
fn is_clock(text: &str, limits: &[u32]) -> bool {
    let parts: Vec<_> = text.split(':').map(|part| digits(part, 2)).collect();
    let fits = |(part, limit): (&Option<u32>, &u32)| part.is_some_and(|part| part <= *limit);
    parts.len() == limits.len() && parts.iter().zip(limits).all(fits)
}

/// The number of exactly that many digits.
fn digits(text: &str, count: usize) -> Option<u32> {
    let is_number = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_text() {
        for good in ["a@b.co", "a.b+c@sub.example.com", "ü@exämple.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in ["", "a", "a@", "@b.co", "a@b", "a b@c.de", "a@b..co", "a@-b.co", "a@@b.co"] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn domains_are_told_from_other_text() {
        for good in ["a.co", "sub.example.com", "exämple.com", "xn--exmple-cua.com"] {
            assert!(is_domain(good), "{good}");
        }
        let long = format!("{}.com", "a".repeat(250));
        for bad in ["", "a", "a.", ".co", "a b.co", "-a.co", "https://a.co", "a.co/b", &long] {
            assert!(!is_domain(bad), "{bad}");
        }
    }

    #[test]
    fn urls_are_told_from_other_text() {
        for good in ["https://a.co", "http://localhost:3000/x?y", "myapp:callback", "a+b-c.d:e"] {
            assert!(is_url(good), "{good}");
        }
        for bad in ["", "a", "a:", ":a", "1a:b", "a b:c", "https://a b", "/a:b", "a:\tb"] {
            assert!(!is_url(bad), "{bad}");
        }
    }

    #[test]
    fn times_are_told_from_other_text() {
        for good in [
            "2026-01-15T12:00:00.000Z",
            "2026-01-15T12:00:00Z",
            "2024-02-29T23:59:59.123456789-11:30",
            "2000-02-29T00:00:00+00:00",
        ] {
            assert!(is_time(good), "{good}");
        }
        for bad in [
            "",
            "now",
            "2026-01-15",
            "2026-01-15T12:00:00",
            "2026-01-15 12:00:00Z",
            "2026-02-29T12:00:00Z",
            "1900-02-29T12:00:00Z",
            "2026-13-01T12:00:00Z",
            "2026-04-31T12:00:00Z",
            "2026-01-00T12:00:00Z",
            "2026-01-15T24:00:00Z",
            "2026-01-15T12:60:00Z",
            "2026-01-15T12:00Z",
            "2026-01-15T12:00:00.Z",
            "2026-01-15T12:00:00.1x",
            "2026-01-15T12:00:00+1:00",
            "2026-01-15T12:00:00+24:00",
            "26-01-15T12:00:00Z",
            "2026-1-15T12:00:00Z",
            "+026-01-15T12:00:00Z",
        ] {
            assert!(!is_time(bad), "{bad}");
        }
    }
}
