//! The official crate's names of methods, where ours say what they return or do.

#[cfg_attr(not(feature = "api"), allow(unused_imports))]
use crate::resources::*;

/// Declares other names for operations that take ids only: the resource's feature and handle, then
/// `official(ids) = ours -> Result;`.
macro_rules! methods {
    ($($feature:literal $api:ident {
        $($official:ident($($id:ident),*) = $ours:ident -> $returns:ty;)*
    })*) => {$(
        #[cfg(feature = $feature)]
        impl $api {$(
            #[doc = concat!("The official crate's name for [`", stringify!($ours), "`](Self::",
                stringify!($ours), ").")]
            #[doc(hidden)]
            #[inline]
            pub fn $official(&self, $($id: &str),*) -> crate::Call<$returns> {
                self.$ours($($id),*)
            }

            pastey::paste! {
                #[doc = concat!("The official crate's name for [`", stringify!($ours),
                    "`](Self::", stringify!($ours), ") with settings for this one call.")]
                #[doc(hidden)]
                #[inline]
                pub fn [<$official _with_options>](
                    &self,
                    $($id: &str,)*
                    options: Option<&crate::RequestOptions>,
                ) -> crate::Call<$returns> {
                    self.$ours($($id),*).options(options)
                }
            }
        )*}
    )*};
}

methods! {
    "pipes" PipesApi {
        list_data_integration_organization(slug) = get_data_integration_organization
            -> DataIntegration;
    }
    "sso" SSOApi {
        list_connection_saml_sp_signing_cert(connection_id) = get_connection_saml_sp_signing_cert
            -> SamlCertificate;
    }
    "user_management" UserManagementApi {
        create_waitlist_entry_approve(id) = approve_waitlist_entry -> WaitlistEntry;
        create_waitlist_entry_deny(id) = deny_waitlist_entry -> WaitlistEntry;
        delete_redirect_uris(id) = delete_redirect_uri -> ();
        list_jwt_template() = get_jwt_template -> JWTTemplate;
    }
    "vault" VaultApi {
        get_name(name) = get_kv_by_name -> VaultObject;
        list_kv_metadata(id) = get_kv_metadata -> ObjectWithoutValue;
    }
}

/// Declares `new` for bodies of which nothing is required; ours have [`Default`] only.
macro_rules! new_without_arguments {
    ($($feature:literal $body:ident;)*) => {$(
        #[cfg(feature = $feature)]
        impl $body {
            /// Nothing yet, as by [`Default`].
            #[doc(hidden)]
            #[inline]
            pub fn new() -> Self {
                Self::default()
            }
        }
    )*};
}

new_without_arguments! {
    "authorization" UpdateResource;
    "organization_membership" UpdateOrganizationMembership;
    "sso" UpdateConnection;
    "user_management" UpdateUser;
}
