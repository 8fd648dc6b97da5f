//! The declarations that resource files are written with: `api!`, `operations!`, `objects!`,
//! `bodies!`, `list_params!`, `constructors!`, `open_enum!` and `debug_hiding!`; and
//! `private_objects!`.

/// Declares the handle of a resource and the accessor on `Client` that makes one.
///
/// ```text
/// api! {
///     /// Customers of your application.
///     OrganizationsApi, organizations;
/// }
/// ```
///
/// becomes `struct OrganizationsApi`, which owns a clone of the client, and
/// `Client::organizations()`.
macro_rules! api {
    ($(#[$doc:meta])* $api:ident, $accessor:ident;) => {
        $(#[$doc])*
        #[derive(Debug, Clone)]
        pub struct $api {
            client: crate::Client,
        }

        impl crate::Client {
            $(#[$doc])*
            pub fn $accessor(&self) -> $api {
                $api { client: self.clone() }
            }
        }
    };
}

/// Declares the operations of a resource, one row each.
///
/// ```text
/// operations! {
///     OrganizationsApi, organizations;
///
///     /// Changes an organization.
///     PUT "/organizations/{id}"
///         => update_organization(id, body: UpdateOrganizationParams) -> Organization;
/// }
/// ```
///
/// A row becomes the method, its `*_with_options` companion, and an entry of the file's
/// `OPERATIONS` for contract tests. Arguments are path parameters (`&str`), then at most one of
/// `query: T`, `body: T` and `params: T`; the last is a struct whose field `body` is the body, while
/// its other fields go into the query. A list that can be paged returns `Page<Item>` and gets an
/// `*_auto_paging` companion; one that comes whole returns `List<Item>`. What does not fit is a
/// plain method in an `impl` block beside the macro.
///
/// The path goes into `format_args!` as it is, so the compiler checks its placeholders against the
/// arguments. Helper rules get an argument twice: once as the word they match (`query`, `body`,
/// `params`) and once as the variable, which keeps the hygiene of the row it was written in.
macro_rules! operations {
    ($api:ident, $accessor:ident; $(
        $(#[$doc:meta])*
        $verb:ident $path:literal => $name:ident($($arg:ident $(: $type:ty)?),*)
            -> $ret:tt $(<$item:ty>)?;
    )*) => {
        $(impl $api {
            $(#[$doc])*
            #[doc = concat!("\n\nEndpoint: `", stringify!($verb), " ", $path, "`")]
            #[inline]
            pub fn $name(&self, $($arg: operations!(@type $arg $($type)?)),*)
                -> crate::Call<$ret $(<$item>)?>
            {
                operations!(@order $($arg $(: $type)?),*);
                const OPERATION: crate::client::Operation = crate::client::Operation::new(
                    stringify!($accessor), stringify!($name), stringify!($verb), $path,
                );
                let segments = crate::client::request::Segments::default();
                $(operations!(@segment $arg $arg segments $($type)?);)*
                let draft = crate::client::request::Draft::new(
                    &self.client, &OPERATION, http::Method::$verb, format_args!($path), segments,
                );
                operations!(@pageable $ret draft);
                $(operations!(@set $arg $arg draft $($type)?);)*
                draft.call(&self.client)
            }
        }

        pastey::paste! {
            impl $api {
                #[doc = concat!("[`", stringify!($name), "`](Self::", stringify!($name),
                    ") with settings for this one call.")]
                #[inline]
                pub fn [<$name _with_options>](
                    &self,
                    $($arg: operations!(@type $arg $($type)?),)*
                    options: Option<&crate::RequestOptions>,
                ) -> crate::Call<$ret $(<$item>)?> {
                    self.$name($($arg),*).options(options)
                }
            }
            operations! { @if_page $ret
                impl $api {
                    #[doc = concat!("All items of [`", stringify!($name), "`](Self::",
                        stringify!($name), "), page after page, as a stream.")]
                    #[inline]
                    pub fn [<$name _auto_paging>](
                        &self, $($arg: operations!(@type $arg $($type)?)),*
                    ) -> crate::Items<$($item)?> {
                        self.$name($($arg),*).items()
                    }
                }
            }
        })*

        #[cfg(feature = "contract")]
        pub(crate) const OPERATIONS: &[crate::contract::Entry] = &[$(crate::contract::Entry {
            operation: crate::client::Operation::new(
                stringify!($accessor), stringify!($name), stringify!($verb), $path,
            ),
            build: |client, input| {
                let path = &mut input.path.iter().copied();
                $(operations!(@read $arg $arg path input $($type)?);)*
                crate::contract::all_used(path)?;
                client.$accessor().$name($($arg),*).request()
            },
            recode: crate::contract::recode::<$ret $(<$item>)?>,
        }),*];
    };

    // Path parameters first, then at most one of the others.
    (@order) => {};
    (@order $slot:ident: $type:ty) => {};
    (@order $path:ident $(, $($rest:tt)*)?) => { operations!(@order $($($rest)*)?); };

    (@type query $type:ty) => { $type };
    (@type body $type:ty) => { impl Into<$type> };
    (@type params $type:ty) => { impl Into<$type> };
    (@type $path:ident) => { &str };

    (@segment $word:ident $arg:ident $segments:ident $type:ty) => {};
    (@segment $word:ident $arg:ident $segments:ident) => {
        let $arg = $segments.encode(stringify!($arg), $arg);
    };

    (@set query $arg:ident $draft:ident $type:ty) => { let $draft = $draft.query(&$arg); };
    (@set body $arg:ident $draft:ident $type:ty) => {
        let $arg: $type = $arg.into();
        let $draft = $draft.body(&$arg);
    };
    (@set params $arg:ident $draft:ident $type:ty) => {
        let $arg: $type = $arg.into();
        let $draft = $draft.query(&$arg).body(&$arg.body);
    };
    (@set $word:ident $arg:ident $draft:ident) => {};

    (@pageable Page $draft:ident) => { let $draft = $draft.pageable(); };
    (@pageable $ret:tt $draft:ident) => {};
    (@if_page Page $($tokens:tt)*) => { $($tokens)* };
    (@if_page $ret:tt $($tokens:tt)*) => {};

    (@read query $arg:ident $path:ident $input:ident $type:ty) => {
        let $arg: $type = crate::contract::params(&$input.query)?;
    };
    (@read body $arg:ident $path:ident $input:ident $type:ty) => {
        let $arg: $type = crate::contract::params(&$input.body)?;
    };
    (@read params $arg:ident $path:ident $input:ident $type:ty) => {
        let mut $arg: $type = crate::contract::params(&$input.query)?;
        $arg.body = crate::contract::params(&$input.body)?;
    };
    (@read $word:ident $arg:ident $path:ident $input:ident) => {
        let $arg = crate::contract::path_value($path, stringify!($arg))?;
    };

    ($($row:tt)*) => {
        compile_error!(
            "a row is `GET \"/path/{id}\" => name(id, query: Params) -> Type;`: path parameters \
             first, then at most one of `query: T`, `body: T` and `params: T`, and a `;` at the end"
        );
    };
}

/// Declares the objects that the API answers with, and that its events carry.
///
/// ```text
/// objects! {
///     /// A company that uses your application.
///     Organization {
///         /// `org_…`
///         id: String,
///         /// How its name is written on the wire.
///         type_ as "type": OrganizationType,
///         /// Left out by some endpoints.
///         #[serde(skip_serializing_if = "Option::is_none")]
///         allowed: Option<bool>,
///     }
/// }
/// ```
///
/// becomes a `#[non_exhaustive]` struct with public fields that is read by
/// [`object`](crate::object), which also says what has to be there; serde's attributes say how a
/// field is written. Enums and structs with parts to be flattened are
/// declared by hand, with serde's own derives.
macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident $(as $wire:literal)?: $type:ty,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
        #[non_exhaustive]
        pub struct $name {
            $($(#[$field_doc])* $(#[serde(rename = $wire)])? pub $field: $type,)*
        }

        read_as_object! { $name { $($field $(as $wire)?: $type,)* } }
    )*};
}

