//! URLs: what is added to them, and which schemes are never followed.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC};

/// What a segment of a path must not have as it is, as in the SDK.
pub(crate) const SEGMENT: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Schemes that run or show what the URI itself says, instead of opening a page or an application.
pub(crate) const UNSAFE_SCHEMES: [&str; 5] = ["javascript", "data", "vbscript", "blob", "file"];

/// A URL with more in its query.
pub(crate) fn with_query(url: &str, pairs: &[(&str, &str)]) -> String {
    let (url, fragment) = url.split_once('#').map_or((url, None), |(url, rest)| (url, Some(rest)));
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let separator = if url.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|fragment| format!("#{fragment}")).unwrap_or_default();
    format!("{url}{separator}{query}{fragment}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_added_before_the_fragment() {
        assert_eq!(with_query("http://a/b", &[("code", "x y")]), "http://a/b?code=x+y");
        assert_eq!(with_query("http://a/b?c=d#e", &[("f", "g")]), "http://a/b?c=d&f=g#e");
    }
}
