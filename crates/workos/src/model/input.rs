//! `inputs!`, `choices!` and `list_params!`: what operations take, and how it is written.
//!
//! The twin of `object.rs`. **`None` is not sent**, and no struct can forget that. A field that the
//! API lets an update clear is an `Option<Nullable<_>>`; every other optional one is an `Option<_>`.
//! A struct names its fields one after the other, without a branch of its own, since branches are
//! what `#[derive(Serialize)]` costs the compiler.

use serde::Serializer;
use serde::ser::{Serialize, SerializeStruct};

#[cfg(feature = "requests")]
pub(crate) use self::read::{Given, read};

/// Declares what operations take: JSON bodies and queries, and parts of them.
///
/// ```text
/// inputs! {
///     /// A new group.
///     CreateGroup {
///         /// The name, up to 256 characters.
///         name: String,
///         /// What the group is for.
///         description: Option<String>,
///         /// How the name of this field is written on the wire.
///         type_ as "type": Option<GroupType>,
///         /// One of `choices!`, whose fields are written beside the others.
///         flat owner: Option<GroupOwner>,
///         /// Not written: the body, in a struct whose other fields are the query.
///         apart body: GroupSettings,
///     }
/// }
/// ```
///
/// becomes a struct with public fields. `CreateGroup ("type" = "group") { … }` would write that
/// field, too. A field that is not an `Option` is required: its docs say so, and `new` takes it, in
/// this order. There is a `Default`, unless one of `choices!` is required.
macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident $(($tag:literal = $value:literal))? { $($fields:tt)* })*) => {
        $(input! { @next { $(#[$doc])* $name $(($tag = $value))? } [] [] [] [] $($fields)* })*
    };
}

/// One struct of `inputs!`. Field after field goes to the list of all, with how it is written, and
/// to either the required or the optional ones. `special` tells how those required fields are
/// written that are not plain: a `flat` one among them is a choice, which has no `Default`.
macro_rules! input {
    (@next $head:tt $all:tt $required:tt $optional:tt $special:tt
        $(#[$doc:meta])+ flat $field:ident: $type:ident $(<$of:ty>)?, $($rest:tt)*
    ) => {
        input! { @sort flat $type $head $all $required $optional $special
            [$(#[$doc])+] $field [] [$type $(<$of>)?] $($rest)* }
    };
    (@next $head:tt $all:tt $required:tt $optional:tt $special:tt
        $(#[$doc:meta])+ apart $field:ident: $type:ident, $($rest:tt)*
    ) => {
        input! { @sort apart $type $head $all $required $optional $special
            [$(#[$doc])+] $field [] [$type] $($rest)* }
    };
    (@next $head:tt $all:tt $required:tt $optional:tt $special:tt
        $(#[$doc:meta])+ $field:ident $(as $wire:literal)?: $type:ident $(<$($of:ty),+>)?,
        $($rest:tt)*
    ) => {
        input! { @sort plain $type $head $all $required $optional $special
            [$(#[$doc])+] $field [$($wire)?] [$type $(<$($of),+>)?] $($rest)* }
    };

    (@sort plain Option $head:tt [$($all:tt)*] $required:tt [$($optional:ident)*] $special:tt
        $doc:tt $field:ident $wire:tt $type:tt $($rest:tt)*
    ) => {
        input! { @next $head [$($all)* { optional $doc $field $wire $type }]
            $required [$($optional)* $field] $special $($rest)* }
    };
    (@sort plain $_type:ident $head:tt [$($all:tt)*] [$($required:tt)*] $optional:tt $special:tt
        [$($doc:tt)*] $field:ident $wire:tt [$($type:tt)*] $($rest:tt)*
    ) => {
        input! { @next $head
            [$($all)* { required [$($doc)* #[doc = " Required."]] $field $wire [$($type)*] }]
            [$($required)* $field: $($type)*,] $optional $special $($rest)* }
    };
    (@sort $how:ident Option $head:tt [$($all:tt)*] $required:tt [$($optional:ident)*] $special:tt
        $doc:tt $field:ident $wire:tt $type:tt $($rest:tt)*
    ) => {
        input! { @next $head [$($all)* { $how $doc $field $wire $type }]
            $required [$($optional)* $field] $special $($rest)* }
    };
    (@sort $how:ident $_type:ident $head:tt [$($all:tt)*] [$($required:tt)*] $optional:tt
        [$($special:ident)*] [$($doc:tt)*] $field:ident $wire:tt [$($type:tt)*] $($rest:tt)*
    ) => {
        input! { @next $head
            [$($all)* { $how [$($doc)* #[doc = " Required."]] $field $wire [$($type)*] }]
            [$($required)* $field: $($type)*,] $optional [$($special)* $how] $($rest)* }
    };

    // A field without a comment: the path does not exist, so that rustc points at the field.
    (@next $head:tt $all:tt $required:tt $optional:tt $special:tt
        $field:ident $(as $wire:literal)?: $($rest:tt)*
    ) => {
        const _: Option<crate::model::input::every_field_needs_a_comment::$field> = None;
        input! { @next $head $all $required $optional $special
            #[doc = ""] $field $(as $wire)?: $($rest)* }
    };

    (@next { $($head:tt)* } $all:tt $required:tt $optional:tt [$(apart)*]) => {
        input! { @write { #[derive(Default)] $($head)* } $all $required $optional }
    };
    (@next $head:tt $all:tt $required:tt $optional:tt [$($special:ident)+]) => {
        input! { @write $head $all $required $optional }
    };

    (@write { $(#[$doc:meta])* $name:ident $(($tag:literal = $value:literal))? }
        [$({ $how:ident [$($field_doc:tt)*] $field:ident [$($wire:literal)?] [$($type:tt)*] })*]
        $required:tt $optional:tt
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($($field_doc)* pub $field: $($type)*,)*
        }

        input! { @new $name $required $optional }

        impl crate::model::input::Input for $name {
            const NAME: &'static str = stringify!($name);
            const LEN: usize = [$($tag,)? $(stringify!($field)),*].len();

            fn write<S: serde::ser::SerializeStruct>(
                &self,
                fields: &mut crate::model::input::Fields<S>,
            ) {
                $(fields.required($tag, $value);)?
                $(fields.$how(read_as_object!(@wire $field $($wire)?), &self.$field);)*
            }

            #[cfg(feature = "requests")]
            fn read(given: &crate::model::input::Given) -> Result<Self, String> {
                $(given.is($tag, $value)?;)?
                Ok(Self { $($field: given.$how(read_as_object!(@wire $field $($wire)?))?,)* })
            }
        }

        serialize_input! { $name }
    };

    (@new $name:ident [] $optional:tt) => {};
    (@new $name:ident [$($field:ident: $type:ty,)+] [$($optional:ident)*]) => {
        impl $name {
            /// The required fields only.
            pub fn new($($field: impl Into<$type>),+) -> Self {
                Self { $($field: $field.into(),)+ $($optional: None,)* }
            }
        }
    };
}

/// Declares alternatives of which a request has one, each with its own fields.
///
/// ```text
/// choices! {
///     /// What a user signs in with.
///     Password {
///         /// The password itself.
///         Plaintext {
///             /// The password.
///             password: SecretString,
///         }
///         /// A hash. On the wire, `"type": "hash"` tells it from the others.
///         Hashed ("type" = "hash") {
///             /// The hash.
///             password_hash: SecretString,
///             /// The algorithm, if it is not the usual one.
///             password_hash_type: Option<PasswordHashType>,
///         }
///     }
/// }
/// ```
macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident {$(
        $(#[$variant_doc:meta])*
        $variant:ident $(($tag:literal = $value:literal))? {
            $($(#[$field_doc:meta])+ $field:ident: $type:ident $(<$of:ty>)?,)*
        }
    )+})*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq)]
        pub enum $name {$(
            $(#[$variant_doc])*
            $variant { $($(#[$field_doc])+ $field: $type $(<$of>)?,)* },
        )+}

        impl crate::model::input::Input for $name {
            const NAME: &'static str = stringify!($name);
            const LEN: usize = 1;

            fn write<S: serde::ser::SerializeStruct>(
                &self,
                fields: &mut crate::model::input::Fields<S>,
            ) {
                match self {$(
                    Self::$variant { $($field),* } => {
                        $(fields.required($tag, $value);)?
                        $(choices!(@write $type fields $field);)*
                    }
                )+}
            }

            #[cfg(feature = "requests")]
            fn read(given: &crate::model::input::Given) -> Result<Self, String> {
                $(
                    let read = || -> Result<Self, String> {
                        $(given.is($tag, $value)?;)?
                        Ok(Self::$variant { $($field: choices!(@read $type given $field)?),* })
                    };
                    if let Ok(read) = read() {
                        return Ok(read);
                    }
                )+
                Err(format!("no {} fits", stringify!($name)))
            }
        }

        serialize_input! { $name }
    )*};

    (@write Option $fields:ident $field:ident) => { $fields.optional(stringify!($field), $field) };
    (@write $_type:ident $fields:ident $field:ident) => {
        $fields.required(stringify!($field), $field)
    };
    (@read Option $given:ident $field:ident) => { $given.optional(stringify!($field)) };
    (@read $_type:ident $given:ident $field:ident) => { $given.required(stringify!($field)) };
}

/// Serde's traits for an [`Input`].
macro_rules! serialize_input {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                crate::model::input::serialize(self, serializer)
            }
        }

        #[cfg(feature = "requests")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::model::input::read(deserializer)
            }
        }
    };
}

/// Declares the parameter types of lists: the cursors, the limit, the order, and what else a list
/// can be filtered by.
///
/// ```text
/// list_params! {
///     UserManagementApi;
///     ListUsersParams for list_users {
///         /// Only the user with this email address.
///         email: Option<String>,
///     }
/// }
/// ```
macro_rules! list_params {
    ($api:ident; $($params:ident for $name:ident { $($fields:tt)* })*) => {
        inputs! {$(
            #[doc = concat!("Which items [`", stringify!($name), "`](", stringify!($api), "::",
                stringify!($name), ") returns.")]
            $params {
                /// A cursor: the page before this one.
                before: Option<String>,
                /// A cursor: the page after this one.
                after: Option<String>,
                /// The most items per page, 1 to 100; the server's default is 10.
                limit: Option<i64>,
                /// The order by time of creation; the server's default is newest first.
                order: Option<crate::PaginationOrder>,
                $($fields)*
            }
        )*}

        $(
            #[cfg(feature = "requests")]
            impl crate::contract::ListParams for $params {
                fn window(&self) -> crate::contract::Window<'_> {
                    crate::contract::Window {
                        before: self.before.as_deref(),
                        after: self.after.as_deref(),
                        limit: self.limit,
                        order: self.order.as_ref(),
                    }
                }
            }
        )*
    };
}

/// Where `inputs!` looks up a field that has no comment.
pub(crate) mod every_field_needs_a_comment {}

/// What an operation takes: something that is written as the fields of an object.
pub(crate) trait Input: Sized {
    const NAME: &'static str;
    /// How many fields it has, if all are there. Serde takes it as a hint: for JSON, only 0 matters,
    /// which says that no field follows.
    const LEN: usize;

    fn write<S: SerializeStruct>(&self, fields: &mut Fields<S>);

    /// Reads it back, for contract tests and emulators.
    #[cfg(feature = "requests")]
    fn read(given: &Given) -> Result<Self, String>;
}

/// A choice that may be left out. One that does not fit reads as left out, since its fields stand
/// among the others: who reads a request back has to look at those itself.
impl<T: Input> Input for Option<T> {
    const NAME: &'static str = T::NAME;
    const LEN: usize = T::LEN;

    fn write<S: SerializeStruct>(&self, fields: &mut Fields<S>) {
        if let Some(choice) = self {
            choice.write(fields);
        }
    }

    #[cfg(feature = "requests")]
    fn read(given: &Given) -> Result<Self, String> {
        Ok(T::read(given).ok())
    }
}

/// What `Serialize` of an [`Input`] does.
pub(crate) fn serialize<T: Input, S: Serializer>(
    input: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut fields = Fields(serializer.serialize_struct(T::NAME, T::LEN));
    input.write(&mut fields);
    fields.0?.end()
}

/// An object in the making, or the first thing that went wrong with it.
pub(crate) struct Fields<S: SerializeStruct>(Result<S, S::Error>);

impl<S: SerializeStruct> Fields<S> {
    pub(crate) fn required<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) {
        if let Ok(fields) = &mut self.0
            && let Err(error) = fields.serialize_field(name, value)
        {
            self.0 = Err(error);
        }
    }

    pub(crate) fn optional<T: Serialize>(&mut self, name: &'static str, value: &Option<T>) {
        if let Some(value) = value {
            self.required(name, value);
        }
    }

    /// The fields of the value, instead of a field of this name.
    pub(crate) fn flat<T: Input>(&mut self, _name: &'static str, value: &T) {
        value.write(self);
    }

    pub(crate) fn apart<T>(&mut self, _name: &'static str, _value: &T) {}
}

#[cfg(feature = "requests")]
mod read {
    use serde::de::{DeserializeOwned, Error};
    use serde::{Deserialize, Deserializer};
    use serde_json::Value;

    use super::Input;

    /// The fields that were sent.
    pub(crate) struct Given(serde_json::Map<String, Value>);

    /// What `Deserialize` of an [`Input`] does.
    pub(crate) fn read<'de, T: Input, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<T, D::Error> {
        let given = Given(Deserialize::deserialize(deserializer)?);
        T::read(&given).map_err(D::Error::custom)
    }

    impl Given {
        pub(crate) fn required<T: DeserializeOwned>(&self, name: &str) -> Result<T, String> {
            let value = self.0.get(name).ok_or_else(|| format!("{name}: missing"))?;
            T::deserialize(value).map_err(|error| format!("{name}: {error}"))
        }

        /// Null clears the field, or says as much as leaving it out where its type has no null.
        pub(crate) fn optional<T: DeserializeOwned>(
            &self,
            name: &str,
        ) -> Result<Option<T>, String> {
            match self.0.get(name) {
                None => Ok(None),
                Some(null @ Value::Null) => Ok(T::deserialize(null).ok()),
                Some(_) => self.required(name).map(Some),
            }
        }

        pub(crate) fn flat<T: Input>(&self, _name: &str) -> Result<T, String> {
            T::read(self)
        }

        pub(crate) fn apart<T: Default>(&self, _name: &str) -> Result<T, String> {
            Ok(T::default())
        }

        /// Refuses an object that is tagged as another choice.
        pub(crate) fn is(&self, tag: &str, expected: &str) -> Result<(), String> {
            match self.0.get(tag).and_then(Value::as_str) {
                Some(value) if value == expected => Ok(()),
                _ => Err(format!("{tag}: expected {expected}")),
            }
        }
    }
}