/// Declares structs of this crate's own that are read in the same way, and nothing else.
macro_rules! private_objects {
    ($($(#[$doc:meta])* $name:ident {
        $($(#[$field_doc:meta])* $field:ident $(as $wire:literal)?: $type:ty,)*
    })*) => {$(
        $(#[$doc])*
        #[derive(Default)]
        struct $name {
            $($(#[$field_doc])* $field: $type,)*
        }

        read_as_object! { $name { $($field $(as $wire)?: $type,)* } }
    )*};
}

/// How the structs of `objects!` and `private_objects!` are read.
macro_rules! read_as_object {
    ($name:ident { $($field:ident $(as $wire:literal)?: $type:ty,)* }) => {
        impl crate::object::Object for $name {
            const NAME: &'static str = stringify!($name);
            const FIELDS: &'static [&'static str] = &[$(read_as_object!(@wire $field $($wire)?)),*];
            const REQUIRED: u64 = crate::object::required(&[$(
                crate::object::is_required::<$type>(read_as_object!(@wire $field $($wire)?))
            ),*]);

            #[inline(always)]
            fn read_field<'de, A: serde::de::MapAccess<'de>>(
                &mut self,
                mut index: usize,
                map: &mut A,
            ) -> Result<(), A::Error> {
                // The compiler makes a jump table of it.
                $(
                    if index == 0 {
                        self.$field = crate::object::Field::read(map, const {
                            crate::object::is_required::<$type>(
                                read_as_object!(@wire $field $($wire)?)
                            )
                        })?;
                        return Ok(());
                    }
                    index -= 1;
                )*
                let _ = index; // there is no such field
                Ok(())
            }
        }

        impl crate::object::Field for $name {}

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                crate::object::deserialize(deserializer)
            }
        }
    };
    (@wire $field:ident) => { stringify!($field) };
    (@wire $field:ident $wire:literal) => { $wire };
}

/// Declares the parameter types of operations whose only parameter is a JSON body.
///
/// ```text
/// bodies! {
///     OrganizationsApi;
///     CreateOrganizationParams(OrganizationInput) for create_organization;
/// }
/// ```
///
/// The type has the one field `body`, `new`, and a conversion from the body, so that an operation
/// takes either.
macro_rules! bodies {
    ($api:ident; $($params:ident($body:ty) for $name:ident;)*) => {$(
        #[doc = concat!("Parameters of [`", stringify!($name), "`](", stringify!($api), "::",
            stringify!($name), "); the body can be given directly.")]
        #[derive(Debug, Clone, PartialEq, serde::Serialize)]
        #[cfg_attr(feature = "contract", derive(serde::Deserialize))]
        #[serde(transparent)]
        pub struct $params {
            /// The JSON body of the request.
            pub body: $body,
        }

        impl $params {
            /// Parameters with this body.
            pub fn new(body: impl Into<$body>) -> Self {
                Self { body: body.into() }
            }
        }

        impl From<$body> for $params {
            fn from(body: $body) -> Self {
                Self { body }
            }
        }
    )*};
}

