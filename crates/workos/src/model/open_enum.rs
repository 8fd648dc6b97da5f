//! What the enums made by `open_enum!` share.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

/// Declares an enum of strings that the API may extend at any time.
///
/// ```text
/// open_enum! {
///     /// Whether a domain is known to be the organization's.
///     pub enum OrganizationDomainState {
///         /// Proven by a DNS record.
///         Verified = "verified",
///     }
/// }
/// ```
///
/// gets a variant `Unknown(String)` for what this version does not know, and the conversions both
/// ways, which lose nothing. A variant whose text says everything needs no comment.
macro_rules! open_enum {
    ($(#[$doc:meta])* pub enum $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)*
    }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $(
                $(#[$variant_doc])*
                #[doc = concat!("\n\n`", $text, "`")]
                $variant,
            )*
            /// A value that this version of the crate does not know, as the API sent it.
            Unknown(String),
        }

        impl $name {
            /// Every value this version of the crate knows.
            pub const KNOWN: &[Self] = &[$(Self::$variant),*];

            /// The value as the API writes it.
            #[inline]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Unknown(text) => text,
                }
            }

            #[inline]
            fn known(text: &str) -> Option<Self> {
                match text {
                    $($text => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl Default for $name {
            /// What stands in a struct made by `Default`: unknown and empty.
            fn default() -> Self {
                Self::Unknown(String::new())
            }
        }

        impl From<&str> for $name {
            #[inline]
            fn from(text: &str) -> Self {
                Self::known(text).unwrap_or_else(|| Self::Unknown(text.to_owned()))
            }
        }

        impl From<String> for $name {
            #[inline]
            fn from(text: String) -> Self {
                Self::known(&text).unwrap_or(Self::Unknown(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = std::convert::Infallible;

            #[inline]
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(Self::from(text))
            }
        }

        impl PartialEq<str> for $name {
            #[inline]
            fn eq(&self, text: &str) -> bool {
                self.as_str() == text
            }
        }

        impl PartialEq<&str> for $name {
            #[inline]
            fn eq(&self, text: &&str) -> bool {
                self.as_str() == *text
            }
        }

        impl AsRef<str> for $name {
            #[inline]
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl std::fmt::Display for $name {
            #[inline]
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl crate::model::object::Field for $name {
            const IS_TEXT: bool = true;
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value: Self = crate::model::open_enum::deserialize(deserializer)?;
                #[cfg(feature = "contract")]
                if let Self::Unknown(text) = &value {
                    crate::model::watch::note_unknown(stringify!($name), text);
                }
                Ok(value)
            }
        }
    };
}

/// Reads a string without copying it first; only an unknown value is kept as text.
pub(crate) fn deserialize<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: for<'a> From<&'a str>,
{
    struct Text<T>(PhantomData<T>);

    impl<T: for<'a> From<&'a str>> Visitor<'_> for Text<T> {
        type Value = T;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<T, E> {
            Ok(T::from(text))
        }
    }

    deserializer.deserialize_str(Text(PhantomData))
}

#[cfg(test)]
#[allow(unreachable_pub)] // the macro declares public types
mod tests {
    use proptest::prelude::*;

    open_enum! {
        /// A color.
        pub enum Color {
            /// Red.
            Red = "red",
            /// Dark blue.
            DarkBlue = "darkBlue",
        }
    }

    #[test]
    fn known_values_have_names() {
        assert_eq!(serde_json::from_str::<Color>(r#""darkBlue""#).unwrap(), Color::DarkBlue);
        assert_eq!(Color::from("red".to_owned()), Color::Red);
        assert_eq!("red".parse(), Ok(Color::Red));
        assert_eq!(format!("{:>5}|{}", Color::Red, Color::DarkBlue.as_ref()), "  red|darkBlue");
        assert_eq!(Color::KNOWN, [Color::Red, Color::DarkBlue]);
        assert_eq!(Color::default().as_str(), "");
        assert!(serde_json::from_str::<Color>("7").is_err());
    }

    proptest! {
        #[test]
        fn any_value_survives_the_round_trip(text in "\\PC{0,20}") {
            let json = serde_json::to_string(&text).unwrap();
            let color: Color = serde_json::from_str(&json).unwrap();
            prop_assert_eq!(color.as_str(), &text);
            prop_assert_eq!(serde_json::to_string(&color).unwrap(), json);
        }
    }
}
