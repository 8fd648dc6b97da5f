//! What the enums made by `open_enum!` share.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserializer;
use serde::de::{Error, Visitor};

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
