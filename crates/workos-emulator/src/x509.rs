//! X.509 certificates (RFC 5280): what SAML connections need of them. [`validity`] reads one, and
//! [`self_signed`] makes one.

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use workos::Timestamp;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";
const PEM_LINE_CHARS: usize = 64;
/// The longest common name that RFC 5280 allows.
const MAX_NAME_CHARS: usize = 64;

/// The tags of DER.
const BOOLEAN: u8 = 0x01;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0C;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const VERSION: u8 = 0xA0;
const ISSUER_ID: u8 = 0x81;
const SUBJECT_ID: u8 = 0x82;
const EXTENSIONS: u8 = 0xA3;

/// The number that stands for version 3.
const V3: u8 = 2;
/// RSA without parameters, with its tag: 1.2.840.113549.1.1.1 and NULL.
const RSA: &[u8] = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x01\x05\x00";
/// RSA with SHA-256, likewise.
const RSA_SHA256: &[u8] = b"\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x01\x0B\x05\x00";
const COMMON_NAME: &[u8] = b"\x06\x03\x55\x04\x03";
const KEY_USAGE: &[u8] = b"\x06\x03\x55\x1D\x0F";

/// The key of all certificates that this emulator makes. To make one takes up to a second and does
/// not follow the seed. It is not a secret: everybody can read it here.
static KEY: LazyLock<Option<KeyPair>> =
    LazyLock::new(|| KeyPair::from_pkcs8(include_bytes!("x509_key.der")).ok());

/// When a certificate is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
}

/// What a key is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Usage {
    Signing,
    Encryption,
}

/// Reads the validity of one certificate in PEM format, or nothing if it is anything else.
pub(crate) fn validity(pem: &str) -> Option<Validity> {
    let base64 = pem.trim().strip_prefix(BEGIN)?.strip_suffix(END)?;
    let base64: String = base64.split_ascii_whitespace().collect();
    read(&STANDARD.decode(base64).ok()?)
}

/// A new self-signed certificate in PEM format.
pub(crate) fn self_signed(
    name: &str,
    usage: Usage,
    serial: [u8; 16],
    validity: Validity,
) -> Option<String> {
    signed_by(KEY.as_ref()?, name, usage, serial, validity).map(|der| pem(&der))
}

/// A new certificate of this key, signed with it, in DER.
pub(crate) fn signed_by(
    key: &KeyPair,
    name: &str,
    usage: Usage,
    serial: [u8; 16],
    validity: Validity,
) -> Option<Vec<u8>> {
    let body = body(name, usage, serial, validity, key.public().as_ref());
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &body, &mut signature).ok()?;
    let algorithm = der(SEQUENCE, &[RSA_SHA256]);
    Some(der(SEQUENCE, &[&body, &algorithm, &der(BIT_STRING, &[&[0], &signature])]))
}

/// All that is signed.
fn body(
    name: &str,
    usage: Usage,
    mut serial: [u8; 16],
    validity: Validity,
    public_key: &[u8],
) -> Vec<u8> {
    // Positive, and without a superfluous zero.
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x3F | 0x40;
    }
    let name: String = name.chars().take(MAX_NAME_CHARS).collect();
    let name = der(UTF8_STRING, &[name.as_bytes()]);
    let name = der(SEQUENCE, &[&der(SET, &[&der(SEQUENCE, &[COMMON_NAME, &name])])]);
    // The number of unused bits, and the one of `KeyUsage`.
    let bits: &[u8] = match usage {
        Usage::Signing => b"\x07\x80",
        Usage::Encryption => b"\x05\x20",
    };
    let usage = der(OCTET_STRING, &[&der(BIT_STRING, &[bits])]);
    let usage = der(SEQUENCE, &[KEY_USAGE, &der(BOOLEAN, &[&[0xFF]]), &usage]);
    let public_key = der(BIT_STRING, &[&[0], public_key]);
    der(
        SEQUENCE,
        &[
            &der(VERSION, &[&der(INTEGER, &[&[V3]])]),
            &der(INTEGER, &[&serial]),
            &der(SEQUENCE, &[RSA_SHA256]),
            &name,
            &der(SEQUENCE, &[&time(validity.not_before), &time(validity.not_after)]),
            &name,
            &der(SEQUENCE, &[&der(SEQUENCE, &[RSA]), &public_key]),
            &der(EXTENSIONS, &[&der(SEQUENCE, &[&usage])]),
        ],
    )
}

fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let mut der = vec![tag];
    match u8::try_from(content.len()) {
        Ok(short @ 0..=0x7F) => der.push(short),
        _ => {
            let length = content.len().to_be_bytes();
            let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
            der.push(0x80 | length.len() as u8);
            der.extend(length);
        }
    }
    der.extend(content);
    der
}

