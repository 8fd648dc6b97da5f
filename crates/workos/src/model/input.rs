//! `bodies!`, `list_params!`, `constructors!`.

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
