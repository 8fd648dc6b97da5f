//! Values that are too large for one cookie: browsers keep 4,096 bytes of name, value and
//! attributes.

use super::SealError;

/// How many bytes of a value fit into a cookie, with room for its name and attributes.
pub const COOKIE_LIMIT: usize = 3_800;

/// More chunks than this are not ours: browsers keep about 180 cookies per site, and servers reject
/// such headers long before that.
pub(in crate::helpers) const MAX_CHUNKS: usize = 32;

/// The cookies to set for a value: one under its name, or chunks of at most `limit` bytes under
/// `name.0`, `name.1` and so on.
///
/// Delete what an earlier value left behind: `name` if there are chunks now, `name.0` if there are
/// none any more. Further chunks do no harm: the first one starts with the number of chunks and a
/// `.`.
///
/// ```
/// use workos::helpers::seal::{join_cookie, split_cookie};
///
/// let cookies = split_cookie("session", "abcdefgh", 6);
/// let names: Vec<_> = cookies.iter().map(|(name, _)| name.as_str()).collect();
/// assert_eq!(names, ["session.0", "session.1"]);
///
/// let get = |name: &str| cookies.iter().find(|(n, _)| n == name).map(|(_, v)| v.clone());
/// assert_eq!(join_cookie("session", get)?.as_deref(), Some("abcdefgh"));
/// # Ok::<(), workos::helpers::seal::SealError>(())
/// ```
pub fn split_cookie(name: &str, value: &str, limit: usize) -> Vec<(String, String)> {
    if value.len() <= limit {
        return vec![(name.to_owned(), value.to_owned())];
    }
    // Room for the number, and for one character of any width.
    let room = limit.saturating_sub(3).max(4);
    let mut chunks = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        let mut end = rest.len().min(room);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (chunk, after) = rest.split_at(end);
        chunks.push(chunk);
        rest = after;
    }
    let count = chunks.len();
    let cookie = |(index, chunk): (usize, &str)| {
        let head = if index == 0 { format!("{count}.") } else { String::new() };
        (format!("{name}.{index}"), head + chunk)
    };
    chunks.into_iter().enumerate().map(cookie).collect()
}

/// The value that [`split_cookie`] has split, or `None` if there is no such cookie.
///
/// `get` looks up a cookie of the request by its name. Chunks left over from a longer value are
/// ignored.
///
/// # Errors
///
/// [`SealError::Chunks`] when a chunk is missing, or the first does not say how many there are.
pub fn join_cookie<V: AsRef<str>>(
    name: &str,
    get: impl Fn(&str) -> Option<V>,
) -> Result<Option<String>, SealError> {
    let Some(first) = get(&format!("{name}.0")) else {
        return Ok(get(name).map(|value| value.as_ref().to_owned()).filter(|v| !v.is_empty()));
    };
    let (count, chunk) = first.as_ref().split_once('.').ok_or(SealError::Chunks)?;
    let count: usize = count.parse().map_err(|_| SealError::Chunks)?;
    if !(1..=MAX_CHUNKS).contains(&count) {
        return Err(SealError::Chunks);
    }
    let mut value = chunk.to_owned();
    for index in 1..count {
        let chunk = get(&format!("{name}.{index}")).ok_or(SealError::Chunks)?;
        value.push_str(chunk.as_ref());
    }
    Ok(Some(value))
}
