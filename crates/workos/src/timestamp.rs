//! [`Timestamp`]: an instant as the API writes it.

use std::fmt;
use std::ops::{Add, Sub};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const NANOS_PER_SECOND: u32 = 1_000_000_000;
const NANOS_PER_MILLI: u32 = 1_000_000;
const MINUTES_PER_DAY: i64 = 1440;
const SECONDS_PER_DAY: i64 = MINUTES_PER_DAY * 60;

/// An instant in time, between the years 0000 and 9999, to the nanosecond.
///
/// The API sends instants as RFC 3339 text such as `2026-01-15T12:00:00.000Z`. They are parsed when
/// a response is decoded, so they compare and sort as times, and print in that same form: UTC, with
/// milliseconds (or microseconds or nanoseconds where the instant has them).
///
/// ```
/// use std::time::Duration;
/// use workos::Timestamp;
///
/// let created: Timestamp = "2026-01-15T13:00:00+01:00".parse()?;
/// assert_eq!(created.to_string(), "2026-01-15T12:00:00.000Z");
/// assert!(created < created + Duration::from_secs(1));
/// # Ok::<(), workos::timestamp::ParseTimestampError>(())
/// ```
///
/// It converts to and from [`SystemTime`], and with the features `jiff`, `chrono` and `time` to and
/// from `jiff::Timestamp`, `chrono::DateTime<Utc>` and `time::OffsetDateTime`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    /// Seconds since 1970-01-01T00:00:00Z, rounded down.
    seconds: i64,
    nanos: u32,
}

impl Timestamp {
    /// 1970-01-01T00:00:00Z; also the `Default`.
    pub const UNIX_EPOCH: Self = Self { seconds: 0, nanos: 0 };
    /// 0000-01-01T00:00:00Z, the earliest instant RFC 3339 can write.
    pub const MIN: Self = Self { seconds: -62_167_219_200, nanos: 0 };
    /// The last nanosecond of the year 9999.
    pub const MAX: Self = Self { seconds: 253_402_300_799, nanos: NANOS_PER_SECOND - 1 };

    /// The current time of the system clock.
    ///
    /// Not for `wasm32-unknown-unknown`, which has no system clock.
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// The instant `millis` milliseconds after the Unix epoch (before it, when negative), or the
    /// nearest one that can be represented.
    pub fn from_millis(millis: i64) -> Self {
        let nanos = millis.rem_euclid(1000).unsigned_abs() as u32 * 1_000_000;
        Self::clamped(millis.div_euclid(1000), nanos)
    }

    /// Milliseconds since the Unix epoch, rounded down; the unit of `WorkOS-Signature` headers.
    pub fn as_millis(self) -> i64 {
        self.seconds * 1000 + i64::from(self.nanos / 1_000_000)
    }