/// Declares the parameter types of lists: the cursors, the limit, the order, and what else a list
/// can be narrowed by.
///
/// ```text
/// list_params! {
///     UserManagementApi;
///     ListUsersParams for list_users {
///         /// Only the one with this address.
///         email: Option<String>,
///     }
/// }
/// ```
macro_rules! list_params {
    ($api:ident; $($params:ident for $name:ident {
        $($(#[$field_doc:meta])* $field:ident: $type:ty,)*
    })*) => {$(
        #[doc = concat!("Which items [`", stringify!($name), "`](", stringify!($api), "::",
            stringify!($name), ") returns.")]
        #[derive(Debug, Clone, PartialEq, Default, serde::Serialize)]
        #[cfg_attr(feature = "contract", derive(serde::Deserialize))]
        pub struct $params {
            /// A cursor: the page before this one.
            pub before: Option<String>,
            /// A cursor: the page after this one.
            pub after: Option<String>,
            /// The most items per page, 1 to 100; the server's default is 10.
            pub limit: Option<i64>,
            /// The order by time of creation; the server's default is newest first.
            pub order: Option<crate::PaginationOrder>,
            $($(#[$field_doc])* pub $field: $type,)*
        }
    )*};
}

/// Implements `Debug` for a struct with fields that are no [`SecretString`](crate::SecretString) but
/// must not be printed, such as the `state` of a sign-in: whoever reads it in a log could complete
/// that sign-in in another browser.
///
/// ```text
/// debug_hiding! {
///     PasswordlessCreateSessionParams { email, redirect_uri, connection, expires_in }, state
/// }
/// ```
///
/// A field that is not listed does not compile.
macro_rules! debug_hiding {
    ($type:ident { $($shown:ident),* }, $($hidden:ident),*) => {
        impl std::fmt::Debug for $type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                let Self { $($shown,)* $($hidden,)* } = self;
                let mut shown = f.debug_struct(stringify!($type));
                $(shown.field(stringify!($shown), $shown);)*
                $(shown.field(stringify!($hidden), &$hidden.as_ref().map(|_| "<redacted>"));)*
                shown.finish()
            }
        }
    };
}

/// Declares `new` for request types, which takes what is required.
///
/// ```text
/// constructors! {
///     CreateItContact(email: String);
/// }
/// ```
macro_rules! constructors {
    ($($type:ident($($field:ident: $field_type:ty),*);)*) => {$(
        impl $type {
            /// What is required, and nothing else.
            pub fn new($($field: impl Into<$field_type>),*) -> Self {
                #[allow(clippy::needless_update)] // not every type has more than that
                Self { $($field: $field.into(),)* ..Self::default() }
            }
        }
    )*};
}

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

        impl crate::object::Field for $name {
            const IS_TEXT: bool = true;
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value: Self = crate::open_enum::deserialize(deserializer)?;
                #[cfg(feature = "contract")]
                if let Self::Unknown(text) = &value {
                    crate::contract::note_unknown(stringify!($name), text);
                }
                Ok(value)
            }
        }
    };
}
