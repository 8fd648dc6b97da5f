//! `api!` and `operations!`: how a resource file declares its handle and its operations.

/// Where a row looks up what cannot stand in it, so that rustc points at it.
pub(crate) mod expected_query_body_or_params {}
pub(crate) mod only_the_last_argument_may_be {}

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
///     PUT "/organizations/{id}" @ "organization/update"
///         => update_organization(id, body: UpdateOrganization) -> Organization;
/// }
/// ```
///
/// A row becomes the method, its `*_with_options` companion, and an entry of the file's
/// `OPERATIONS` for contract tests. Arguments are path parameters (`&str`), then at most one of
/// `query: T`, `body: T` and `params: T`; the last is a struct whose field `body` is the body, while
/// its other fields go into the query. A list that can be paged returns `Page<Item>` and gets an
/// `*_auto_paging` companion; one that is not paginated returns `List<Item>`. What does not fit is a
/// plain method in an `impl` block beside the macro. What follows `@` is the operation's page in
/// WorkOS's API reference.
///
/// The path goes into `format_args!` as it is, so the compiler checks its placeholders against the
/// arguments. Helper rules get an argument twice: once as the word they match (`query`, `body`,
/// `params`) and once as the variable, which keeps the hygiene of the row it was written in.
///
/// No rule catches rows of another form: it would hide where rustc stopped, which is the very place
/// of the mistake. What the rules cannot refuse becomes a path that does not exist, so that rustc
/// points at it and the path says what was expected.
macro_rules! operations {
    ($api:ident, $accessor:ident; $(
        $(#[$doc:meta])*
        $verb:ident $path:literal $(@ $page:literal)? => $name:ident($($arg:ident $(: $type:ty)?),*)
            -> $ret:tt $(<$item:ty>)?;
    )*) => {
        impl $api {$(
            $(#[$doc])*
            #[doc = concat!("\n\nEndpoint: `", stringify!($verb), " ", $path, "`",
                $(" ([reference](https://workos.com/docs/reference/", $page, "))")?)]
            #[inline]
            pub fn $name(&self, $($arg: operations!(@type $arg $($type)?)),*)
                -> crate::Call<$ret $(<$item>)?>
            {
                operations!(@order $($arg $(: $type)?),*);
                const OPERATION: crate::operation::Operation = crate::operation::Operation::new(
                    stringify!($accessor), stringify!($name), stringify!($verb), $path,
                );
                let segments = crate::client::path::Segments::default();
                $(operations!(@segment $arg $arg segments $($type)?);)*
                let draft = crate::client::draft::Draft::new(
                    &self.client, &OPERATION, http::Method::$verb, format_args!($path), segments,
                );
                operations!(@pageable $ret draft);
                $(operations!(@set $arg $arg draft $($type)?);)*
                draft.call(&self.client)
            }
        )*}

        pastey::paste! {
            /// The same with settings for one call, and lists as streams.
            impl $api {$(
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
                operations! { @if_page $ret
                    #[doc = concat!("All items of [`", stringify!($name), "`](Self::",
                        stringify!($name), "), page after page, as a stream.")]
                    #[inline]
                    pub fn [<$name _auto_paging>](
                        &self, $($arg: operations!(@type $arg $($type)?)),*
                    ) -> crate::Items<$($item)?> {
                        self.$name($($arg),*).items()
                    }
                }
            )*}
        }

        #[cfg(feature = "requests")]
        pub(crate) const OPERATIONS: &[crate::contract::entry::Entry] = &[$(
            crate::contract::entry::Entry {
                operation: crate::operation::Operation::new(
                    stringify!($accessor), stringify!($name), stringify!($verb), $path,
                ),
                #[cfg(feature = "contract")]
                build: |client, input| {
                    let path = &mut input.path.iter().copied();
                    $(operations!(@read $arg $arg path input $($type)?);)*
                    crate::contract::plain::all_used(path)?;
                    client.$accessor().$name($($arg),*).request()
                },
                #[cfg(feature = "contract")]
                recode: crate::contract::plain::recode::<$ret $(<$item>)?>,
            }
        ),*];
    };

    // Path parameters first, then at most one of the others.
    (@order) => {};
    (@order $slot:ident: $type:ty) => {};
    (@order $path:ident $(, $($rest:tt)*)?) => { operations!(@order $($($rest)*)?); };
    (@order $slot:ident: $type:ty, $($rest:tt)+) => {
        let _ = crate::resources::operations::only_the_last_argument_may_be::$slot;
    };

    (@type query $type:ty) => { $type };
    (@type body $type:ty) => { impl Into<$type> };
    (@type params $type:ty) => { impl Into<$type> };
    (@type $path:ident) => { &str };
    (@type $slot:ident $type:ty) => {
        crate::resources::operations::expected_query_body_or_params::$slot
    };

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
    (@set $word:ident $arg:ident $draft:ident $($type:ty)?) => {};

    (@pageable Page $draft:ident) => { let $draft = $draft.pageable(); };
    (@pageable $ret:tt $draft:ident) => {};
    (@if_page Page $($tokens:tt)*) => { $($tokens)* };
    (@if_page $ret:tt $($tokens:tt)*) => {};

    (@read query $arg:ident $path:ident $input:ident $type:ty) => {
        let $arg: $type = crate::contract::plain::params(&$input.query)?;
    };
    (@read body $arg:ident $path:ident $input:ident $type:ty) => {
        let $arg: $type = crate::contract::plain::params(&$input.body)?;
    };
    (@read params $arg:ident $path:ident $input:ident $type:ty) => {
        let mut $arg: $type = crate::contract::plain::params(&$input.query)?;
        $arg.body = crate::contract::plain::params(&$input.body)?;
    };
    (@read $word:ident $arg:ident $path:ident $input:ident $($type:ty)?) => {
        let $arg = crate::contract::plain::path_value($path, stringify!($arg))?;
    };
}