    /// Seconds since the Unix epoch, rounded down; the unit of `exp` and `iat` claims.
    pub fn as_secs(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds past [`as_secs`](Self::as_secs), below 1,000,000,000.
    pub fn subsec_nanos(self) -> u32 {
        self.nanos
    }

    /// How long after `earlier` this instant is; zero when it is not after it.
    pub fn duration_since(self, earlier: Self) -> Duration {
        if self <= earlier {
            return Duration::ZERO;
        }
        let whole = Duration::from_secs(self.seconds.abs_diff(earlier.seconds));
        whole + Duration::from_nanos(self.nanos.into()) - Duration::from_nanos(earlier.nanos.into())
    }

    fn clamped(seconds: i64, nanos: u32) -> Self {
        Self { seconds, nanos }.clamp(Self::MIN, Self::MAX)
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;

    /// Stops at [`Timestamp::MAX`].
    fn add(self, duration: Duration) -> Self {
        let nanos = self.nanos + duration.subsec_nanos();
        let carry = i64::from(nanos / NANOS_PER_SECOND);
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self::clamped(
            self.seconds.saturating_add(seconds).saturating_add(carry),
            nanos % NANOS_PER_SECOND,
        )
    }
}

impl Sub<Duration> for Timestamp {
    type Output = Self;

    /// Stops at [`Timestamp::MIN`].
    fn sub(self, duration: Duration) -> Self {
        let borrow = self.nanos < duration.subsec_nanos();
        let nanos =
            self.nanos + if borrow { NANOS_PER_SECOND } else { 0 } - duration.subsec_nanos();
        let seconds = i64::try_from(duration.as_secs()).unwrap_or(i64::MAX);
        Self::clamped(self.seconds.saturating_sub(seconds).saturating_sub(borrow.into()), nanos)
    }
}

impl From<SystemTime> for Timestamp {
    /// Instants outside the years 0000 to 9999 become the nearest one inside.
    fn from(time: SystemTime) -> Self {
        match time.duration_since(UNIX_EPOCH) {
            Ok(since) => Self::UNIX_EPOCH + since,
            Err(before) => Self::UNIX_EPOCH - before.duration(),
        }
    }
}

impl From<Timestamp> for SystemTime {
    /// Becomes the Unix epoch if it is earlier than the system can represent (on Windows, 1601).
    fn from(timestamp: Timestamp) -> Self {
        let moved = if timestamp >= Timestamp::UNIX_EPOCH {
            UNIX_EPOCH.checked_add(timestamp.duration_since(Timestamp::UNIX_EPOCH))
        } else {
            UNIX_EPOCH.checked_sub(Timestamp::UNIX_EPOCH.duration_since(timestamp))
        };
        moved.unwrap_or(UNIX_EPOCH)
    }
}

/// Text that is not an RFC 3339 instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ParseTimestampError(());

impl fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("expected an RFC 3339 time such as 2026-01-15T12:00:00.000Z")
    }
}

impl std::error::Error for ParseTimestampError {}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    /// Reads RFC 3339: any offset, any number of fraction digits (those past the ninth are
    /// dropped), `T` or a space between date and time, either case. Without an offset it is UTC, as
    /// in some responses of WorkOS. A leap second counts as the second after it.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        parse(text.as_bytes()).ok_or(ParseTimestampError(()))
    }
}

fn parse(text: &[u8]) -> Option<Timestamp> {
    let (year_month, rest) = text.split_first_chunk()?;
    let (day_time, seconds) = rest.split_first_chunk::<8>()?;
    let [_, _, separator @ (b'T' | b't' | b' '), ..] = *day_time else { return None };
    let day_time_pattern = [b'0', b'0', separator, b'0', b'0', b':', b'0', b'0'];
    let [century, _, year, _, _, month, ..] = numbers(*year_month, *b"0000-00-")?;
    let [day, _, _, hour, _, _, minute, _] = numbers(*day_time, day_time_pattern)?;
    if hour >= 24 || minute >= 60 {
        return None;
    }
    let days = days_from_epoch(century, year, month, day)?;
    let minute = (days * MINUTES_PER_DAY + i64::from(hour) * 60 + i64::from(minute)) * 60;
    // As WorkOS sends it.
    if let Ok(text) = seconds.try_into()
        && let Some([_, second @ ..60, _, _, hundredths, _, last_digit, _]) =
            numbers(text, *b":00.000Z")
    {
        // The last digit is read as the tens of a number.
        let nanos = (u32::from(hundredths) * 100 + u32::from(last_digit)) * (NANOS_PER_MILLI / 10);
        return Some(Timestamp { seconds: minute + i64::from(second), nanos });
    }
    parse_seconds(minute, seconds)
}