/// A time to the second, in the form that RFC 5280 demands for its year.
fn time(time: Timestamp) -> Vec<u8> {
    let text = time.to_string();
    let seconds = text.split('.').next().unwrap_or_default();
    let mut digits: String = seconds.chars().filter(char::is_ascii_digit).collect();
    digits.push('Z');
    match digits.get(2..).filter(|_| ("1950".."2050").contains(&&*digits)) {
        Some(short) => der(UTC_TIME, &[short.as_bytes()]),
        None => der(GENERALIZED_TIME, &[digits.as_bytes()]),
    }
}

fn pem(der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let lines = base64.as_bytes().chunks(PEM_LINE_CHARS).map(String::from_utf8_lossy);
    let mut pem = BEGIN.to_owned();
    for line in lines {
        pem.push('\n');
        pem.push_str(&line);
    }
    pem + "\n" + END + "\n"
}

/// Checks the whole structure of a certificate, down to the parts that only its users understand:
/// names, keys and extensions.
fn read(der: &[u8]) -> Option<Validity> {
    let mut outer = Reader(der);
    let mut certificate = outer.inner(SEQUENCE)?;
    outer.end()?;
    let mut body = certificate.inner(SEQUENCE)?;
    let algorithm = certificate.take(SEQUENCE)?;
    certificate.bits()?;
    certificate.end()?;

    if let Some(version) = body.optional(VERSION)? {
        let mut version = Reader(version);
        matches!(version.take(INTEGER)?, [1 | V3]).then_some(())?;
        version.end()?;
    }
    body.integer()?;
    (body.take(SEQUENCE)? == algorithm).then_some(())?;
    body.take(SEQUENCE)?; // the issuer
    let mut times = body.inner(SEQUENCE)?;
    let validity = Validity { not_before: times.time()?, not_after: times.time()? };
    times.end()?;
    body.take(SEQUENCE)?; // the subject
    let mut key = body.inner(SEQUENCE)?;
    key.take(SEQUENCE)?;
    key.bits()?;
    key.end()?;
    for tag in [ISSUER_ID, SUBJECT_ID] {
        body.optional(tag)?;
    }
    if let Some(extensions) = body.optional(EXTENSIONS)? {
        let mut extensions = Reader(extensions);
        extensions.take(SEQUENCE)?;
        extensions.end()?;
    }
    body.end()?;
    (validity.not_before <= validity.not_after).then_some(validity)
}