/// Reads what follows the minute, which begins that many seconds after the Unix epoch.
#[cold]
fn parse_seconds(minute: i64, text: &[u8]) -> Option<Timestamp> {
    let [b':', tens @ b'0'..=b'6', ones @ b'0'..=b'9', ref rest @ ..] = *text else { return None };
    let second = i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
    let (nanos, offset) = match *rest {
        [b'.', ref fraction @ ..] => {
            let (nanos, offset) = parse_fraction(fraction)?;
            (nanos, parse_offset(offset)?)
        }
        _ => (0, parse_offset(rest)?),
    };
    let seconds = minute + second - offset;
    // Only an offset or a leap second can lead out of the years that have four digits.
    let in_range = (Timestamp::MIN.seconds..=Timestamp::MAX.seconds).contains(&seconds);
    (second <= 60 && in_range).then_some(Timestamp { seconds, nanos })
}

/// The two-digit numbers of a text, each at the place of its first digit. The text has to match the
/// pattern, in which `0` stands for any digit.
///
/// All bytes are checked together, which is faster than one by one: a list of a hundred users has
/// hundreds of times.
fn numbers(text: [u8; 8], pattern: [u8; 8]) -> Option<[u8; 8]> {
    // Digits become their values, and what is as in the pattern becomes 0.
    let values = u64::from_le_bytes(text) ^ u64::from_le_bytes(pattern);
    // Added to a value, these set its highest bit if it is more than 9 or more than 0.
    let limits = pattern.map(|byte| if byte == b'0' { 0x80 - 10 } else { 0x80 - 1 });
    let sums = values.wrapping_add(u64::from_le_bytes(limits));
    if (values | sums) & u64::from_le_bytes([0x80; 8]) != 0 {
        return None;
    }
    // No number is more than 99, so that none reaches into the byte beside it.
    Some((values.wrapping_mul(10) + (values >> 8)).to_le_bytes())
}

/// The digits after the decimal point, at least one, as nanoseconds; and what follows them.
fn parse_fraction(mut text: &[u8]) -> Option<(u32, &[u8])> {
    let (mut nanos, mut unit) = (0, NANOS_PER_SECOND);
    while let [digit @ b'0'..=b'9', rest @ ..] = text {
        unit /= 10;
        nanos += u32::from(digit - b'0') * unit;
        text = rest;
    }
    (unit < NANOS_PER_SECOND).then_some((nanos, text))
}

/// The offset from UTC in seconds, with nothing after it. Times without one are in UTC: some
/// directories and events send them.
fn parse_offset(text: &[u8]) -> Option<i64> {
    match *text {
        [b'Z' | b'z'] | [] => Some(0),
        [
            sign @ (b'+' | b'-'),
            h1 @ b'0'..=b'2',
            h2 @ b'0'..=b'9',
            b':',
            m1 @ b'0'..=b'5',
            m2 @ b'0'..=b'9',
        ] => {
            let number = |tens: u8, ones: u8| i64::from(tens - b'0') * 10 + i64::from(ones - b'0');
            let seconds = number(h1, h2) * 3600 + number(m1, m2) * 60;
            let offset = if sign == b'+' { seconds } else { -seconds };
            (seconds < SECONDS_PER_DAY).then_some(offset)
        }
        _ => None,
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar, if there is such a day in the year of
/// this century, counted from 0.
fn days_from_epoch(century: u8, year: u8, month: u8, day: u8) -> Option<i64> {
    /// The days before each month and after the last, without a leap day; there is no month 0.
    const MONTHS: [u16; 14] = [0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334, 365];
    let [before, after] = *MONTHS.get(usize::from(month)..)?.first_chunk()?;
    let is_leap = if year == 0 { century } else { year }.is_multiple_of(4);
    let last = after - before + u16::from(is_leap && month == 2);
    if day == 0 || u16::from(day) > last {
        return None;
    }
    let (century, before) = (u32::from(century), u32::from(before));
    let year = century * 100 + u32::from(year);
    // Of all years since 0000, that one and this one among them.
    let leap_days = year / 4 + century / 4 + 1 - century;
    let to_come = u32::from(is_leap && month <= 2);
    let days = year * 365 + leap_days - to_come + before + u32::from(day);
    // 719,528 days lie between 0000-01-01 and 1970, and a month begins with day 1.
    Some(i64::from(days) - 719_529)
}

/// The inverse of [`days_from_epoch`], for days inside [`Timestamp::MIN`] to [`Timestamp::MAX`].
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// An instant as text, without the formatting machinery: the user in a session cookie has three.
struct Text {
    bytes: [u8; 30],
    length: usize,
}

impl Text {
    fn new(timestamp: Timestamp) -> Self {
        let (year, month, day) = civil_from_days(timestamp.seconds.div_euclid(SECONDS_PER_DAY));
        let time = timestamp.seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (time / 3600, time / 60 % 60, time % 60);
        let nanos = i64::from(timestamp.nanos);
        let mut bytes = *b"0000-00-00T00:00:00.000000000Z";
        let numbers = [(4, year), (7, month), (10, day), (13, hour), (16, minute), (19, second)];
        for (end, mut number) in numbers.into_iter().chain([(29, nanos)]) {
            for byte in bytes.iter_mut().take(end).rev().take_while(|byte| **byte == b'0') {
                *byte += (number % 10) as u8;
                number /= 10;
            }
        }
        let length = match timestamp.nanos {
            nanos if nanos.is_multiple_of(1_000_000) => 24,
            nanos if nanos.is_multiple_of(1_000) => 27,
            _ => 30,
        };
        bytes.iter_mut().take(length).skip(length - 1).for_each(|last| *last = b'Z');
        Self { bytes, length }
    }

    fn as_str(&self) -> &str {
        // It is all ASCII and not longer than there is room.
        let text = self.bytes.get(..self.length).and_then(|text| std::str::from_utf8(text).ok());
        text.unwrap_or_default()
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Text::new(*self).as_str())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(Text::new(*self).as_str())
    }
}

struct TimestampVisitor;

impl de::Visitor<'_> for TimestampVisitor {
    type Value = Timestamp;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an RFC 3339 time such as 2026-01-15T12:00:00.000Z")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
        text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(TimestampVisitor)
    }
}

#[cfg(feature = "jiff")]
impl From<Timestamp> for jiff::Timestamp {
    /// jiff's range ends 9999-12-30T22:00:00Z; instants past it become its last one.
    fn from(timestamp: Timestamp) -> Self {
        let nanos = i32::try_from(timestamp.nanos).unwrap_or(0);
        jiff::Timestamp::new(timestamp.seconds, nanos).unwrap_or(jiff::Timestamp::MAX)
    }
}

#[cfg(feature = "jiff")]
impl From<jiff::Timestamp> for Timestamp {
    /// Instants before the year 0000 become [`Timestamp::MIN`].
    fn from(timestamp: jiff::Timestamp) -> Self {
        let total = timestamp.as_nanosecond();
        let per_second = i128::from(NANOS_PER_SECOND);
        // Both parts fit: jiff covers the years -9999 to 9999.
        let seconds = i64::try_from(total.div_euclid(per_second)).unwrap_or(i64::MAX);
        Self::clamped(seconds, u32::try_from(total.rem_euclid(per_second)).unwrap_or(0))
    }
}

#[cfg(feature = "chrono")]
impl From<Timestamp> for chrono::DateTime<chrono::Utc> {
    fn from(timestamp: Timestamp) -> Self {
        // Every instant between the years 0000 and 9999 is inside chrono's range.
        Self::from_timestamp(timestamp.seconds, timestamp.nanos).unwrap_or_default()
    }
}

#[cfg(feature = "chrono")]
impl From<chrono::DateTime<chrono::Utc>> for Timestamp {
    /// Instants outside the years 0000 to 9999 become the nearest one inside.
    fn from(time: chrono::DateTime<chrono::Utc>) -> Self {
        // chrono keeps a leap second as nanoseconds past the last second.
        Self::clamped(time.timestamp(), 0)
            + Duration::from_nanos(time.timestamp_subsec_nanos().into())
    }
}