/// Reads DER, element by element.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    /// The content of the next element, which has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (length, rest) = self.0.strip_prefix(&[tag])?.split_first()?;
        let (length, rest) = match *length {
            short @ 0..=0x7F => (usize::from(short), rest),
            count @ 0x81..=0x84 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(count & 0x0F))?;
                let length = bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte));
                // The shortest form is the only one.
                let is_shortest = bytes.first() != Some(&0) && length >= 0x80;
                is_shortest.then_some((length, rest))?
            }
            // Longer than any certificate, or of indefinite length.
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(content)
    }

    fn inner(&mut self, tag: u8) -> Option<Self> {
        self.take(tag).map(Self)
    }

    /// The content of the next element, if it has this tag.
    fn optional(&mut self, tag: u8) -> Option<Option<&'a [u8]>> {
        if self.0.first() == Some(&tag) { self.take(tag).map(Some) } else { Some(None) }
    }

    fn integer(&mut self) -> Option<()> {
        match self.take(INTEGER)? {
            [] | [0, 0..=0x7F, ..] | [0xFF, 0x80..=0xFF, ..] => None,
            _ => Some(()),
        }
    }

    /// A bit string of whole bytes, as keys and signatures are.
    fn bits(&mut self) -> Option<()> {
        matches!(self.take(BIT_STRING)?, [0, _, ..]).then_some(())
    }

    fn time(&mut self) -> Option<Timestamp> {
        let short = self.optional(UTC_TIME)?;
        let digits = match short {
            Some(digits) => digits,
            None => self.take(GENERALIZED_TIME)?,
        };
        let digits = str::from_utf8(digits).ok()?.strip_suffix('Z')?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then_some(())?;
        let digits = match short {
            Some(_) if digits < "50" => format!("20{digits}"),
            Some(_) => format!("19{digits}"),
            None => digits.to_owned(),
        };
        (digits.len() == 14).then_some(())?;
        let (date, time) = digits.split_at_checked(8)?;
        let (year, day) = date.split_at_checked(4)?;
        let parts = [day.get(..2)?, day.get(2..)?, time.get(..2)?, time.get(2..4)?, time.get(4..)?];
        let [month, day, hour, minute, second] = parts;
        format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z").parse().ok()
    }

    fn end(self) -> Option<()> {
        self.0.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    use super::*;

    fn seconds(from: i64, to: i64) -> Validity {
        let at = |seconds: i64| Timestamp::from_millis(seconds * 1000);
        Validity { not_before: at(from), not_after: at(to) }
    }

    fn bytes(pem: &str) -> Vec<u8> {
        let base64 = pem.trim().strip_prefix(BEGIN).unwrap().strip_suffix(END).unwrap();
        STANDARD.decode(base64.replace('\n', "")).unwrap()
    }

    fn sample() -> Vec<u8> {
        let validity = seconds(1_772_366_400, 1_866_974_400);
        bytes(&self_signed("conn_1", Usage::Signing, [7; 16], validity).unwrap())
    }

    #[test]
    fn the_key_of_a_certificate_has_signed_it() {
        let der = sample();
        let mut certificate = Reader(&der).inner(SEQUENCE).unwrap();
        let whole = certificate.0;
        certificate.take(SEQUENCE).unwrap();
        let body = &whole[..whole.len() - certificate.0.len()];
        certificate.take(SEQUENCE).unwrap();
        let signature = &certificate.take(BIT_STRING).unwrap()[1..];
        let public = KEY.as_ref().unwrap().public();
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
        assert_eq!(public.verify(body, signature), Ok(()));
    }

    #[test]
    fn only_whole_certificates_are_read() {
        let der = sample();
        assert!(read(&der).is_some());
        for end in 0..der.len() {
            assert_eq!(read(&der[..end]), None, "{end}");
        }
        assert_eq!(read(&[&der[..], &[0]].concat()), None);
        for text in ["", "MIIB", BEGIN, END, &format!("{BEGIN}{END}"), &format!("{BEGIN}?{END}")] {
            assert_eq!(validity(text), None, "{text}");
        }
        let two = pem(&der).repeat(2);
        assert_eq!(validity(&two), None);
    }

    #[test]
    fn lengths_have_their_shortest_form() {
        for (der, content) in [
            (&[4, 1, 9][..], Some(&[9][..])),
            (&[4, 0], Some(&[])),
            (&[4, 0x81, 1, 9], None),
            (&[4, 0x82, 0, 1, 9], None),
            (&[4, 0x80, 9, 0, 0], None),
            (&[4, 0x85, 0, 0, 0, 0, 1, 9], None),
            (&[4, 0xFF], None),
            (&[4, 2, 9], None),
            (&[5, 1, 9], None),
        ] {
            assert_eq!(Reader(der).take(OCTET_STRING), content, "{der:?}");
        }
        let long = der(OCTET_STRING, &[&[7; 300]]);
        assert_eq!(&long[..4], &[4, 0x82, 1, 44]);
        assert_eq!(Reader(&long).take(OCTET_STRING), Some(&[7; 300][..]));
    }

    #[test]
    fn both_kinds_of_time_are_read() {
        let read = |tag, text: &str| Reader(&der(tag, &[text.as_bytes()])).time();
        let at = |text: &str| Some(text.parse::<Timestamp>().unwrap());
        assert_eq!(read(UTC_TIME, "491231235959Z"), at("2049-12-31T23:59:59Z"));
        assert_eq!(read(UTC_TIME, "500101000000Z"), at("1950-01-01T00:00:00Z"));
        assert_eq!(read(GENERALIZED_TIME, "99991231235959Z"), at("9999-12-31T23:59:59Z"));
        for (tag, text) in [
            (UTC_TIME, "491331235959Z"),
            (UTC_TIME, "491231235959"),
            (UTC_TIME, "4912312359Z"),
            (UTC_TIME, "+91231235959Z"),
            (UTC_TIME, "20491231235959Z"),
            (GENERALIZED_TIME, "491231235959Z"),
            (GENERALIZED_TIME, "20491231235959.5Z"),
            (BOOLEAN, "491231235959Z"),
        ] {
            assert_eq!(read(tag, text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_made_can_be_read(
            name in ".{0,80}", serial in any::<[u8; 16]>(),
            from in 0i64..250_000_000_000, length in 0i64..1_000_000_000,
        ) {
            for usage in [Usage::Signing, Usage::Encryption] {
                let made = self_signed(&name, usage, serial, seconds(from, from + length)).unwrap();
                prop_assert_eq!(validity(&made), Some(seconds(from, from + length)));
            }
        }

        #[test]
        fn nothing_is_read_beyond_its_end(der in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(read(&der), None);
        }

        #[test]
        fn damage_is_noticed_or_harmless(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
            let mut der = sample();
            let at = at.index(der.len());
            der[at] = byte;
            // What it reads is a certificate as long as before.
            if let Some(validity) = read(&der) {
                prop_assert!(validity.not_before <= validity.not_after);
                prop_assert_eq!(read(&der[..der.len() - 1]), None);
            }
        }
    }
}