#[cfg(feature = "time")]
impl From<Timestamp> for time::OffsetDateTime {
    /// In UTC.
    fn from(timestamp: Timestamp) -> Self {
        let whole = Self::from_unix_timestamp(timestamp.seconds);
        // Every instant between the years 0000 and 9999 is inside the range of `time`.
        whole.unwrap_or(Self::UNIX_EPOCH) + Duration::from_nanos(timestamp.nanos.into())
    }
}

#[cfg(feature = "time")]
impl From<time::OffsetDateTime> for Timestamp {
    /// The same instant, whatever the offset; those outside the years 0000 to 9999 become the
    /// nearest one inside.
    fn from(time: time::OffsetDateTime) -> Self {
        Self::clamped(time.unix_timestamp(), time.nanosecond())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Option<String> {
        text.parse::<Timestamp>().ok().map(|t| t.to_string())
    }

    #[test]
    fn reads_every_form_the_api_and_rfc_3339_use() {
        for (text, printed) in [
            ("2026-01-15T12:00:00.000Z", "2026-01-15T12:00:00.000Z"),
            ("2026-01-15T12:00:00Z", "2026-01-15T12:00:00.000Z"),
            ("2026-01-15 12:00:00z", "2026-01-15T12:00:00.000Z"),
            ("2026-01-15t13:30:00.5+01:30", "2026-01-15T12:00:00.500Z"),
            ("2026-01-14T23:00:00-13:00", "2026-01-15T12:00:00.000Z"),
            ("2026-01-15T12:00:00.123456Z", "2026-01-15T12:00:00.123456Z"),
            ("2026-01-15T12:00:00.1234567899Z", "2026-01-15T12:00:00.123456789Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"),
            ("2016-12-31T23:59:60.789Z", "2017-01-01T00:00:00.789Z"),
            ("2021-10-26 13:29:47.133382", "2021-10-26T13:29:47.133382Z"),
            ("2021-10-26T13:29:47", "2021-10-26T13:29:47.000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z"),
        ] {
            assert_eq!(read(text).as_deref(), Some(printed), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_instant() {
        for text in [
            "",
            "now",
            "2026-01-15",
            "2026-01-15T12:00",
            "2026-01-15T12:00:00.",
            "2026-13-15T12:00:00Z",
            "2026-00-15T12:00:00Z",
            "2026-02-29T12:00:00Z",
            "1900-02-29T12:00:00Z",
            "2026-01-00T12:00:00Z",
            "2026-01-15T24:00:00Z",
            "2026-01-15T12:60:00Z",
            "2026-01-15T12:00:61Z",
            "2026-01-15T12:00:00.Z",
            "2026-01-15T12:00:00+0100",
            "2026-01-15T12:00:00ZZ",
            "2026-01-15T12:00:00Zé",
            "0000-01-01T00:00:00+00:01",
            "9999-12-31T23:59:60Z",
            "9999-12-31T23:59:60.000Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    /// The calendar repeats after 400 years.
    #[test]
    fn every_day_of_400_years_comes_after_the_one_before() {
        let mut next = "1900-01-01T00:00:00.000Z".parse::<Timestamp>().unwrap();
        for (year, month, day) in (1900..2300)
            .flat_map(|year| (0..=13).map(move |month| (year, month)))
            .flat_map(|(year, month)| (0..=32).map(move |day| (year, month, day)))
        {
            let text = format!("{year}-{month:02}-{day:02}T00:00:00.000Z");
            if let Ok(midnight) = text.parse::<Timestamp>() {
                assert_eq!((midnight, midnight.to_string()), (next, text));
                next = next + Duration::from_secs(86_400);
            }
        }
        assert_eq!(next.to_string(), "2300-01-01T00:00:00.000Z");
    }

    #[test]
    fn arithmetic_stays_inside_the_range() {
        let second = Duration::from_secs(1);
        assert_eq!(Timestamp::MAX + second, Timestamp::MAX);
        assert_eq!(Timestamp::MIN - second, Timestamp::MIN);
        assert_eq!(Timestamp::UNIX_EPOCH + Duration::MAX, Timestamp::MAX);
        assert_eq!(Timestamp::UNIX_EPOCH - Duration::MAX, Timestamp::MIN);
        assert_eq!(Timestamp::from_millis(i64::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::from_millis(-1).to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(Timestamp::from_millis(-1).as_millis(), -1);
        assert_eq!(Timestamp::MIN.duration_since(Timestamp::MAX), Duration::ZERO);
    }

    #[test]
    fn a_decode_error_says_what_was_expected() {
        let error = serde_json::from_str::<Timestamp>(r#""soon""#).unwrap_err();
        assert!(error.to_string().contains("expected an RFC 3339 time"), "{error}");
    }

    fn any_timestamp() -> impl Strategy<Value = Timestamp> {
        (Timestamp::MIN.seconds..=Timestamp::MAX.seconds, 0..NANOS_PER_SECOND)
            .prop_map(|(seconds, nanos)| Timestamp { seconds, nanos })
    }

    #[cfg(feature = "time")]
    fn nanos_of(timestamp: Timestamp) -> i128 {
        i128::from(timestamp.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(timestamp.nanos)
    }

    #[cfg(feature = "time")]
    #[test]
    fn an_instant_of_time_before_the_year_0_becomes_the_earliest_one() {
        let before = time::OffsetDateTime::from(Timestamp::MIN) - Duration::from_millis(1);
        assert_eq!(Timestamp::from(before), Timestamp::MIN);
    }

    proptest! {
        #[test]
        fn printing_and_reading_lose_nothing(timestamp in any_timestamp()) {
            prop_assert_eq!(timestamp.to_string().parse(), Ok(timestamp));
            prop_assert_eq!(Timestamp::from(SystemTime::from(timestamp)), timestamp);
        }

        #[test]
        fn adding_then_subtracting_returns(timestamp in any_timestamp(), nanos in 0..u64::MAX) {
            let duration = Duration::from_nanos(nanos);
            let later = timestamp + duration;
            if later < Timestamp::MAX {
                prop_assert_eq!(later - duration, timestamp);
                prop_assert_eq!(later.duration_since(timestamp), duration);
            }
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,40}") {
            let _ = text.parse::<Timestamp>();
        }

        #[cfg(feature = "jiff")]
        #[test]
        fn agrees_with_jiff(timestamp in any_timestamp()) {
            let theirs: jiff::Timestamp = timestamp.into();
            if theirs < jiff::Timestamp::MAX {
                prop_assert_eq!(Timestamp::from(theirs), timestamp);
                prop_assert_eq!(theirs.to_string().parse(), Ok(timestamp));
            }
        }

        #[cfg(feature = "chrono")]
        #[test]
        fn agrees_with_chrono(timestamp in any_timestamp()) {
            let theirs: chrono::DateTime<chrono::Utc> = timestamp.into();
            prop_assert_eq!(Timestamp::from(theirs), timestamp);
            prop_assert_eq!(theirs.to_rfc3339().parse(), Ok(timestamp));
        }

        #[cfg(feature = "time")]
        #[test]
        fn agrees_with_time(timestamp in any_timestamp(), hours in -23i8..=23) {
            let theirs: time::OffsetDateTime = timestamp.into();
            prop_assert_eq!(Timestamp::from(theirs), timestamp);
            prop_assert_eq!(theirs.unix_timestamp_nanos(), nanos_of(timestamp));
            let offset = time::UtcOffset::from_hms(hours, 0, 0).unwrap();
            if let Some(elsewhere) = theirs.checked_to_offset(offset) {
                prop_assert_eq!(Timestamp::from(elsewhere), timestamp);
            }
        }
    }
}
